from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from models_registry.models import (
    UNSUPPORTED_KINDS,
    AIModel,
    Lifecycle,
    ModelOffer,
    Provider,
    Region,
)
from models_registry.parse import CATALOGUE, Catalogue, CatalogueModel, read_catalogue
from models_registry.sync import Change, load_catalogue

pytestmark = pytest.mark.django_db

NOVA = "amazon.nova-lite-v1:0"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return read_catalogue()


def without(catalogue: Catalogue, api_model_id: str) -> Catalogue:
    models = tuple(m for m in catalogue.models if m.api_model_id != api_model_id)
    return replace(catalogue, models=models)


def altered(catalogue: Catalogue, api_model_id: str, **facts: Any) -> Catalogue:
    def alter(model: CatalogueModel) -> CatalogueModel:
        return replace(model, **facts) if model.api_model_id == api_model_id else model

    return replace(catalogue, models=tuple(map(alter, catalogue.models)))


def nova() -> AIModel:
    return AIModel.objects.get(api_model_id=NOVA)


def test_the_first_load_adds_everything_and_says_so(catalogue: Catalogue) -> None:
    report = load_catalogue(catalogue)

    assert len(report.models.added) == len(catalogue.models) == AIModel.objects.count()
    assert f"bedrock/{NOVA}" in report.models.added
    assert len(report.regions.added) == 31 == Region.objects.count()
    assert len(report.providers.added) == 4 == Provider.objects.count()
    assert len(report.offers.added) == ModelOffer.objects.count() > 1000
    assert f"bedrock/{NOVA} in us-east-1" in report.offers.added


def test_a_second_load_changes_nothing(catalogue: Catalogue) -> None:
    load_catalogue(catalogue)
    before = nova()

    report = load_catalogue(catalogue)

    assert not report.has_changes
    assert report.models.unchanged == len(catalogue.models)
    assert (nova().id, nova().updated_at) == (before.id, before.updated_at)


def test_prices_are_kept_as_exact_decimals(catalogue: Catalogue) -> None:
    load_catalogue(catalogue)

    assert isinstance(nova().input_price, Decimal)
    assert (nova().input_price, nova().output_price) == (Decimal("0.06"), Decimal("0.24"))


def test_at_least_74_models_are_certifiable_and_the_six_foreign_ones_are_not(
    catalogue: Catalogue,
) -> None:
    load_catalogue(catalogue)

    models = AIModel.objects.select_related("provider")
    assert sum(model.is_certifiable for model in models) >= 74
    others = [model for model in models if not model.is_certifiable]
    assert {model.api_model_id for model in others if not model.unsupported_because} == {
        "gpt-3.5-turbo",
        "gpt-4-turbo",
        "llama-3.1-8b-instant",
        "llama-3.3-70b-versatile",
        "meta-llama/Llama-3-70b-chat-hf",
        "Qwen/Qwen1.5-72B-Chat",
    }
    assert {model.kind for model in others if model.unsupported_because} == set(UNSUPPORTED_KINDS)


def test_a_changed_fact_is_reported_field_by_field_and_written(catalogue: Catalogue) -> None:
    load_catalogue(catalogue)
    AIModel.objects.update(updated_at=timezone.now() - timedelta(seconds=2))
    before = nova()

    report = load_catalogue(
        altered(catalogue, NOVA, name="Nova Lite 1.0", input_price=Decimal("0.07"))
    )

    assert report.models.changed == (
        Change(f"bedrock/{NOVA}", "name", "Nova Lite", "Nova Lite 1.0"),
        Change(f"bedrock/{NOVA}", "input_price", Decimal("0.06"), Decimal("0.07")),
    )
    assert report.models.unchanged == len(catalogue.models) - 1
    assert (nova().name, nova().input_price) == ("Nova Lite 1.0", Decimal("0.07"))
    assert nova().id == before.id
    assert nova().updated_at > before.updated_at


def test_a_model_that_left_the_catalogue_is_retired_not_deleted(catalogue: Catalogue) -> None:
    load_catalogue(catalogue)
    before = nova()

    report = load_catalogue(without(catalogue, NOVA))

    assert report.models.retired == (f"bedrock/{NOVA}",)
    assert not report.offers.has_changes
    after = nova()
    assert after.id == before.id
    assert (after.is_active, after.lifecycle) == (False, Lifecycle.RETIRED)
    assert after.retired_at is not None
    assert after.offers.count() == before.offers.count() > 0


def test_a_retired_model_is_reported_once(catalogue: Catalogue) -> None:
    load_catalogue(catalogue)
    load_catalogue(without(catalogue, NOVA))
    retired_at = nova().retired_at

    assert not load_catalogue(without(catalogue, NOVA)).has_changes
    assert nova().retired_at == retired_at


def test_a_model_that_is_back_is_active_again(catalogue: Catalogue) -> None:
    load_catalogue(catalogue)
    before = nova()
    load_catalogue(without(catalogue, NOVA))

    report = load_catalogue(catalogue)

    assert report.models.returned == (f"bedrock/{NOVA}",)
    after = nova()
    assert after.id == before.id
    assert (after.is_active, after.lifecycle, after.retired_at) == (True, Lifecycle.ACTIVE, None)


def test_what_staff_switched_off_stays_off(catalogue: Catalogue) -> None:
    load_catalogue(catalogue)
    AIModel.objects.filter(api_model_id=NOVA).update(is_active=False)
    Region.objects.filter(id="sa-east-1").update(is_active=False)

    report = load_catalogue(altered(catalogue, NOVA, name="Nova Lite 1.0"))

    assert report.models.returned == ()
    assert (nova().name, nova().is_active) == ("Nova Lite 1.0", False)
    assert not Region.objects.get(id="sa-east-1").is_active


def test_offers_follow_the_catalogue(catalogue: Catalogue) -> None:
    few = altered(catalogue, NOVA, regions={"us-east-1": ("ON_DEMAND",), "us-west-2": ("US",)})
    other = altered(catalogue, NOVA, regions={"us-east-1": ("US",), "eu-west-1": ("EU",)})
    load_catalogue(few)

    report = load_catalogue(other)

    assert report.offers.added == (f"bedrock/{NOVA} in eu-west-1",)
    assert report.offers.retired == (f"bedrock/{NOVA} in us-west-2",)
    assert report.offers.changed == (
        Change(f"bedrock/{NOVA} in us-east-1", "inference_types", ["ON_DEMAND"], ["US"]),
    )
    assert {o.region_id: o.inference_types for o in nova().offers.all()} == {
        "us-east-1": ["US"],
        "eu-west-1": ["EU"],
    }


def test_prices_sources_and_the_day_of_the_check_are_kept(catalogue: Catalogue) -> None:
    load_catalogue(catalogue)

    report = load_catalogue(
        altered(
            catalogue,
            NOVA,
            cache_read_price=Decimal("0.02"),
            geo_price_factor=Decimal("1.1"),
            source=("a listing", "a price list"),
            checked_on=date(2026, 11, 28),
        )
    )

    changed = {change.field for change in report.models.changed}
    assert {"cache_read_price", "geo_price_factor", "source"} <= changed
    assert (nova().cache_read_price, nova().geo_price_factor) == (Decimal("0.02"), Decimal("1.1"))
    assert nova().source.splitlines() == ["a listing", "a price list"]
    assert nova().checked_on == date(2026, 11, 28)


def test_an_end_of_life_is_kept_for_the_model_or_for_one_region(catalogue: Catalogue) -> None:
    days = {"all": date(2027, 1, 8), "us-east-1": date(2026, 12, 24)}
    load_catalogue(altered(catalogue, NOVA, lifecycle="LEGACY", end_of_life=days))

    assert nova().end_of_life_at == datetime(2027, 1, 8, tzinfo=UTC)
    ends = dict(nova().offers.values_list("region", "end_of_life_at"))
    assert ends.pop("us-east-1") == datetime(2026, 12, 24, tzinfo=UTC)
    assert set(ends.values()) == {None}

    report = load_catalogue(catalogue)

    assert (nova().lifecycle, nova().end_of_life_at) == (Lifecycle.ACTIVE, None)
    assert [change.field for change in report.offers.changed] == ["end_of_life_at"]


@pytest.mark.parametrize("end", [datetime(2027, 3, 1, tzinfo=UTC), None])
def test_an_end_of_life_from_aws_stays(catalogue: Catalogue, end: datetime | None) -> None:
    load_catalogue(catalogue)
    AIModel.objects.filter(api_model_id=NOVA).update(
        lifecycle="LEGACY", aws_lifecycle="LEGACY", end_of_life_at=end
    )

    report = load_catalogue(
        altered(catalogue, NOVA, lifecycle="LEGACY", end_of_life={"all": date(2026, 12, 24)})
    )

    assert not report.models.has_changes
    assert nova().end_of_life_at == end


def test_a_check_says_the_same_as_a_load_and_keeps_nothing(catalogue: Catalogue) -> None:
    checked = load_catalogue(catalogue, check=True)

    assert AIModel.objects.count() == Region.objects.count() == ModelOffer.objects.count() == 0
    assert checked == load_catalogue(catalogue)


def test_a_load_that_changes_nothing_takes_few_queries(
    catalogue: Catalogue, django_assert_num_queries: Callable[..., Any]
) -> None:
    load_catalogue(catalogue)

    # Savepoint and its release; regions read from AWS; providers; regions; models; model ids;
    # offers.
    with django_assert_num_queries(8):
        load_catalogue(catalogue)


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("load_catalogue", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_says_what_it_added_and_then_that_nothing_changed() -> None:
    first, second = run(), run()

    assert f"models: {AIModel.objects.count()} added, 0 changed, 0 retired" in first
    assert "  added bedrock/amazon.nova-micro-v1:0\n" in first
    assert "--verbosity 2 lists all" in first
    assert second.startswith("Nothing changed (")


def test_the_command_speaks_the_language_of_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "pt_BR.UTF-8")

    told = run()

    assert f"modelos: {AIModel.objects.count()} incluídos, 0 alterados, 0 aposentados" in told
    assert "  incluído bedrock/amazon.nova-micro-v1:0\n" in told


def test_the_quiet_command_only_counts() -> None:
    assert [line.partition(":")[0] for line in run("-v0").splitlines()] == [
        "providers",
        "regions",
        "models",
        "offers",
    ]


def test_the_verbose_command_lists_all() -> None:
    told = run("-v2").splitlines()

    assert len(told) == 4 + sum(
        table.objects.count() for table in (Provider, Region, AIModel, ModelOffer)
    )


def test_the_command_shows_a_change_from_old_to_new(catalogue: Catalogue) -> None:
    load_catalogue(altered(catalogue, NOVA, input_price=Decimal("10"), context_window=None))

    told = run()

    assert f"  changed bedrock/{NOVA}: input_price 10 -> 0.06\n" in told
    assert f"  changed bedrock/{NOVA}: context_window null -> 300000\n" in told
    assert "models: 0 added, 1 changed, 0 retired, 0 returned" in told


def test_check_exits_1_while_something_would_change_and_writes_nothing() -> None:
    with pytest.raises(CommandError) as refusal:
        run("--check")

    assert refusal.value.returncode == 1
    assert not AIModel.objects.exists()


def test_check_is_silent_success_when_nothing_would_change() -> None:
    run()

    assert run("--check").startswith("Nothing changed")


def test_a_malformed_catalogue_is_refused_by_name_and_line_and_nothing_is_loaded(
    tmp_path: Path,
) -> None:
    for file in CATALOGUE.glob("*.jsonl"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    lines = (CATALOGUE / "bedrock.jsonl").read_text(encoding="utf-8").splitlines()
    number = next(n for n, line in enumerate(lines) if f'"{NOVA}"' in line)
    lines[number] = lines[number].replace('"input": 0.06', '"input": "x"')
    lines.append("{")
    (tmp_path / "bedrock.jsonl").write_text("\n".join(lines), encoding="utf-8")

    with pytest.raises(CommandError) as refusal:
        run("--path", str(tmp_path))

    assert refusal.value.returncode == 2
    told = str(refusal.value)
    assert "2 problems; nothing was loaded" in told
    assert (
        f"bedrock.jsonl line {number + 1} ({NOVA}): prices.input must be a number >= 0, got 'x'"
        in told
    )
    assert f"bedrock.jsonl line {len(lines)}: is not JSON" in told
    assert not Provider.objects.exists()
