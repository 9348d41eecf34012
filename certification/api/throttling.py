"""Rate limits: how often each user may call the API, and each address may sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.request import Request
from rest_framework.throttling import ScopedRateThrottle, SimpleRateThrottle, UserRateThrottle

if TYPE_CHECKING:
    # It imports this module, by the settings.
    from rest_framework.views import APIView


class Counted(SimpleRateThrottle):
    """Counts requests in a period that begins with the first.

    REST framework's own classes read a list and write it back: of requests at the same time, all
    would be let through.
    """

    num_requests: int
    duration: int
    since: float

    def allow_request(self, request: Request, view: APIView) -> bool:
        key = self.get_cache_key(request, view)
        if key is None:
            return True
        if self.cache.add(f"{key}:count", 0, self.duration):
            self.cache.set(f"{key}:since", self.timer(), self.duration)
        try:
            allowed = self.cache.incr(f"{key}:count") <= self.num_requests
        except ValueError:
            # The period ended between the two calls.
            allowed = True
        if not allowed:
            self.since = self.cache.get(f"{key}:since") or self.timer()
        return bool(allowed)

    def wait(self) -> float:
        """Seconds until the period ends."""
        left: float = self.since + self.duration - self.timer()
        return max(1.0, left)


class UserThrottle(UserRateThrottle, Counted):
    pass


class ScopeThrottle(ScopedRateThrottle, Counted):
    pass
