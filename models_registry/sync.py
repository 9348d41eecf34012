"""Writes the catalogue to the database, except for facts that were applied from AWS (see aws/)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import models, transaction
from django.utils import timezone

from .models import AIModel, Lifecycle, ModelOffer, Origin, Provider, Region
from .offers import BEDROCK
from .parse import ALL_REGIONS, Catalogue

Key = TypeVar("Key", bound=Hashable)
Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True)
class Change:
    subject: str
    field: str
    old: object
    new: object


@dataclass(frozen=True)
class Section:
    """The changes of one table. Rows are named by title ("bedrock/amazon.nova …").

    `retired`: models deactivated, or offers deleted. `returned`: retired models that are in the
    catalogue again.
    """

    name: str
    added: tuple[str, ...]
    changed: tuple[Change, ...]
    retired: tuple[str, ...]
    returned: tuple[str, ...]
    unchanged: int

    @property
    def has_changes(self) -> bool:
        return bool(self.added or self.changed or self.retired or self.returned)


@dataclass(frozen=True)
class Report:
    providers: Section
    regions: Section
    models: Section
    offers: Section

    @property
    def sections(self) -> tuple[Section, ...]:
        return self.providers, self.regions, self.models, self.offers

    @property
    def has_changes(self) -> bool:
        return any(section.has_changes for section in self.sections)


def load_catalogue(catalogue: Catalogue, *, check: bool = False) -> Report:
    """Writes `catalogue` to the database in one transaction and returns the changes.

    1. Providers and regions are added and updated, never deleted: history refers to them.
    2. Models are added and updated. A model that is no longer in the catalogue is retired
       (inactive, RETIRED, `retired_at` set), never deleted; one that is in it again becomes active.
    3. Offers of the catalogue's models are added, updated and deleted; a retired model keeps its
       last offers.

    AWS takes precedence: the catalogue does not change the offers of Bedrock's models in regions
    that were synced from AWS (except for models that this load adds), nor a lifecycle or an end of
    life from AWS, and does not retire a model that staff accepted from AWS.

    Staff own `is_active`: the sync activates a model only if it had deactivated it itself
    (`retired_at` is set; it is null on a model that staff switched off). With `check` the changes
    are computed and rolled back.
    """
    with transaction.atomic():
        is_set_by_aws = _offers_set_by_aws()
        report = Report(
            providers=_load_providers(catalogue),
            regions=_load_regions(catalogue),
            models=_load_models(catalogue),
            offers=_load_offers(catalogue, is_set_by_aws),
        )
        if check:
            transaction.set_rollback(True)
    return report


def _load_providers(catalogue: Catalogue) -> Section:
    merge = _merge(
        {provider.id: provider for provider in Provider.objects.all()},
        {
            provider.id: {"name": provider.name, "is_certifiable": provider.is_certifiable}
            for provider in catalogue.providers
        },
        lambda key, facts: Provider(id=key, **facts),
        str,
    )
    merge.write(Provider)
    return merge.section("providers")


def _load_regions(catalogue: Catalogue) -> Section:
    merge = _merge(
        {region.id: region for region in Region.objects.all()},
        {
            region.id: {
                "name": region.name,
                "name_pt": region.name_pt,
                "geography": region.geography,
            }
            for region in catalogue.regions
        },
        lambda key, facts: Region(id=key, **facts),
        str,
    )
    merge.write(Region)
    return merge.section("regions")


def _load_models(catalogue: Catalogue) -> Section:
    now = timezone.now()
    rows = {(model.provider_id, model.api_model_id): model for model in AIModel.objects.all()}
    from_aws = {
        key: {"lifecycle": row.aws_lifecycle, "end_of_life_at": row.end_of_life_at}
        for key, row in rows.items()
        if row.aws_lifecycle
    }
    target: dict[tuple[str, str], dict[str, Any]] = {
        (model.provider, model.api_model_id): {
            "name": model.name,
            "vendor": model.vendor,
            "kind": model.kind,
            "input_modalities": list(model.input_modalities),
            "output_modalities": list(model.output_modalities),
            "capabilities": dict(model.capabilities),
            "context_window": model.context_window,
            "max_output_tokens": model.max_output_tokens,
            "embedding_dimension": model.embedding_dimension,
            "input_price": model.input_price,
            "output_price": model.output_price,
            "image_price": model.image_price,
            "cache_read_price": model.cache_read_price,
            "cache_write_price": model.cache_write_price,
            "rerank_price": model.rerank_price,
            "geo_price_factor": model.geo_price_factor,
            "lifecycle": model.lifecycle,
            "end_of_life_at": _start_of(model.end_of_life.get(ALL_REGIONS)),
            "origin": Origin.CATALOGUE,
            "source": "\n".join(model.source),
            "checked_on": model.checked_on,
            **from_aws.get((model.provider, model.api_model_id), {}),
        }
        for model in catalogue.models
    }
    returned = {key: row for key, row in rows.items() if key in target and row.retired_at}
    removed = {
        key: row
        for key, row in rows.items()
        if key not in target and not row.retired_at and row.origin == Origin.CATALOGUE
    }

    merge = _merge(
        rows,
        target,
        lambda key, facts: AIModel(provider_id=key[0], api_model_id=key[1], **facts),
        _model_title,
    )
    for row in returned.values():
        row.is_active, row.retired_at = True, None
    for row in removed.values():
        row.is_active, row.lifecycle, row.retired_at = False, Lifecycle.RETIRED, now
    merge.updated |= returned | removed
    for row in merge.updated.values():
        # bulk_update ignores auto_now.
        row.updated_at = now
    merge.write(AIModel, "lifecycle", "is_active", "retired_at", "updated_at")
    return merge.section(
        "models",
        retired=tuple(map(_model_title, removed)),
        returned=tuple(map(_model_title, returned)),
    )


def _offers_set_by_aws() -> Callable[[UUID, str], bool]:
    """Returns a predicate on (model id, region id). Call it before models are added by the load, so
    that their offers come from the catalogue."""
    regions = set(Region.objects.exclude(synced_at=None).values_list("id", flat=True))
    known: set[UUID] = set()
    if regions:
        known.update(AIModel.objects.filter(provider=BEDROCK).values_list("id", flat=True))
    return lambda model, region: region in regions and model in known


def _load_offers(catalogue: Catalogue, is_set_by_aws: Callable[[UUID, str], bool]) -> Section:
    ids = {
        (provider, api_model_id): pk
        for pk, provider, api_model_id in AIModel.objects.values_list(
            "id", "provider_id", "api_model_id"
        )
    }
    titles = {pk: _model_title(key) for key, pk in ids.items()}

    def title(key: tuple[Any, str]) -> str:
        return f"{titles[key[0]]} in {key[1]}"

    target = {
        (ids[model.provider, model.api_model_id], region): {
            "inference_types": list(types),
            "end_of_life_at": _start_of(model.end_of_life.get(region)),
        }
        for model in catalogue.models
        for region, types in model.regions.items()
        if not is_set_by_aws(ids[model.provider, model.api_model_id], region)
    }
    listed = {ids[model.provider, model.api_model_id] for model in catalogue.models}
    rows = {
        (offer.model_id, offer.region_id): offer
        for offer in ModelOffer.objects.all()
        if offer.model_id in listed and not is_set_by_aws(offer.model_id, offer.region_id)
    }
    removed = {key: offer for key, offer in rows.items() if key not in target}

    merge = _merge(
        rows,
        target,
        lambda key, facts: ModelOffer(model_id=key[0], region_id=key[1], **facts),
        title,
    )
    merge.write(ModelOffer)
    if removed:
        ModelOffer.objects.filter(pk__in=[offer.pk for offer in removed.values()]).delete()
    return merge.section("offers", retired=tuple(map(title, removed)))


def _start_of(day: date | None) -> datetime | None:
    return datetime.combine(day, time.min, UTC) if day else None


def _model_title(key: tuple[str, str]) -> str:
    return "/".join(key)


@dataclass
class _Merge(Generic[Key, Row]):
    """The rows to insert and to update, and the changes to report."""

    new: dict[Key, Row]
    updated: dict[Key, Row]
    changes: list[Change]
    existing: set[Key]
    title: Callable[[Key], str]

    def write(self, table: type[Row], *more_fields: str) -> None:
        """Inserts and updates in bulk: the changed fields and `more_fields`."""
        if self.new:
            table._default_manager.bulk_create(self.new.values())
        fields = {change.field for change in self.changes} | set(more_fields)
        if self.updated:
            table._default_manager.bulk_update(
                self.updated.values(), sorted(fields), batch_size=500
            )

    def section(
        self, name: str, *, retired: tuple[str, ...] = (), returned: tuple[str, ...] = ()
    ) -> Section:
        return Section(
            name=name,
            added=tuple(map(self.title, self.new)),
            changed=tuple(self.changes),
            retired=retired,
            returned=returned,
            unchanged=len(self.existing - set(self.updated)),
        )


def _merge(
    rows: Mapping[Key, Row],
    target: Mapping[Key, dict[str, Any]],
    create: Callable[[Key, dict[str, Any]], Row],
    title: Callable[[Key], str],
) -> _Merge[Key, Row]:
    """Sets the `target` values on `rows`, records each difference, and creates missing rows."""
    merge = _Merge[Key, Row](new={}, updated={}, changes=[], existing=set(), title=title)
    for key, facts in target.items():
        row = rows.get(key)
        if row is None:
            merge.new[key] = create(key, facts)
            continue
        merge.existing.add(key)
        for field, new in facts.items():
            old = getattr(row, field)
            if old != new:
                merge.changes.append(Change(title(key), field, old, new))
                merge.updated[key] = row
                setattr(row, field, new)
    return merge
