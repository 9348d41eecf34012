"""Routers: which paths lead to the actions of a ViewSet."""

from __future__ import annotations

from typing import Any

from rest_framework.routers import Route, SimpleRouter

_LIST, _LIST_ACTIONS, _DETAIL, _DETAIL_ACTIONS = SimpleRouter.routes


class SlashRouter(SimpleRouter):
    """Accepts every path with and without a trailing slash, since old clients use both.

    Routes of a row's actions come before the route of the row: an id may contain slashes.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.trailing_slash = "/?"
        self.routes = [_LIST, _LIST_ACTIONS, _DETAIL_ACTIONS, _DETAIL]


class ListElsewhereRouter(SlashRouter):
    """Routes a ViewSet whose list has another path than its rows.

    list_at: the path of the list
    """

    def __init__(self, list_at: str, **options: Any) -> None:
        super().__init__(**options)
        listed = Route(
            url=f"^{list_at}{{trailing_slash}}$",
            mapping={"get": "list"},
            name="{basename}-list",
            detail=False,
            initkwargs={"suffix": "List"},
        )
        self.routes[0] = listed
