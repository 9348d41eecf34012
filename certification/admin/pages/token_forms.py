"""The form in a list of API tokens, on the page of a person and on that of one's own account."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.http import HttpRequest

from certification import queries
from certification.accounts import tokens
from certification.admin.pages.screen import actor

ALL = "all"


def revoke_requested(request: HttpRequest, user: User) -> int:
    """Revokes the token of the user that the form names by the beginning of its hash, or all of
    them; returns how many. Raises TokenNotFound."""
    name = request.POST.get("token", "")
    if name == ALL:
        found = queries.tokens.live_tokens(user)
    else:
        found = queries.tokens.live_token(user, name)
    return tokens.revoke(found, actor(request))
