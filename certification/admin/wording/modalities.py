"""What models read and write, in words."""

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


def in_words(modalities: Iterable[str]) -> str:
    """Such as “text, image”; an unknown one is shown by its code, in lower case."""
    return ", ".join(str(LABELS.get(modality, modality.lower())) for modality in modalities)
