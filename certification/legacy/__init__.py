"""Imports the Prisma database of the system that this one replaces.

`open_source` connects, `import_all` reads table by table and writes batch by batch. How values are
converted is documented in docs/migrating.md.
"""

from .importing import TABLES, Tally, import_all
from .old_row import Remark
from .source import NotTheOldDatabase, Source, open_source

__all__ = [
    "TABLES",
    "NotTheOldDatabase",
    "Remark",
    "Source",
    "Tally",
    "import_all",
    "open_source",
]
