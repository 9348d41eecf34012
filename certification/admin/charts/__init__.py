"""Drawings of how scores and verdicts went."""
