"""Selects the checks of a model, and computes the suite's version."""

from __future__ import annotations

import ast
import hashlib
import inspect
import sys
import threading
from collections.abc import Collection, Sequence
from functools import cache
from types import ModuleType
from typing import Final

from .check import Check
from .checks import CHECKS
from .model import ModelSpec

CHECK_IDS: Final = frozenset(check.id for check in CHECKS)
ON_DEMAND: Final = tuple(check for check in CHECKS if check.on_demand)
# ast.parse is not thread-safe in Python 3.11: parallel calls share a recursion counter, and may
# raise SystemError.
_parse_lock = threading.Lock()


def suite_for(model: ModelSpec, also: Collection[str] = ()) -> tuple[Check, ...]:
    """Returns the checks that fit the model, in order; `also` holds ids of on-demand checks to add.

    Raises ValueError if `also` holds an unknown id.
    """
    unknown = set(also) - CHECK_IDS
    if unknown:
        raise ValueError(f"No such check: {', '.join(sorted(unknown))}.")
    return tuple(
        check for check in CHECKS if check.fits(model) and (not check.on_demand or check.id in also)
    )


def suite_version(checks: Sequence[Check]) -> str:
    """Returns a hash (12 hexadecimal digits) over the code of the checks; comments, layout and
    docstrings do not change it.

    Only scores of the same version are compared.
    """
    digest = hashlib.sha256()
    for check in checks:
        module = inspect.getmodule(check.run)
        assert module is not None
        digest.update(f"{check.id} {check.weight} {check.required}\n".encode())
        with _parse_lock:
            for name in sorted(_with_imports(module.__name__)):
                digest.update(_meaning(sys.modules[name]).encode())
    return digest.hexdigest()[:12]


@cache
def _with_imports(name: str) -> frozenset[str]:
    """Returns a check's module and, recursively, its imports from the checks package."""
    package = name.rpartition(".")[0]
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        module = waiting.pop()
        if module not in seen:
            seen.add(module)
            waiting += [
                f"{package}.{node.module}"
                for node in ast.walk(ast.parse(inspect.getsource(sys.modules[module])))
                if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module
            ]
    return frozenset(seen)


@cache
def _meaning(module: ModuleType) -> str:
    tree = ast.parse(inspect.getsource(module))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if (
            isinstance(body, list)
            and body
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Constant)
        ):
            del body[0]
    # ast.dump differs between versions of Python; ast.unparse hardly does.
    return ast.unparse(tree)
