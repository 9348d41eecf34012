from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from certification import engine
from models_registry import parse
from models_registry.models import UNSUPPORTED_KINDS, Geography, Kind, Lifecycle
from models_registry.parse import CatalogueError, read_catalogue

NOVA: dict[str, Any] = {
    "id": "amazon.nova-lite-v1:0",
    "name": "Nova Lite",
    "vendor": "Amazon",
    "kind": "TEXT",
    "input_modalities": ["TEXT", "IMAGE"],
    "output_modalities": ["TEXT"],
    "capabilities": {"streaming": True},
    "context_window": 300000,
    "max_output_tokens": None,
    "prices": {"input": 0.06, "output": 0.24, "image": None},
    "embedding_dimension": None,
    "lifecycle": "ACTIVE",
    "end_of_life": {},
    "regions": {"us-east-1": ["ON_DEMAND", "US"]},
    "source": ["a listing"],
    "checked": "2026-11-28",
}
GPT = {**NOVA, "provider": "openai", "id": "gpt-4-turbo", "regions": {}}
PROVIDERS = [
    {"id": "bedrock", "name": "Amazon Bedrock", "is_certifiable": True},
    {"id": "openai", "name": "OpenAI", "is_certifiable": False},
]
REGIONS = [
    {"id": "us-east-1", "name": "US East", "name_pt": "Leste dos EUA", "geography": "US"},
]


def write(
    directory: Path,
    *,
    bedrock: list[Any],
    others: list[Any] | None = None,
    providers: list[Any] | None = None,
    regions: list[Any] | None = None,
) -> Path:
    files = {
        "bedrock.jsonl": bedrock,
        "others.jsonl": [GPT] if others is None else others,
        "providers.jsonl": PROVIDERS if providers is None else providers,
        "regions.jsonl": REGIONS if regions is None else regions,
    }
    for file, rows in files.items():
        lines = (row if isinstance(row, str) else json.dumps(row) for row in rows)
        (directory / file).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return directory


def problems(directory: Path) -> tuple[str, ...]:
    with pytest.raises(CatalogueError) as refusal:
        read_catalogue(directory)
    return refusal.value.problems


def test_a_line_becomes_a_model_with_exact_prices(tmp_path: Path) -> None:
    nova, gpt = read_catalogue(write(tmp_path, bedrock=[NOVA])).models

    assert (nova.provider, nova.api_model_id) == ("bedrock", "amazon.nova-lite-v1:0")
    assert (nova.input_price, nova.output_price) == (Decimal("0.06"), Decimal("0.24"))
    assert nova.image_price is None
    assert (nova.cache_read_price, nova.geo_price_factor) == (None, None)
    assert nova.regions == {"us-east-1": ("ON_DEMAND", "US")}
    assert gpt.provider == "openai"


def test_a_line_may_tell_the_prices_of_routes_cache_and_queries(tmp_path: Path) -> None:
    more = {"cache_read": 0.015, "cache_write": 0.075, "rerank_unit": 0.001, "geo_factor": 1.1}
    line = {**NOVA, "prices": {**NOVA["prices"], **more}}

    (nova, _gpt) = read_catalogue(write(tmp_path, bedrock=[line])).models

    assert nova.cache_read_price == Decimal("0.015")
    assert nova.cache_write_price == Decimal("0.075")
    assert nova.rerank_price == Decimal("0.001")
    assert nova.geo_price_factor == Decimal("1.1")


def test_an_end_of_life_is_told_for_all_regions_or_for_one(tmp_path: Path) -> None:
    everywhere = {**NOVA, "lifecycle": "LEGACY", "end_of_life": {"all": "2026-09-30"}}
    here = {**NOVA, "id": "amazon.nova-pro-v1:0", "end_of_life": {"us-east-1": "2027-03-22"}}

    (nova, pro, _gpt) = read_catalogue(write(tmp_path, bedrock=[everywhere, here])).models

    assert nova.end_of_life == {"all": date(2026, 9, 30)}
    assert pro.end_of_life == {"us-east-1": date(2027, 3, 22)}


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (
            {"prices": {**NOVA["prices"], "input": "x"}},
            "prices.input must be a number >= 0, got 'x'",
        ),
        ({"prices": {**NOVA["prices"], "input": -1}}, "prices.input must be a number >= 0, got -1"),
        ({"prices": {**NOVA["prices"], "input": True}}, "prices.input must be a number >= 0"),
        ({"prices": {**NOVA["prices"], "input": 0.0000001}}, "with at most 6 decimal places"),
        ({"prices": {**NOVA["prices"], "input": 1e30}}, "prices.input must be below 1000000"),
        ({"prices": {"input": 1, "output": 1}}, "prices.image is missing"),
        ({"prices": None}, "prices must be an object, got None"),
        ({"name": ""}, "name must be a text of 1 to 200 printable characters, trimmed, got ''"),
        ({"name": 7}, "name must be a text of 1 to 200 printable characters, trimmed, got 7"),
        ({"name": "N\x00"}, "name must be a text of 1 to 200 printable characters"),
        ({"vendor": "V" * 101}, "vendor must be a text of 1 to 100 printable characters"),
        (
            {"kind": "SONG"},
            "kind must be one of TEXT, EMBEDDING, IMAGE, IMAGE_EDIT, RERANK, SPEECH, VIDEO, MANTLE",
        ),
        ({"lifecycle": "RETIRED"}, "lifecycle must be one of ACTIVE, LEGACY, got 'RETIRED'"),
        ({"capabilities": {"flight": True}}, "capabilities may only name streaming, tools"),
        ({"capabilities": {"tools": None}}, "capabilities.tools must be true or false"),
        ({"input_modalities": []}, "input_modalities must list, once each, some of TEXT"),
        ({"input_modalities": ["SMELL"]}, "input_modalities must list, once each, some of TEXT"),
        ({"output_modalities": "TEXT"}, "output_modalities must list, once each, some of TEXT"),
        ({"context_window": 0}, "context_window must be a whole number > 0 or null, got 0"),
        ({"context_window": 1.5}, "context_window must be a whole number > 0 or null, got 1.5"),
        ({"max_output_tokens": 2**31}, "max_output_tokens must be a whole number > 0 or null"),
        ({"embedding_dimension": True}, "embedding_dimension must be a whole number > 0 or null"),
        ({"regions": {"us-east-1": ["MOON"]}}, "regions.us-east-1 must list, once each, some of"),
        ({"regions": {"mars-1": ["US"]}}, "regions may only name regions of regions.jsonl"),
        ({"regions": []}, "regions must be an object, got []"),
        ({"end_of_life": {"us-east-1": "31/01/2026"}}, "end_of_life.us-east-1 must be a date such"),
        ({"end_of_life": {"us-east-1": "2026-02-30"}}, "end_of_life.us-east-1 must be a date such"),
        ({"end_of_life": {"us-east-1": 20260131}}, "end_of_life.us-east-1 must be a date such"),
        ({"end_of_life": {"us-west-2": "2026-01-31"}}, "may only name all and regions of offers"),
        ({"end_of_life": {"all": "2026-01-31"}}, "lifecycle must be LEGACY if the model ends in"),
        ({"end_of_life": "2026-01-31"}, "end_of_life must be an object"),
        ({"source": []}, "source must list at least one text of 1 to 200 printable characters"),
        ({"source": "a listing"}, "source must list at least one text"),
        ({"source": ["a listing", "a listing"]}, "source must list at least one text"),
        ({"source": [" a listing"]}, "source must list at least one text"),
        ({"checked": None}, "checked must be a date such as 2026-01-31, got None"),
        ({"checked": "20260131"}, "checked must be a date such as 2026-01-31, got '20260131'"),
        (
            {"prices": {**NOVA["prices"], "cache_read": -1}},
            "prices.cache_read must be a number >= 0, got -1",
        ),
        (
            {"prices": {**NOVA["prices"], "batch": 1}},
            "prices.batch is not a known key",
        ),
        ({"colour": "red"}, "colour is not a known key"),
        ({"provider": "openai"}, "provider is not a known key"),
    ],
)
def test_a_problem_is_reported_by_file_line_and_model(
    tmp_path: Path, fault: dict[str, Any], told: str
) -> None:
    other = {**NOVA, "id": "amazon.nova-pro-v1:0"}
    directory = write(tmp_path, bedrock=[other, {**NOVA, **fault}])

    (problem,) = problems(directory)
    assert problem.startswith("bedrock.jsonl line 2 (amazon.nova-lite-v1:0): ")
    assert told in problem


@pytest.mark.parametrize("key", list(NOVA))
def test_a_missing_key_is_reported_once(tmp_path: Path, key: str) -> None:
    line = {name: value for name, value in NOVA.items() if name != key}

    (problem,) = problems(write(tmp_path, bedrock=[line]))
    assert problem.endswith(f": {key} is missing")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"id": ', "is not JSON"),
        ('{"id": NaN}', "NaN is no JSON number"),
        ('{"id": "a", "id": "b"}', "the key id is given twice"),
        ("[1]", "must be a JSON object"),
    ],
)
def test_a_line_that_is_no_json_object_is_reported_by_its_number(
    tmp_path: Path, line: str, told: str
) -> None:
    (problem,) = problems(write(tmp_path, bedrock=[NOVA, "", line]))
    assert problem.startswith("bedrock.jsonl line 3: ")
    assert told in problem


def test_a_duplicate_id_is_reported_with_its_line(tmp_path: Path) -> None:
    (problem,) = problems(write(tmp_path, bedrock=[NOVA, NOVA]))
    assert problem == (
        "bedrock.jsonl line 2 (amazon.nova-lite-v1:0): id is already taken by "
        "bedrock.jsonl line 1 (amazon.nova-lite-v1:0)"
    )


def test_two_providers_may_use_the_same_id(tmp_path: Path) -> None:
    directory = write(tmp_path, bedrock=[NOVA], others=[{**GPT, "id": NOVA["id"]}])

    assert len(read_catalogue(directory).models) == 2


def test_a_provider_that_is_not_listed_is_refused(tmp_path: Path) -> None:
    directory = write(tmp_path, bedrock=[NOVA], others=[{**GPT, "provider": "acme"}])

    assert problems(directory) == (
        "others.jsonl line 1 (gpt-4-turbo): provider must be one of providers.jsonl, got 'acme'",
    )


def test_all_problems_of_all_files_are_reported_at_once(tmp_path: Path) -> None:
    directory = write(
        tmp_path,
        bedrock=[{**NOVA, "kind": "SONG", "name": ""}, "{"],
        others=[{**GPT, "vendor": None}],
        regions=[{**REGIONS[0], "geography": "ATLANTIS"}],
        providers=[{**PROVIDERS[0], "is_certifiable": "yes"}, PROVIDERS[1]],
    )

    told = problems(directory)
    assert len(told) == 6
    assert [line.partition(": ")[0] for line in told] == [
        "providers.jsonl line 1 (bedrock)",
        "regions.jsonl line 1 (us-east-1)",
        "bedrock.jsonl line 1 (amazon.nova-lite-v1:0)",
        "bedrock.jsonl line 1 (amazon.nova-lite-v1:0)",
        "bedrock.jsonl line 2",
        "others.jsonl line 1 (gpt-4-turbo)",
    ]


def test_a_missing_file_is_reported_by_name(tmp_path: Path) -> None:
    directory = write(tmp_path, bedrock=[NOVA])
    (directory / "others.jsonl").unlink()

    (problem,) = problems(directory)
    assert problem.startswith("others.jsonl: cannot be read")


def test_the_words_of_the_catalogue_are_those_of_the_database() -> None:
    assert list(parse.KINDS) == Kind.values
    assert {*parse.LIFECYCLES, "RETIRED"} == set(Lifecycle.values)
    assert list(parse.GEOGRAPHIES) == Geography.values


def test_the_engine_has_checks_for_every_kind_that_is_not_said_to_have_none() -> None:
    assert {*Kind.values} - {*UNSUPPORTED_KINDS} == {kind.value for kind in engine.Kind}


def test_reading_the_catalogue_needs_no_django() -> None:
    program = (
        "import sys; from models_registry.parse import read_catalogue; read_catalogue(); "
        "sys.exit('django' in sys.modules)"
    )
    root = Path(__file__).resolve().parents[3]

    assert subprocess.run([sys.executable, "-c", program], cwd=root, check=False).returncode == 0
