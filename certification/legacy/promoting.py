"""Makes standings of the rows of the archive, the replaced system's own legacy table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid5

from django.db.models import F
from django.utils.translation import gettext as _

from certification.models import ModelCertification, ModelCertificationLegacy

from . import mapping
from .id_map import IdMap
from .old_row import NAMESPACE, OldRow, Refused

FETCH_SIZE = 500


def newest_first() -> Iterator[ModelCertificationLegacy]:
    rows = ModelCertificationLegacy.objects.order_by(F("certified_at").desc(nulls_last=True), "pk")
    return rows.iterator(FETCH_SIZE)


def standing(
    archived: ModelCertificationLegacy, ids: IdMap, region: str, threshold: float
) -> ModelCertification:
    """Converts a row of the archive. `region` is that of rows that name none; empty: unknown.

    Raises Refused.
    """
    if archived.model_id is None:
        raise Refused(_("Its model is unknown: %(id)s") % {"id": archived.named})
    if not (archived.region or region):
        raise Refused(_("It names no region: give one, with --promote-legacy REGION."))
    if archived.certified_at is None:
        raise Refused(_("It has no time at all."))
    ids.models[str(archived.model_id)] = archived.model_id
    fields: dict[str, Any] = {
        **OldRow.of(archived.row).fields,
        "id": str(uuid5(NAMESPACE, f"legacy/{archived.old_id}")),
        "modelid": str(archived.model_id),
        "region": archived.region or region,
        "passed": archived.passed,
        "completedat": archived.certified_at.isoformat(),
    }
    # Its columns changed over the years: a row without a status says only whether it passed.
    fields["status"] = archived.status or "COMPLETED"
    return mapping.standing(OldRow(fields), ids, threshold)
