"""The registry beside what AWS says: what differs, and the models that are proposed."""

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
class Line:
    """The same change of one model's offers, in all regions that it happens in."""

    change: aws.OfferChange
    regions: list[str]


def page(request: HttpRequest) -> TemplateResponse:
    look = aws.last_look()
    found = aws.differences(look) if look else None
    proposals = [
        (
            row,
            aws.kind_of(row),
            modalities.named(row.input_modalities),
            modalities.named(row.output_modalities),
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
        "proposals": proposals,
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


@idempotent_forms.on("registry")
def look(request: HttpRequest) -> HttpResponseRedirect:
    sync.look()
    return redirect("admin:registry")


@idempotent_forms.on("registry")
def apply(request: HttpRequest) -> HttpResponseRedirect:
    def carry_out(look_id: UUID) -> str:
        found = sync.apply(look_id, actor(request))
        told = ngettext(
            "The registry is as AWS says: %(count)s change is made.",
            "The registry is as AWS says: %(count)s changes are made.",
            found.count,
        )
        return told % {"count": found.count}

    return _told(request, "look", carry_out)


@idempotent_forms.on("registry")
def accept(request: HttpRequest) -> HttpResponseRedirect:
    def carry_out(proposal_id: UUID) -> str:
        model = proposals.accept(proposal_id, actor(request))
        return _("The model %(model)s is in the registry, switched off until you switch it on.") % {
            "model": model.name
        }

    return _told(request, "proposal", carry_out)


@idempotent_forms.on("registry")
def dismiss(request: HttpRequest) -> HttpResponseRedirect:
    def carry_out(proposal_id: UUID) -> str:
        proposals.dismiss(proposal_id, actor(request))
        return _("The proposal is dismissed, and will not come again.")

    return _told(request, "proposal", carry_out)


def _told(
    request: HttpRequest, field: str, carry_out: Callable[[UUID], str]
) -> HttpResponseRedirect:
    subject = query_params.uuid(request.POST.get(field, ""))
    if subject is None:
        raise Http404
    with refusals_shown(request):
        messages.success(request, carry_out(subject))
    return redirect("admin:registry")


def _lines(changes: Iterable[aws.OfferChange]) -> list[Line]:
    lines: dict[tuple[Any, ...], Line] = {}
    for change in changes:
        key = (change.model_id, change.old, change.new)
        lines.setdefault(key, Line(change, [])).regions.append(change.region)
    return list(lines.values())


SCREENS: tuple[Screen, ...] = (
    Screen("registry/", "registry", page, ADMINISTER, gettext_lazy("Registry"), system=True),
    Screen("registry/look/", "registry_look", look, ADMINISTER),
    Screen("registry/apply/", "registry_apply", apply, ADMINISTER),
    Screen("registry/accept/", "registry_accept", accept, ADMINISTER),
    Screen("registry/dismiss/", "registry_dismiss", dismiss, ADMINISTER),
)
