"""Workers: which are alive, the pairs that each certifies, and what waits for them."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from kombu.exceptions import OperationalError

from certification import queries
from certification.admin.pages.pager import pager, requested_page
from certification.admin.pages.screen import Screen, render
from certification.admin.wording import durations
from certification.queue import broker
from certification.states import WorkerState

WORKERS_PER_PAGE = 25


def worker_list(request: HttpRequest) -> TemplateResponse:
    state = request.GET.get("state", "")
    if state not in WorkerState.values:
        state = ""
    found = requested_page(
        request, lambda number: queries.workers.lines(state, number, WORKERS_PER_PAGE)
    )
    counts = queries.workers.counts_by_state()
    backlog = queries.workers.backlog()
    return render(
        request,
        "homologa/workers/workers.html",
        {
            "title": _("Workers"),
            "lines": [(line, durations.in_words(line.silence)) for line in found.items],
            "pager": pager(request, found),
            "state": state,
            "counts": [(state.value, LABELS[state], counts[state.value]) for state in WorkerState],
            "backlog": backlog,
            "oldest": durations.in_words(backlog.oldest),
            "messages_waiting": _messages_waiting(),
            "lost_after": settings.WORKER_LOST_AFTER_SECONDS,
        },
    )


def _messages_waiting() -> int | None:
    """Returns None if the broker does not answer."""
    try:
        return broker.waiting_messages()
    except OperationalError:
        return None


LABELS = {
    WorkerState.ALIVE: pgettext_lazy("workers", "Alive"),
    WorkerState.LOST: pgettext_lazy("workers", "Lost"),
    WorkerState.STOPPED: pgettext_lazy("workers", "Stopped"),
}
SCREENS = (Screen("workers/", "workers", worker_list, label=gettext_lazy("Workers"), system=True),)
