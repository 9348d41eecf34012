"""Selects the pairs of a job from the models and regions that a caller names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from certification import queries
from certification.engine import CHECK_IDS
from certification.errors import Duplicates, NotCertifiable, NothingToCertify, UnknownChecks
from models_registry import queries as registry
from models_registry.models import AIModel, Region

from .requests import NamedPair, Options, Pair, Skipped


@dataclass(frozen=True)
class Selection:
    """The pairs of a job, and the models that it leaves out."""

    pairs: Sequence[Pair]
    skipped: Sequence[Skipped] = ()


def select(identifiers: Sequence[str] | None, region_ids: Sequence[str]) -> Selection:
    """Returns the pairs of these models (None: every certifiable one) in these regions.

    Raises NothingToCertify, Duplicates, UnknownModels, UnknownRegions or NotCertifiable.
    """
    regions = active_regions(region_ids)
    if identifiers is not None:
        return Selection(_all_pairs(certifiable_models(identifiers), regions))
    models, skipped = split_certifiable(registry.active_models())
    if not models:
        raise NothingToCertify(_("No active model can be certified: load the catalogue."))
    return Selection(_all_pairs(models, regions), skipped)


def select_pairs(pairs: Sequence[NamedPair]) -> Selection:
    """Returns exactly these pairs. Raises as `select` does."""
    identifiers = list(dict.fromkeys(identifier for identifier, _region in pairs))
    models = dict(zip(identifiers, certifiable_models(identifiers), strict=True))
    active_regions(list(dict.fromkeys(region for _identifier, region in pairs)))
    chosen = [(models[identifier], region) for identifier, region in pairs]
    _refuse_duplicates("pairs", [f"{model.api_model_id} · {region}" for model, region in chosen])
    return Selection(chosen)


def certifiable_models(identifiers: Sequence[str]) -> list[AIModel]:
    """Models by UUID or API model id, in the order given.

    Raises NothingToCertify, Duplicates, UnknownModels or NotCertifiable.
    """
    if not identifiers:
        raise NothingToCertify(_("No model is given."))
    models = queries.lookup.models_named(identifiers)
    _refuse_duplicates("models", [model.api_model_id for model in models])
    _certifiable, refused = split_certifiable(models)
    if refused:
        raise NotCertifiable(
            _("Not certifiable: %(models)s.")
            % {"models": "; ".join(f"{item.api_model_id} ({item.reason})" for item in refused)},
            models=[
                {"modelId": item.model_id, "apiModelId": item.api_model_id, "reason": item.reason}
                for item in refused
            ],
        )
    return models


def active_regions(region_ids: Sequence[str]) -> list[Region]:
    """Regions by code, in the order given. Raises NothingToCertify, Duplicates or
    UnknownRegions."""
    if not region_ids:
        raise NothingToCertify(_("No region is given."))
    regions = queries.lookup.regions_named(region_ids)
    _refuse_duplicates("regions", region_ids)
    return regions


def refuse_unknown_checks(options: Options) -> None:
    """Raises UnknownChecks."""
    unknown = [check for check in options.checks if check not in CHECK_IDS]
    if unknown:
        raise UnknownChecks(
            _("Unknown checks: %(checks)s.") % {"checks": ", ".join(unknown)},
            checks=unknown,
            known=sorted(CHECK_IDS),
        )


def split_certifiable(models: Iterable[AIModel]) -> tuple[list[AIModel], list[Skipped]]:
    """Returns the models that can be certified, and the others with the reason."""
    certifiable: list[AIModel] = []
    skipped: list[Skipped] = []
    for model in models:
        reason = why_not_certifiable(model)
        if reason:
            skipped.append(Skipped(str(model.pk), model.api_model_id, reason))
        else:
            certifiable.append(model)
    return certifiable, skipped


def why_not_certifiable(model: AIModel) -> str:
    """Returns why a model cannot be certified, in the reader's language; "" if it can."""
    if not model.provider.is_certifiable:
        return _("models of %(provider)s cannot be certified, only those of Bedrock") % {
            "provider": model.provider.name
        }
    if not model.is_active:
        return _("the model is retired") if model.retired_at else _("the model is switched off")
    return ""


def _all_pairs(models: Sequence[AIModel], regions: Sequence[Region]) -> list[Pair]:
    return [(model, region.pk) for model in models for region in regions]


def _refuse_duplicates(what: str, given: Sequence[str]) -> None:
    duplicates = sorted(item for item, times in Counter(given).items() if times > 1)
    if duplicates:
        raise Duplicates(
            _("Given more than once: %(what)s.") % {"what": ", ".join(duplicates)},
            **{what: duplicates},
        )
