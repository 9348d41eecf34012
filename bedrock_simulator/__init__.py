"""A Bedrock that runs on your machine: the wire protocol over HTTP, pretend models behind it.

Run it with `python -m bedrock_simulator`; nothing else in the project imports it.
"""

from __future__ import annotations

from .app import app

__all__ = ["app"]
