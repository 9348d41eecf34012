"""Matches the models of the old system with those here, and adds those that are missing."""

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

from .id_map import IdMap, models_by_api_id
from .old_row import OldRow, Refused

PROVIDERS: Final = {
    "amazon": BEDROCK,
    "amazon-bedrock": BEDROCK,
    "aws": BEDROCK,
    "aws-bedrock": BEDROCK,
    "hf": "huggingface",
    "hugging-face": "huggingface",
}
MAX_LENGTH: Final = 200


class Outcome(Enum):
    ADDED = "added"
    UPDATED = "updated"
    SAME = "same"


class Models:
    """Imports old models one after the other. With `dry_run`, nothing is written."""

    def __init__(
        self, ids: IdMap, providers: Mapping[str, Mapping[str, Any]], *, dry_run: bool
    ) -> None:
        self._ids = ids
        self._providers = providers
        self._dry_run = dry_run
        self._ours = dict(models_by_api_id())
        self._by_id = {model.pk: model for model in self._ours.values()}
        self._matched: set[UUID] = set()

    def take(self, row: OldRow) -> Outcome:
        """Imports an old model. Raises Refused.

        1. A model here with the same id is that model.
        2. Else a model of the same provider and API model id is: it gets the old id, unless rows
           refer to its present id; then the old id is mapped to it. The id of an inference
           profile stands for the profile's model.
        3. Else a model is added with the old id, retired and inactive.
        """
        old = row.key()
        api_id = row.text("apiModelId")[:MAX_LENGTH]
        if not api_id:
            raise Refused(_("It has no API model id."))
        provider, provider_name = self._provider(row, api_id)
        outcome = Outcome.SAME
        ours = self._by_id.get(old)
        if ours is None:
            ours = self._find(provider, api_id)
            if ours is None:
                ours = self._add(row, old, provider, provider_name, api_id)
                outcome = Outcome.ADDED
            elif ours.api_model_id == api_id and ours.pk not in self._matched:
                outcome = self._rename(ours, old)
        if ours.pk in self._matched:
            row.notes.append(
                _("It is %(model)s here, as another of the old models is.")
                % {"model": ours.api_model_id}
            )
        self._matched.add(ours.pk)
        self._ids.models[row.old_id] = ours.pk
        self._ids.models.setdefault(api_id, ours.pk)
        return outcome

    def _find(self, provider: str, api_id: str) -> AIModel | None:
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
        name = row.text("name")[:MAX_LENGTH] or api_id
        if self._dry_run:
            made = AIModel(id=old, provider_id=provider, api_model_id=api_id)
        else:
            made = imported_models.add_retired_model(
                old, provider, provider_name, api_id, name, vendor[: MAX_LENGTH // 2]
            )
        self._ours[provider, api_id] = self._by_id[old] = made
        return made

    def _provider(self, row: OldRow, api_id: str) -> tuple[str, str]:
        """Returns the provider's id and name.

        If the row has none, those of the only model here with this API model id. Raises Refused.
        """
        named = self._providers.get(row.text("providerId"))
        given = OldRow.of(named) if named else OldRow.of({"name": row.text("provider")})
        name = given.text("name") or given.text("slug")
        slug = slugify(given.text("slug") or name)[:50].strip("-")
        slug = PROVIDERS.get(slug, slug)
        if slug:
            return slug, name[:100]
        candidates = [provider for provider, model in self._ours if model == api_id]
        if BEDROCK in candidates or len(candidates) == 1:
            return (BEDROCK if BEDROCK in candidates else candidates[0]), ""
        raise Refused(_("It names no provider, and no model here has its API model id."))
