from __future__ import annotations

from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django_filters import ChoiceFilter, DateTimeFilter

from certification.models import CertificationJob, JobCertification
from certification.states import JobStatus, JobType
from models_registry import queries as registry
from models_registry.models import AIModel

from .row_filter import LimitFilter, ListedChoicesFilter, RowFilter, StableOrdering, TextFilter

MOST_PAIRS: Final = 1_000_000

Jobs = QuerySet[CertificationJob]


class JobFilter(RowFilter):
    status = ListedChoicesFilter(choices=JobStatus.choices, help_text="Of the job.")
    type = ChoiceFilter(choices=JobType.choices, help_text="How the job was opened.")
    ordering = StableOrdering(
        fields={"created_at": "createdAt", "completed_at": "completedAt"},
        choices=[
            ("-createdAt", "newest first (default)"),
            ("createdAt", "oldest first"),
            ("-completedAt", "last completed first"),
            ("completedAt", "first completed first"),
        ],
        help_text="Jobs that have not ended come last when ordered by their end.",
    )


class JobDetailFilter(RowFilter):
    certificationsLimit = LimitFilter(
        max_value=MOST_PAIRS, help_text="How many certifications to return; all if left out."
    )


class JobListFilter(JobFilter):
    certificationsLimit = LimitFilter(
        max_value=100, help_text="How many certifications to return with each job."
    )


class StaffJobFilter(JobFilter):
    """By what a person remembers of a job, too.

    model: part of a model's name or API id
    who:   part of the user name or e-mail address of the person that opened it
    since: moment of opening, included; until: not included
    """

    region = TextFilter(method="in_region")
    model = TextFilter(method="of_model")
    who = TextFilter(method="opened_by")
    since = DateTimeFilter(field_name="created_at", lookup_expr="gte")
    until = DateTimeFilter(field_name="created_at", lookup_expr="lt")

    def in_region(self, jobs: Jobs, _name: str, region: str) -> Jobs:
        # Both databases write a list of texts with its quotes; jobs without pairs have it, too.
        in_region = CertificationJob.objects.annotate(
            regions_text=Cast("regions", TextField())
        ).filter(regions_text__contains=f'"{region}"')
        return jobs.filter(pk__in=in_region.values("pk"))

    def of_model(self, jobs: Jobs, _name: str, text: str) -> Jobs:
        # The few models first, so that each job is looked up by the keys of an index.
        models = list(
            AIModel.objects.filter(registry.named_like(text)).values_list("pk", flat=True)
        )
        pairs = JobCertification.objects.filter(job=OuterRef("pk"), model__in=models)
        return jobs.filter(Exists(pairs))

    def opened_by(self, jobs: Jobs, _name: str, text: str) -> Jobs:
        return jobs.filter(
            Q(created_by__username__icontains=text) | Q(created_by__email__icontains=text)
        )
