"""The staff's face. For now the plain tables, to be read; jobs are opened over the API and the
command line."""

from . import tables

__all__ = ["tables"]
