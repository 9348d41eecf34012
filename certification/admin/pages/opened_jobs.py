"""The answer to a form that opened a job."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certification.jobs.requests import Opened


def redirect_to_job(request: HttpRequest, opened: Opened) -> HttpResponseRedirect:
    """Redirects to the job, with a message of how many pairs it certifies and one for each model
    that it leaves out."""
    total = opened.job.total_models
    messages.success(
        request,
        ngettext(
            "A new job certifies %(count)s pair again.",
            "A new job certifies %(count)s pairs again.",
            total,
        )
        % {"count": total},
    )
    for skipped in opened.skipped:
        messages.warning(
            request,
            _("The model %(model)s is left out: %(reason)s.")
            % {"model": skipped.api_model_id, "reason": skipped.reason},
        )
    return redirect("admin:job", opened.job.pk)
