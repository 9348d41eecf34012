"""A Bedrock that runs on your machine: the wire protocol over HTTP, pretend models behind it.

Run it with `python -m certification.simulator`; nothing else in the project imports it.
"""

from __future__ import annotations

from certification.simulator.app import app

__all__ = ["app"]
