"""The first page: figures, each of which is a link to the list that it counts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certification import queries
from certification.admin.charts import weekly
from certification.admin.pages.screen import CERTIFY, Screen, render
from certification.admin.wording.verdicts import PLURALS, VERDICTS
from certification.queries.statistics import Statistics
from certification.states import JobStatus, PairStatus
from models_registry import queries as registry

NEWEST_JOBS = 6


def overview_page(request: HttpRequest) -> TemplateResponse:
    if not SCREEN.is_open_to(request):
        raise PermissionDenied
    now = timezone.now()
    statistics = queries.statistics.collect()
    weeks = queries.trends.weekly(now)
    return render(
        request,
        "homologa/overview/overview.html",
        {
            "title": _("Overview"),
            "statistics": statistics,
            "verdicts": [
                (verdict.value, PLURALS[verdict], statistics.verdicts.get(verdict, 0))
                for verdict in VERDICTS
            ],
            "jobs": [
                (status.value, status.label, statistics.jobs[status])
                for status in JobStatus
                if status in statistics.jobs
            ],
            "open_pairs": [
                (status, PairStatus(status).label, number)
                for status, number in statistics.queue.items()
            ],
            "regions": _regions(statistics),
            "pass_rates": weekly.pass_rates(weeks),
            "latencies": weekly.latencies(weeks),
            "has_weeks": any(week.judged for week in weeks),
            "regressions": queries.trends.regressions(now - timedelta(weeks=1)),
            "newest": queries.jobs.newest(NEWEST_JOBS),
            "may_certify": request.user.has_perm(CERTIFY),
        },
    )


def _regions(statistics: Statistics) -> list[dict[str, Any]]:
    names = {region.pk: region.display_name for region in registry.active_regions()}
    return [
        {
            **row,
            "name": names.get(row["region_id"], ""),
            "judged": row["passes"] + row["failures"],
        }
        for row in statistics.regions
    ]


SCREEN = Screen("", "index", overview_page, label=gettext_lazy("Overview"))
