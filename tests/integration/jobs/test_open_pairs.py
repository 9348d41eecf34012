from __future__ import annotations

import pytest

from certification.errors import CertificationError, Duplicates, UnknownModels, UnknownRegions
from certification.jobs import opening
from certification.models import CertificationJob, JobCertification
from tests.factories.certification import offered

pytestmark = pytest.mark.django_db


def test_exactly_the_given_pairs_are_opened() -> None:
    models, regions = offered(models=2, regions=2)

    opened = opening.open_pairs([(models[0], regions[0]), (models[1], regions[1])])

    assert (opened.job.type, opened.job.total_models) == ("RECERTIFY", 2)
    pairs = JobCertification.objects.values_list("model__api_model_id", "region_id")
    assert set(pairs) == {(models[0], regions[0]), (models[1], regions[1])}


@pytest.mark.parametrize(
    ("pairs", "error"),
    [
        ([("nobody", "R")], UnknownModels),
        ([("M", "nowhere")], UnknownRegions),
        ([("M", "R"), ("M", "R")], Duplicates),
    ],
)
def test_invalid_pairs_open_nothing(
    pairs: list[tuple[str, str]], error: type[CertificationError]
) -> None:
    models, regions = offered()
    placeholders = {"M": models[0], "R": regions[0]}
    named = [
        (placeholders.get(model, model), placeholders.get(region, region))
        for model, region in pairs
    ]

    with pytest.raises(error):
        opening.open_pairs(named)

    assert not CertificationJob.objects.exists()
