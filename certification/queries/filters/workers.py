from __future__ import annotations

from django_filters import ChoiceFilter

from certification.states import WorkerState

from .row_filter import RowFilter


class WorkerFilter(RowFilter):
    """Needs rows that are annotated with `state`."""

    state = ChoiceFilter(choices=WorkerState.choices)
