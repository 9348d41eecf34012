"""Solves arithmetic expressions and simple word problems."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from fractions import Fraction

UNKNOWN = "unknown"

_EXPRESSION = re.compile(
    r"(?:what is|calculate|compute|how much is)\s+([\d\s.+\-*/×÷x()]{1,200})", re.I
)
_TIME = re.compile(r"\b(\d{1,2}):(\d{2})\b")
_GROUPS = re.compile(r"(\d+) (?:\w+) of (\d+)")
_NUMBER = re.compile(r"\d+")
_TAKES = re.compile(
    r"\b(?:gives?|gave|loses?|lost|eats?|ate|sells?|sold|spends?|spent|uses?|used)\b"
)
_ADDS = re.compile(
    r"\b(?:buys?|bought|gets?|got|finds?|found|receives?|received|wins?|won|has|had|have|picks?)\b"
)
_CLAUSES = re.compile(r"[.?!;]|,?\s*\band (?:then )?|,\s*then\b", re.I)
_OPERATORS: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def solve(question: str) -> str:
    """Returns the result in digits, or UNKNOWN."""
    if found := _EXPRESSION.search(question):
        written = re.sub(r"[×x]", "*", found.group(1)).replace("÷", "/").strip(" .")
        try:
            return _formatted(_value(ast.parse(written, mode="eval").body))
        except (SyntaxError, ValueError, ArithmeticError, RecursionError):
            return UNKNOWN
    times = _TIME.findall(question)
    if len(times) == 2 and "minutes" in question.lower():
        start, end = (int(hours) * 60 + int(minutes) for hours, minutes in times)
        return str((end - start) % (24 * 60))
    if "how many" in question.lower():
        return _tally(question)
    return UNKNOWN


def _value(node: ast.expr) -> Fraction:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return Fraction(str(node.value))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_value(node.left), _value(node.right))
    raise ValueError("not a sum")


def _formatted(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator)
    return f"{float(value):.4f}".rstrip("0")


def _tally(story: str) -> str:
    """Adds the amounts of clauses with a verb of getting, subtracts those with one of losing."""
    total, seen = 0, False
    for clause in _CLAUSES.split(story.lower()):
        if not clause or "how many" in clause:
            continue
        amount = sum(int(count) * int(size) for count, size in _GROUPS.findall(clause))
        amount += sum(int(number) for number in _NUMBER.findall(_GROUPS.sub("", clause)))
        if not amount:
            continue
        if _TAKES.search(clause):
            total, seen = total - amount, True
        elif _ADDS.search(clause):
            total, seen = total + amount, True
    return str(total) if seen else UNKNOWN
