"""The cache in Redis. What it holds is JSON, and can be done without.

When Redis does not answer, counters (rate limits, turns) go on in the memory of this process, and
nothing else is cached.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from typing import Any, Final

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError
from rest_framework.utils.encoders import JSONEncoder

logger = logging.getLogger(__name__)

# Seconds after which Redis is asked again. Meanwhile no request waits for it.
RETRY_SECONDS: Final = 5.0
# Characters of JSON above which a value is not kept in this process: only small ones are needed.
LARGEST_LOCAL: Final = 4096
_LOCAL_OPTIONS: Final = {"OPTIONS": {"MAX_ENTRIES": 10_000}}


class Json:
    """Whoever can write to Redis can run code in a process that unpickles what it reads there."""

    def dumps(self, value: object) -> bytes | int:
        # A number as it is, so that Redis can count it.
        return value if type(value) is int else _encoded(value).encode()

    def loads(self, data: bytes) -> Any:
        """Returns None for what is no JSON, which a reader takes for missing."""
        try:
            return json.loads(data)
        except ValueError:
            return None


class _Outage:
    """Whether Redis is away, as all threads of this process know it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ask_again_at = 0.0
        self.is_on = False

    def may_ask(self) -> bool:
        """Returns True if Redis answers, and in an outage once in RETRY_SECONDS."""
        if not self.is_on:
            return True
        with self._lock:
            now = time.monotonic()
            if now < self._ask_again_at:
                return False
            self._ask_again_at = now + RETRY_SECONDS
            return True

    def begin(self, error: Exception) -> bool:
        """Returns whether it has only now begun."""
        with self._lock:
            self._ask_again_at = time.monotonic() + RETRY_SECONDS
            is_new, self.is_on = not self.is_on, True
        if is_new:
            logger.warning("the cache is away: %s", error)
        return is_new

    def end(self) -> None:
        with self._lock:
            self.is_on = False
        logger.info("the cache is back")


_outage = _Outage()


class ForgivingRedisCache(RedisCache):
    """Django's cache in Redis, for the operations that Homologa uses."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._local = LocMemCache("redis-is-away", {**params, **_LOCAL_OPTIONS})

    def add(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        return bool(self._ask("add", key, value, timeout=timeout, version=version))

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return self._ask("get", key, default, version=version)

    def set(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        self._ask("set", key, value, timeout=timeout, version=version)

    def delete(self, key: str, version: int | None = None) -> bool:
        return bool(self._ask("delete", key, version=version))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Raises ValueError if there is no such key."""
        return int(self._ask("incr", key, delta, version=version))

    def _ask(self, operation: str, key: str, *values: Any, **options: Any) -> Any:
        if _outage.may_ask():
            try:
                answer = getattr(super(), operation)(key, *values, **options)
            except RedisError as error:
                if _outage.begin(error):
                    # What an earlier outage left is out of date.
                    self._local.clear()
            else:
                if _outage.is_on:
                    _outage.end()
                return answer
        if operation == "set" and len(_encoded(values[0])) > LARGEST_LOCAL:
            return None
        return getattr(self._local, operation)(key, *values, **options)


def _encoded(value: object) -> str:
    return json.dumps(value, cls=JSONEncoder, separators=(",", ":"))
