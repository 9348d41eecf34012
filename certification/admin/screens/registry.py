"""The registry compared with AWS: differences, and proposed models."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from certification.admin.pages import idempotent_forms, query_params
from certification.admin.pages.refusals import refusals_shown
from certification.admin.pages.screen import ADMINISTER, Screen, actor, render
from certification.admin.wording import modalities
from certification.registry import proposals, sync
from models_registry import aws
from models_registry.models import Lifecycle

PARTS: Final = {
    "new": gettext_lazy("New offers"),
    "changed": gettext_lazy("Changed offers"),
    "gone": gettext_lazy("Offers that are gone"),
    "lifecycles": gettext_lazy("Lifecycles"),
    "proposals": gettext_lazy("Proposed models"),
}


@dataclass
class OfferLine:
    """One change of a model's offers, with all regions that have it."""

    change: aws.OfferChange
    regions: list[str]


def registry_page(request: HttpRequest) -> TemplateResponse:
    look = aws.last_look()
    found = aws.differences(look) if look else None
    proposed = [
        (
            row,
            aws.kind_of(row),
            modalities.in_words(row.input_modalities),
            modalities.in_words(row.output_modalities),
        )
        for row in aws.open_proposals()
    ]
    parts: dict[str, list[Any]] = {
        "new": _lines(found.new if found else ()),
        "changed": _lines(found.changed if found else ()),
        "gone": _lines(found.gone if found else ()),
        "lifecycles": [
            (change, Lifecycle(change.old).label, Lifecycle(change.new).label)
            for change in (found.lifecycles if found else ())
        ],
        "proposals": proposed,
    }
    shown = request.GET.get("show", "")
    return render(
        request,
        "homologa/registry/registry.html",
        {
            "title": _("Registry"),
            "look": look,
            "found": found,
            "cards": [
                {
                    "part": part,
                    "label": label,
                    "figure": sum(len(line.regions) for line in parts[part])
                    if part in ("new", "changed", "gone")
                    else len(parts[part]),
                }
                for part, label in PARTS.items()
            ],
            "parts": [
                {"part": part, "label": PARTS[part], "rows": rows}
                for part, rows in parts.items()
                if rows and shown in ("", part)
            ],
            "shown": shown if shown in PARTS else "",
            "simulated": settings.BEDROCK != "aws",
        },
    )


@idempotent_forms.posted_from("registry")
def ask_aws(request: HttpRequest) -> HttpResponseRedirect:
    sync.look()
    return redirect("admin:registry")


@idempotent_forms.posted_from("registry")
def apply_differences(request: HttpRequest) -> HttpResponseRedirect:
    def act(look_id: UUID) -> str:
        found = sync.apply(look_id, actor(request))
        message = ngettext(
            "The registry is as AWS says: %(count)s change is made.",
            "The registry is as AWS says: %(count)s changes are made.",
            found.count,
        )
        return message % {"count": found.count}

    return _act(request, "look", act)


@idempotent_forms.posted_from("registry")
def accept_proposal(request: HttpRequest) -> HttpResponseRedirect:
    def act(proposal_id: UUID) -> str:
        model = proposals.accept(proposal_id, actor(request))
        return _("The model %(model)s is in the registry, switched off until you switch it on.") % {
            "model": model.name
        }

    return _act(request, "proposal", act)


@idempotent_forms.posted_from("registry")
def dismiss_proposal(request: HttpRequest) -> HttpResponseRedirect:
    def act(proposal_id: UUID) -> str:
        proposals.dismiss(proposal_id, actor(request))
        return _("The proposal is dismissed, and will not come again.")

    return _act(request, "proposal", act)


def _act(request: HttpRequest, field: str, act: Callable[[UUID], str]) -> HttpResponseRedirect:
    subject = query_params.uuid(request.POST.get(field, ""))
    if subject is None:
        raise Http404
    with refusals_shown(request):
        messages.success(request, act(subject))
    return redirect("admin:registry")


def _lines(changes: Iterable[aws.OfferChange]) -> list[OfferLine]:
    lines: dict[tuple[Any, ...], OfferLine] = {}
    for change in changes:
        key = (change.model_id, change.old, change.new)
        lines.setdefault(key, OfferLine(change, [])).regions.append(change.region)
    return list(lines.values())


SCREENS: tuple[Screen, ...] = (
    Screen(
        "registry/", "registry", registry_page, ADMINISTER, gettext_lazy("Registry"), system=True
    ),
    Screen("registry/look/", "registry_look", ask_aws, ADMINISTER),
    Screen("registry/apply/", "registry_apply", apply_differences, ADMINISTER),
    Screen("registry/accept/", "registry_accept", accept_proposal, ADMINISTER),
    Screen("registry/dismiss/", "registry_dismiss", dismiss_proposal, ADMINISTER),
)
