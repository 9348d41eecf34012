"""The paths of ViewSets."""

from __future__ import annotations

from typing import Any

from rest_framework.routers import Route, SimpleRouter

_LIST, _LIST_ACTIONS, _DETAIL, _DETAIL_ACTIONS = SimpleRouter.routes


class SlashRouter(SimpleRouter):
    """Knows every path with and without its trailing slash: old clients use both.

    An id may have slashes in it, so that the paths of a row's actions come before the row's own.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.trailing_slash = "/?"
        self.routes = [_LIST, _LIST_ACTIONS, _DETAIL_ACTIONS, _DETAIL]


class ListElsewhereRouter(SlashRouter):
    """A router for a ViewSet whose list is not at the prefix of its rows.

    list_at: path of the list, beside the prefix
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
