"""Every path is known with and without its trailing slash: old clients use both."""

from __future__ import annotations

from django.urls import re_path

from . import views

JOB = r"(?P<job_id>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"

urlpatterns = [
    re_path(r"^auth/login/?$", views.Login.as_view()),
    re_path(r"^certification-queue/certify-model/?$", views.CertifyModel.as_view()),
    re_path(r"^certification-queue/certify-multiple/?$", views.CertifyMultiple.as_view()),
    re_path(r"^certification-queue/certify-all/?$", views.CertifyAll.as_view()),
    re_path(rf"^certification-queue/jobs/{JOB}/?$", views.Job.as_view()),
    re_path(r"^certification-queue/regions/?$", views.Regions.as_view()),
    re_path(r"^certification-queue/certifiable-models/?$", views.CertifiableModels.as_view()),
    # What no path above knows is told in the envelope, too.
    re_path(r"", views.Unknown.as_view()),
]
