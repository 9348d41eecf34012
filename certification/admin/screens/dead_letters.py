"""Dead letters: pairs whose every attempt failed, to be requeued or dismissed."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from certification import queries
from certification.admin.pages import idempotent_forms, query_params
from certification.admin.pages.opened_jobs import redirect_to_job
from certification.admin.pages.pager import pager, requested_page
from certification.admin.pages.refusals import refusals_shown
from certification.admin.pages.screen import CERTIFY, Screen, actor, render
from certification.errors import CertificationError
from certification.jobs import reopening
from certification.models import DeadLetter
from certification.outcomes import dead_letters
from certification.outcomes.advice import explain
from certification.states import UNANSWERED_DEAD_LETTER, DeadLetterStatus
from models_registry import queries as registry

DEAD_LETTERS_PER_PAGE = 50
FILTERS = ("status", "region", "category", "search", "since")
PLURALS = {
    DeadLetterStatus.OPEN: pgettext_lazy("dead letters", "open"),
    DeadLetterStatus.REQUEUED: pgettext_lazy("dead letters", "requeued"),
    DeadLetterStatus.CLOSED: pgettext_lazy("dead letters", "closed"),
    DeadLetterStatus.SUPERSEDED: pgettext_lazy("dead letters", "given up anew"),
    DeadLetterStatus.DISMISSED: pgettext_lazy("dead letters", "dismissed"),
}


@dataclass(frozen=True)
class Row:
    dead_letter: DeadLetter
    reason: str
    advice: str

    @property
    def waits(self) -> bool:
        return self.dead_letter.status in UNANSWERED_DEAD_LETTER


def dead_letter_list(request: HttpRequest) -> TemplateResponse:
    given = {name: request.GET.get(name, "").strip() for name in FILTERS}
    since, _until = query_params.between(given["since"], "")
    status = request.GET.get("status", queries.dead_letters.UNANSWERED)
    rows = queries.dead_letters.search({**given, "status": status, "since": since})
    found = requested_page(
        request, lambda number: queries.pages.page_of(rows, number, DEAD_LETTERS_PER_PAGE)
    )
    counts = queries.dead_letters.counts_by_status()
    return render(
        request,
        "homologa/dead_letters/list.html",
        {
            "title": _("Dead letters"),
            "rows": [_row(dead_letter) for dead_letter in found.items],
            "pager": pager(request, found),
            "given": {
                **given,
                "status": request.GET.get("status", queries.dead_letters.UNANSWERED),
            },
            "is_filtered": any(request.GET.get(name) for name in FILTERS),
            "statuses": [
                (queries.dead_letters.UNANSWERED, _("waiting for an answer")),
                *((status.value, status.label) for status in DeadLetterStatus),
            ],
            "regions": registry.active_regions(),
            "cards": [
                {"status": status.value, "label": label, "figure": counts[status]}
                for status, label in PLURALS.items()
            ],
        },
    )


def dead_letter_page(request: HttpRequest, dead_letter_id: UUID) -> TemplateResponse:
    try:
        [found] = queries.dead_letters.find([dead_letter_id])
    except CertificationError as error:
        raise Http404(error.message) from None
    return render(
        request,
        "homologa/dead_letters/dead_letter.html",
        {
            "title": found.certification.model.name,
            "subtitle": found.certification.region_id,
            "row": _row(found),
            "payload": sorted(found.payload.items()),
        },
    )


@idempotent_forms.posted_from("dead_letters")
def requeue_dead_letters(request: HttpRequest) -> HttpResponseRedirect:
    chosen = query_params.uuids(request.POST.getlist("dead_letter"))
    with refusals_shown(request):
        first, *others = reopening.requeue(chosen, idempotent_forms.open_request(request))
        for other in others:
            redirect_to_job(request, other)
        return redirect_to_job(request, first)
    return redirect("admin:dead_letters")


@idempotent_forms.posted_from("dead_letters")
def dismiss_dead_letters(request: HttpRequest) -> HttpResponseBase:
    """Asks for confirmation first."""
    chosen = query_params.uuids(request.POST.getlist("dead_letter"))
    if "sure" not in request.POST:
        return render(
            request,
            "homologa/dead_letters/dismiss.html",
            {"title": _("Dismiss dead letters?"), "chosen": chosen},
        )
    with refusals_shown(request):
        number = dead_letters.dismiss(chosen, actor(request))
        message = ngettext(
            "%(count)s dead letter is dismissed.", "%(count)s dead letters are dismissed.", number
        )
        messages.success(request, message % {"count": number})
    return redirect("admin:dead_letters")


def _row(dead_letter: DeadLetter) -> Row:
    return Row(dead_letter, *explain(dead_letter.error_category))


SCREENS: tuple[Screen, ...] = (
    Screen(
        "dead-letters/", "dead_letters", dead_letter_list, label=gettext_lazy("Dead letters"),
        children=("dead_letter", "dead_letters_dismiss"), system=True,
    ),
    Screen("dead-letters/<uuid:dead_letter_id>/", "dead_letter", dead_letter_page),
    Screen("dead-letters/requeue/", "dead_letters_requeue", requeue_dead_letters, CERTIFY),
    Screen("dead-letters/dismiss/", "dead_letters_dismiss", dismiss_dead_letters, CERTIFY),
)  # fmt: skip
