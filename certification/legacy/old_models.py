"""Finds the models of the old system among ours, and adds those that the catalogue never had."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final
from uuid import UUID

from django.utils.text import slugify
from django.utils.translation import gettext as _

from models_registry import imported_models
from models_registry.models import AIModel
from models_registry.offers import BEDROCK, PROFILE_PREFIXES

from .id_map import Known, models_by_api_id
from .old_row import OldRow, Refused

PROVIDERS: Final = {
    "amazon": BEDROCK,
    "amazon-bedrock": BEDROCK,
    "aws": BEDROCK,
    "aws-bedrock": BEDROCK,
    "hf": "huggingface",
    "hugging-face": "huggingface",
}
LONGEST: Final = 200


class Outcome(Enum):
    ADDED = "added"
    UPDATED = "updated"
    SAME = "same"


class Models:
    """Takes one old model after the other. With `dry_run` it only says what it would do."""

    def __init__(
        self, known: Known, providers: Mapping[str, Mapping[str, Any]], *, dry_run: bool
    ) -> None:
        self._known = known
        self._providers = providers
        self._dry_run = dry_run
        self._ours = dict(models_by_api_id())
        self._by_id = {model.pk: model for model in self._ours.values()}
        self._taken: set[UUID] = set()

    def take(self, row: OldRow) -> Outcome:
        """Raises Refused.

        1. a model that has the old id already is that model
        2. one of the same provider and API model id takes the old id, unless something refers to
           it here; then the old id means ours from now on. The id of an inference profile names
           the model that it leads to
        3. any other is added, retired and switched off, with the old id
        """
        old = row.key()
        api_id = row.text("apiModelId")[:LONGEST]
        if not api_id:
            raise Refused(_("It has no API model id."))
        provider, provider_name = self._provider(row, api_id)
        outcome = Outcome.SAME
        ours = self._by_id.get(old)
        if ours is None:
            ours = self._named(provider, api_id)
            if ours is None:
                ours = self._add(row, old, provider, provider_name, api_id)
                outcome = Outcome.ADDED
            elif ours.api_model_id == api_id and ours.pk not in self._taken:
                outcome = self._rename(ours, old)
        if ours.pk in self._taken:
            row.notes.append(
                _("It is %(model)s here, as another of the old models is.")
                % {"model": ours.api_model_id}
            )
        self._taken.add(ours.pk)
        self._known.models[row.old_id] = ours.pk
        self._known.models.setdefault(api_id, ours.pk)
        return outcome

    def _named(self, provider: str, api_id: str) -> AIModel | None:
        found = self._ours.get((provider, api_id))
        prefix, _dot, rest = api_id.partition(".")
        if found is None and provider == BEDROCK and f"{prefix}." in PROFILE_PREFIXES.values():
            found = self._ours.get((provider, rest))
        return found

    def _rename(self, ours: AIModel, old: UUID) -> Outcome:
        if self._dry_run:
            return Outcome.UPDATED
        if not imported_models.replace_id(ours, old):
            return Outcome.SAME
        ours.pk = old
        self._by_id[old] = ours
        return Outcome.UPDATED

    def _add(
        self, row: OldRow, old: UUID, provider: str, provider_name: str, api_id: str
    ) -> AIModel:
        vendor = row.text("vendor") or api_id.partition(".")[0].title()
        name = row.text("name")[:LONGEST] or api_id
        if self._dry_run:
            made = AIModel(id=old, provider_id=provider, api_model_id=api_id)
        else:
            made = imported_models.add_retired_model(
                old, provider, provider_name, api_id, name, vendor[: LONGEST // 2]
            )
        self._ours[provider, api_id] = self._by_id[old] = made
        return made

    def _provider(self, row: OldRow, api_id: str) -> tuple[str, str]:
        """Id and name; without one in the row, that of the only model of this API id here."""
        named = self._providers.get(row.text("providerId"))
        given = OldRow.of(named) if named else OldRow.of({"name": row.text("provider")})
        name = given.text("name") or given.text("slug")
        slug = slugify(given.text("slug") or name)[:50].strip("-")
        slug = PROVIDERS.get(slug, slug)
        if slug:
            return slug, name[:100]
        having = [provider for provider, model in self._ours if model == api_id]
        if BEDROCK in having or len(having) == 1:
            return (BEDROCK if BEDROCK in having else having[0]), ""
        raise Refused(_("It names no provider, and no model here has its API model id."))
