"""What models read and write, in the reader's words."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import pgettext_lazy

LABELS = {
    "TEXT": pgettext_lazy("modality", "text"),
    "IMAGE": pgettext_lazy("modality", "image"),
    "VIDEO": pgettext_lazy("modality", "video"),
    "AUDIO": pgettext_lazy("modality", "audio"),
    "SPEECH": pgettext_lazy("modality", "speech"),
    "EMBEDDING": pgettext_lazy("modality", "embeddings"),
}


def named(modalities: Iterable[str]) -> str:
    """Such as “text, image”; what has no label is shown as it is called."""
    return ", ".join(str(LABELS.get(one, one.lower())) for one in modalities)
