"""Every path of the API, with and without its trailing slash."""

from __future__ import annotations

from django.urls import path, re_path
from drf_spectacular.views import SpectacularSwaggerSplitView

from . import events
from .query_parameters import checked, knowing
from .routers import ListElsewhereRouter, SlashRouter
from .views import (
    badges,
    breakers,
    certifications,
    certify,
    dead_letters,
    docs,
    jobs,
    registry,
    tokens,
)

QUEUE = "certification-queue"

router = SlashRouter()
router.register("auth", tokens.SigningInViewSet, "auth")
router.register("auth/tokens", tokens.TokenViewSet, "token")
router.register(QUEUE, docs.IndexViewSet, "index")
router.register(QUEUE, certify.CertifyViewSet, "open")
router.register("certification", certify.FirstCertifyViewSet, "first")
router.register(QUEUE, certifications.OverviewViewSet, "overview")
router.register(f"{QUEUE}/certifications", certifications.CertificationViewSet, "certification")
router.register(f"{QUEUE}/dead-letters", dead_letters.DeadLetterViewSet, "dead-letter")
router.register(f"{QUEUE}/breakers", breakers.BreakerViewSet, "breaker")
router.register(f"{QUEUE}/regions", registry.RegionViewSet, "region")
router.register(f"{QUEUE}/providers", registry.ProviderViewSet, "provider")
router.register(
    f"{QUEUE}/certifiable-models", registry.CertifiableModelViewSet, "certifiable-model"
)
router.register(f"{QUEUE}/models", registry.ModelViewSet, "model")
router.register(f"{QUEUE}/badge", badges.BadgeViewSet, "badge")

job_router = ListElsewhereRouter(list_at=f"{QUEUE}/history")
job_router.register(f"{QUEUE}/jobs", jobs.JobViewSet, "job")

schema = knowing()(docs.SchemaView.as_view())
page = knowing("script")(SpectacularSwaggerSplitView.as_view(url_name="api-schema"))

urlpatterns = checked(
    [
        *router.urls,
        *job_router.urls,
        re_path(
            f"^{QUEUE}/jobs/(?P<job_id>[^/]+)/events/?$",
            events.stream,
            name="job-events",
        ),
        path("schema", schema, name="api-schema"),
        path("docs", page, name="api-docs"),
        # Other paths get a 404 in the envelope.
        re_path("", registry.UnknownView.as_view(), name="api-unknown"),
    ]
)
