"""Factories: rows for tests, the same ones in every run."""
