"""Text embeddings from hashed stems, synonyms and trigrams: similar texts get similar vectors."""

from __future__ import annotations

import math
import re
import zlib
from functools import lru_cache

SYNONYMS = {
    "kitten": "cat", "feline": "cat", "gato": "cat", "puppy": "dog", "nap": "sleep",
    "doze": "sleep", "rest": "sleep", "couch": "sofa", "settee": "sofa", "automobile": "car",
    "vehicle": "car", "quick": "fast", "rapid": "fast", "buy": "purchase", "bought": "purchase",
    "big": "large", "begin": "start", "passphrase": "password", "restore": "reset",
    "recover": "reset", "forgotten": "reset", "forecast": "weather", "money": "currency",
}  # fmt: skip
_WORD = re.compile(r"\w+")
STOP_WORDS = frozenset(
    _WORD.findall(
        "a an and are as at be both by call can current do does for from get given has have how i "
        "in is it its me my now of on or right same that the their this to tool turn use was what "
        "when where which who with you your",
    )
)
MAX_CHARACTERS = 20_000
_WORD_WEIGHT = 1.0
# Smaller than the weight of a word, so that a paraphrase is similar but not identical.
_SPELLING_WEIGHT = 0.3
_TRIGRAM_WEIGHT = 0.2


def _stem(word: str) -> str:
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            if ending in ("ing", "ed") and word[-1] == word[-2]:
                word = word[:-1]
            break
    return SYNONYMS.get(word, word)


@lru_cache(maxsize=512)
def words(text: str) -> frozenset[str]:
    """Returns the words of a text without stop words: lower case, stemmed, synonyms merged."""
    return frozenset(_stem(word) for word in _WORD.findall(text.lower()) if word not in STOP_WORDS)


def _features(text: str) -> dict[str, float]:
    text = text.lower()
    found = dict.fromkeys(words(text), _WORD_WEIGHT)
    found |= dict.fromkeys((f"={word}" for word in _WORD.findall(text)), _SPELLING_WEIGHT)
    for word in words(text):
        for start in range(len(word) - 2):
            key = f"#{word[start : start + 3]}"
            found[key] = found.get(key, 0.0) + _TRIGRAM_WEIGHT
    # A text of symbols only has no words, but its vector must not be zero.
    return found or {f"={text}": 1.0}


def embed(text: str, dimension: int) -> tuple[float, ...]:
    """Returns a unit vector of `dimension` numbers; the same text always gets the same vector."""
    return _embed(text[:MAX_CHARACTERS], dimension)


@lru_cache(maxsize=128)
def _embed(text: str, dimension: int) -> tuple[float, ...]:
    vector = [0.0] * dimension
    for name, weight in _features(text).items():
        hashed = zlib.crc32(name.encode())
        vector[hashed % dimension] += weight if hashed & 0x80000000 else -weight
    length = math.sqrt(sum(value * value for value in vector)) or 1.0
    return tuple(round(value / length, 7) for value in vector)


def similarity(one: str, other: str) -> float:
    """Returns the cosine of two texts: 0 (nothing in common) to 1 (the same words)."""
    left, right = _features(one[:MAX_CHARACTERS]), _features(other[:MAX_CHARACTERS])
    dot = sum(weight * right.get(name, 0.0) for name, weight in left.items())
    norm = math.sqrt(
        sum(weight * weight for weight in left.values())
        * sum(weight * weight for weight in right.values())
    )
    return dot / norm
