"""Reads the catalogue's files. If any line has a problem, all files are refused."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from .jsonl import Entry, read_lines
from .offers import INFERENCE_TYPES

CATALOGUE = Path(__file__).parent / "catalogue"

KINDS = ("TEXT", "EMBEDDING", "IMAGE", "IMAGE_EDIT", "RERANK", "SPEECH", "VIDEO", "MANTLE")
# Without RETIRED: removing a model's line retires the model.
LIFECYCLES = ("ACTIVE", "LEGACY")
GEOGRAPHIES = ("US", "CA", "MX", "SA", "EU", "ME", "AF", "APAC")
MODALITIES = ("TEXT", "IMAGE", "VIDEO", "AUDIO", "SPEECH", "EMBEDDING")
CAPABILITIES = (
    "streaming",
    "tools",
    "tools_streaming",
    "tool_choice",
    "strict_tools",
    "system_prompt",
    "stop_sequences",
    "image_input",
    "document_input",
    "video_input",
    "audio_input",
    "json_schema",
    "reasoning",
    "signed_reasoning",
    "prompt_caching",
    "count_tokens",
)

PROVIDERS_FILE = "providers.jsonl"
REGIONS_FILE = "regions.jsonl"
# File -> the provider of all its models; None where each line names its own.
MODEL_FILES: Mapping[str, str | None] = {"bedrock.jsonl": "bedrock", "others.jsonl": None}

PROVIDER_KEYS = ("id", "name", "is_certifiable")
REGION_KEYS = ("id", "name", "name_pt", "geography")
MODEL_KEYS = (
    "id",
    "name",
    "vendor",
    "kind",
    "input_modalities",
    "output_modalities",
    "capabilities",
    "context_window",
    "max_output_tokens",
    "prices",
    "embedding_dimension",
    "lifecycle",
    "end_of_life",
    "regions",
    "source",
    "checked",
)
PRICE_KEYS = ("input", "output", "image")
OPTIONAL_PRICE_KEYS = ("cache_read", "cache_write", "rerank_unit", "geo_factor")
# The key of `end_of_life` for a date that holds in every region.
ALL_REGIONS = "all"

# The largest value of a price column of the database.
MAX_PRICE = Decimal(1_000_000)
PRICE_PLACES = 6


@dataclass(frozen=True)
class CatalogueProvider:
    id: str
    name: str
    is_certifiable: bool


@dataclass(frozen=True)
class CatalogueRegion:
    id: str
    name: str
    name_pt: str
    geography: str


@dataclass(frozen=True)
class CatalogueModel:
    """One model.

    Windows and outputs in tokens. Prices in USD: of input, output and cache per million tokens, of
    images each, of reranking per query (of up to 100 documents). Token prices are those of the
    global inference profile, if there is one; any other route costs `geo_price_factor` times as
    much (None: as much). `end_of_life` maps region ids, or ALL_REGIONS, to the day from which calls
    are refused; `regions` maps region ids to inference types. `source` says where the line is from,
    and `checked_on` when it was last compared with that.
    """

    provider: str
    api_model_id: str
    name: str
    vendor: str
    kind: str
    input_modalities: tuple[str, ...]
    output_modalities: tuple[str, ...]
    capabilities: Mapping[str, bool]
    context_window: int | None
    max_output_tokens: int | None
    input_price: Decimal | None
    output_price: Decimal | None
    image_price: Decimal | None
    cache_read_price: Decimal | None
    cache_write_price: Decimal | None
    rerank_price: Decimal | None
    geo_price_factor: Decimal | None
    embedding_dimension: int | None
    lifecycle: str
    end_of_life: Mapping[str, date]
    regions: Mapping[str, tuple[str, ...]]
    source: tuple[str, ...]
    checked_on: date | None


@dataclass(frozen=True)
class Catalogue:
    providers: tuple[CatalogueProvider, ...]
    regions: tuple[CatalogueRegion, ...]
    models: tuple[CatalogueModel, ...]


class CatalogueError(Exception):
    """The catalogue is malformed. `problems` holds one sentence per problem."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def read_catalogue(directory: Path = CATALOGUE) -> Catalogue:
    """Reads the four files of `directory`. Raises CatalogueError with all problems of all files."""
    problems: list[str] = []
    providers = read_lines(directory, PROVIDERS_FILE, PROVIDER_KEYS, _provider, problems)
    regions = read_lines(directory, REGIONS_FILE, REGION_KEYS, _region, problems)
    # Otherwise a bad line there would be reported again for every model that refers to it.
    references_are_sound = not problems

    models: list[tuple[Entry, CatalogueModel]] = []
    for file, provider in MODEL_FILES.items():
        if provider:
            models += read_lines(directory, file, MODEL_KEYS, _model_of(provider), problems)
        else:
            models += read_lines(
                directory, file, ("provider", *MODEL_KEYS), _model_of(None), problems
            )
    if references_are_sound:
        _refuse_unknown(models, {p.id for _, p in providers}, {r.id for _, r in regions})

    _refuse_duplicates((entry, provider.id) for entry, provider in providers)
    _refuse_duplicates((entry, region.id) for entry, region in regions)
    _refuse_duplicates((entry, (model.provider, model.api_model_id)) for entry, model in models)
    if problems:
        raise CatalogueError(problems)
    return Catalogue(
        providers=tuple(provider for _, provider in providers),
        regions=tuple(region for _, region in regions),
        models=tuple(model for _, model in models),
    )


def _provider(entry: Entry) -> CatalogueProvider:
    return CatalogueProvider(
        id=entry.text("id", 50),
        name=entry.text("name", 100),
        is_certifiable=entry.flag("is_certifiable"),
    )


def _region(entry: Entry) -> CatalogueRegion:
    return CatalogueRegion(
        id=entry.text("id", 32),
        name=entry.text("name", 100),
        name_pt=entry.text("name_pt", 100),
        geography=entry.one_of("geography", GEOGRAPHIES),
    )


def _model_of(provider: str | None) -> Callable[[Entry], CatalogueModel]:
    def model(entry: Entry) -> CatalogueModel:
        prices = _prices(entry)
        return CatalogueModel(
            provider=provider or entry.text("provider", 50),
            api_model_id=entry.text("id", 200),
            name=entry.text("name", 200),
            vendor=entry.text("vendor", 100),
            kind=entry.one_of("kind", KINDS),
            input_modalities=_modalities(entry, "input_modalities"),
            output_modalities=_modalities(entry, "output_modalities"),
            capabilities=_capabilities(entry),
            context_window=entry.count("context_window"),
            max_output_tokens=entry.count("max_output_tokens"),
            input_price=prices["input"],
            output_price=prices["output"],
            image_price=prices["image"],
            cache_read_price=prices["cache_read"],
            cache_write_price=prices["cache_write"],
            rerank_price=prices["rerank_unit"],
            geo_price_factor=prices["geo_factor"],
            embedding_dimension=entry.count("embedding_dimension"),
            lifecycle=entry.one_of("lifecycle", LIFECYCLES),
            end_of_life=_end_of_life(entry),
            regions={
                region: entry.some_of(f"regions.{region}", types, INFERENCE_TYPES)
                for region, types in entry.mapping("regions").items()
            },
            source=entry.texts("source", 200),
            checked_on=(
                entry.day("checked", entry.fields["checked"]) if "checked" in entry.fields else None
            ),
        )

    return model


def _modalities(entry: Entry, field: str) -> tuple[str, ...]:
    if field not in entry.fields:
        return ()
    return entry.some_of(field, entry.fields[field], MODALITIES)


def _capabilities(entry: Entry) -> dict[str, bool]:
    capabilities = {}
    for name, value in entry.mapping("capabilities").items():
        if name not in CAPABILITIES:
            entry.refuse("capabilities", f"may only name {', '.join(CAPABILITIES)}", name)
        elif not isinstance(value, bool):
            entry.refuse(
                f"capabilities.{name}", "must be true or false (leave out what is unknown)", value
            )
        else:
            capabilities[name] = value
    return capabilities


def _end_of_life(entry: Entry) -> dict[str, date]:
    ends = {}
    for where, value in entry.mapping("end_of_life").items():
        if where != ALL_REGIONS and where not in entry.mapping("regions"):
            entry.refuse("end_of_life", f"may only name {ALL_REGIONS} and regions of offers", where)
        elif day := entry.day(f"end_of_life.{where}", value):
            ends[where] = day
    if ALL_REGIONS in ends and entry.fields.get("lifecycle") == "ACTIVE":
        entry.refuse("lifecycle", "must be LEGACY if the model ends in all regions", "ACTIVE")
    return ends


def _prices(entry: Entry) -> dict[str, Decimal | None]:
    names = (*PRICE_KEYS, *OPTIONAL_PRICE_KEYS)
    prices: dict[str, Decimal | None] = dict.fromkeys(names)
    given = entry.mapping("prices")
    if "prices" in entry.fields and isinstance(entry.fields["prices"], dict):
        entry.refuse_other_keys(given, PRICE_KEYS, "prices.", OPTIONAL_PRICE_KEYS)
    for name in names:
        value = given.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)) or value < 0:
            entry.refuse(f"prices.{name}", "must be a number >= 0", value)
        elif value >= MAX_PRICE or value != round(Decimal(value), PRICE_PLACES):
            entry.refuse(
                f"prices.{name}",
                f"must be below {MAX_PRICE} with at most {PRICE_PLACES} decimal places",
                value,
            )
        else:
            prices[name] = Decimal(value)
    return prices


def _refuse_unknown(
    models: Iterable[tuple[Entry, CatalogueModel]], providers: set[str], regions: set[str]
) -> None:
    for entry, model in models:
        if model.provider and model.provider not in providers:
            entry.refuse("provider", f"must be one of {PROVIDERS_FILE}", model.provider)
        for region in model.regions:
            if region not in regions:
                entry.refuse("regions", f"may only name regions of {REGIONS_FILE}", region)


def _refuse_duplicates(entries: Iterable[tuple[Entry, Hashable]]) -> None:
    first: dict[Hashable, Entry] = {}
    for entry, key in entries:
        before = first.setdefault(key, entry)
        if before is not entry and entry.fields.get("id"):
            entry.problems.append(f"{entry.where}: id is already taken by {before.where}")
