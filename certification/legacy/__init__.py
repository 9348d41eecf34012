"""Coming from the system that this one replaces: its Prisma database, read and taken over.

`open_source` connects, `bring_over` reads table by table and writes batch by batch. What each odd
value comes to is written down in docs/migrating.md.
"""

from .importing import TABLES, Tally, bring_over
from .old_row import Remark
from .source import NotTheOldDatabase, Source, open_source

__all__ = [
    "TABLES",
    "NotTheOldDatabase",
    "Remark",
    "Source",
    "Tally",
    "bring_over",
    "open_source",
]
