"""Compiles `Now()` to a time of microseconds; SQLite itself knows milliseconds."""

from __future__ import annotations

from typing import Any, Final

from django.db.models.functions import Now
from django.db.models.sql import compiler

NOW: Final = "STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f000', 'NOW')"


class SQLCompiler(compiler.SQLCompiler):
    def compile(self, node: Any) -> Any:
        return (NOW, ()) if isinstance(node, Now) else super().compile(node)


class SQLInsertCompiler(compiler.SQLInsertCompiler, SQLCompiler):
    pass


class SQLDeleteCompiler(compiler.SQLDeleteCompiler, SQLCompiler):
    pass


class SQLUpdateCompiler(compiler.SQLUpdateCompiler, SQLCompiler):
    pass


class SQLAggregateCompiler(compiler.SQLAggregateCompiler, SQLCompiler):
    pass
