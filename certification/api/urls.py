"""Every path is known with and without its trailing slash: old clients use both."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.views import APIView

from . import events
from .views import (
    badges,
    breakers,
    dead_letters,
    docs,
    exports,
    jobs,
    opening,
    registry,
    signing_in,
    standings,
)

UUID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
JOB = f"jobs/(?P<job_id>{UUID})"
REGION = "breakers/(?P<region>[a-z0-9-]+)"
# An API model id may have a slash in it.
MODEL = "models/(?P<model_id>.+?)"
BADGE = "badge/(?P<model_id>.+)/(?P<region>[a-z0-9-]+)"


def at(path: str, view: type[APIView]) -> URLPattern:
    return re_path(f"^{path}/?$", view.as_view())


def queue(path: str, view: type[APIView]) -> URLPattern:
    return at(f"certification-queue/{path}", view)


urlpatterns = [
    at("auth/login", signing_in.Login),
    at("auth/logout", signing_in.Logout),
    at("auth/tokens", signing_in.Tokens),
    at("auth/tokens/(?P<token_id>[^/]+)", signing_in.TokenDetail),
    queue("certify-model", opening.CertifyModel),
    queue("certify-multiple", opening.CertifyMultiple),
    queue("certify-all", opening.CertifyAll),
    queue("recertify", opening.Recertify),
    queue("history", jobs.History),
    queue(JOB, jobs.Job),
    queue(f"{JOB}/retry-failed", opening.RetryFailed),
    queue(f"{JOB}/pause", jobs.Pause),
    queue(f"{JOB}/resume", jobs.Resume),
    queue(f"{JOB}/certifications", jobs.JobCertifications),
    queue(f"{JOB}/certifications/(?P<certification_id>{UUID})", jobs.Record),
    queue(f"{JOB}/export\\.(?P<format_name>[a-z]+)", exports.JobExport),
    re_path(f"^certification-queue/{JOB}/events/?$", events.stream),
    queue("certifications/export\\.(?P<format_name>[a-z]+)", exports.StandingsExport),
    queue("certifications", standings.Certifications),
    queue("stats", standings.Statistics),
    queue("matrix", standings.Matrix),
    queue("compare", standings.Compare),
    queue("dead-letters", dead_letters.DeadLetters),
    queue("dead-letters/requeue", dead_letters.Requeue),
    queue("dead-letters/dismiss", dead_letters.Dismiss),
    queue(f"dead-letters/(?P<dead_letter_id>{UUID})", dead_letters.DeadLetter),
    queue("breakers", breakers.Breakers),
    queue(f"{REGION}/reset", breakers.Reset),
    queue(f"{REGION}/limit", breakers.Limit),
    queue("regions", registry.Regions),
    queue("providers", registry.Providers),
    queue("certifiable-models", registry.CertifiableModels),
    queue("models", registry.Models),
    queue(f"{MODEL}/certifications", registry.ModelCertifications),
    queue(f"{MODEL}/history", registry.ModelHistory),
    queue(MODEL, registry.Model),
    queue(f"{BADGE}\\.svg", badges.Badge),
    queue(BADGE, badges.BadgeVisibility),
    path("schema", docs.Schema.as_view(), name="api-schema"),
    path("docs", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="api-docs"),
    # What no path above knows is told in the envelope, too.
    re_path("", registry.Unknown.as_view()),
]
