"""Puts recordings of digits together.

spoken_digits.wav: the digits from 0 to 9 in English, one in each 0.7 s, at 8 kHz with 16 bits, as
eSpeak NG 1.52 speaks them (voice en-us, 125 words a minute).
"""

from __future__ import annotations

import io
import wave
from pathlib import Path
from typing import Final

RECORDING: Final = Path(__file__).with_name("spoken_digits.wav")
DIGIT_SECONDS: Final = 0.7


def spoken(digits: str) -> bytes:
    """Returns a WAV in which `digits` are spoken one after the other."""
    found = io.BytesIO()
    with wave.open(str(RECORDING)) as recording, wave.open(found, "wb") as joined:
        joined.setparams(recording.getparams())
        length = round(DIGIT_SECONDS * recording.getframerate())
        for digit in digits:
            recording.setpos(int(digit) * length)
            joined.writeframes(recording.readframes(length))
    return found.getvalue()
