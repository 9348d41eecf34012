"""A local stand-in for Amazon Bedrock: its wire protocol over HTTP, answered by simulated models.

Start it with `python -m bedrock_simulator`. No other package imports it.
"""

from __future__ import annotations

from .app import app

__all__ = ["app"]
