"""Models of an imported system: ids that clients use, and models outside the catalogue."""

from __future__ import annotations

from uuid import UUID

import pytest

from certification.jobs import opening
from certification.models import Schedule
from models_registry import imported_models
from models_registry.models import AIModel, ModelOffer
from models_registry.parse import CATALOGUE, read_catalogue
from models_registry.sync import load_catalogue
from tests.factories.certification import offered

OLD = UUID(int=7 << 100)


@pytest.mark.django_db(transaction=True)
def test_an_unused_model_gets_the_old_id_and_keeps_its_offers() -> None:
    offered()
    model = AIModel.objects.get()

    assert imported_models.replace_id(model, OLD)

    assert AIModel.objects.get().pk == OLD
    assert ModelOffer.objects.get().model_id == OLD


@pytest.mark.django_db
@pytest.mark.parametrize("used_by", ["job", "schedule"])
def test_a_model_that_something_refers_to_keeps_its_id(used_by: str) -> None:
    models, regions = offered()
    model = AIModel.objects.get()
    if used_by == "job":
        opening.open_for_models(models, regions)
    else:
        Schedule.objects.create(name="nightly").chosen_models.add(model)

    assert not imported_models.replace_id(model, OLD)

    assert AIModel.objects.get().pk == model.pk


@pytest.mark.django_db
def test_a_model_of_the_past_is_as_the_catalogue_would_leave_it() -> None:
    load_catalogue(read_catalogue(CATALOGUE))

    made = imported_models.add_retired_model(
        OLD, "elsewhere", "Elsewhere", "unknown-7b", "Unknown", "Nobody"
    )

    assert not made.is_certifiable
    assert not load_catalogue(read_catalogue(CATALOGUE)).has_changes
