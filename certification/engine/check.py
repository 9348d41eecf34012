"""The definition of a check, and its possible results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from .calls import Call
from .errors import CallError, Category
from .model import Kind, ModelSpec
from .subject import Subject
from .wording import Message


class Status(StrEnum):
    PASSED = "PASSED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    ERROR = "ERROR"


class Required(StrEnum):
    """When a pair cannot pass without this check."""

    ALWAYS = "ALWAYS"
    # Only for models that declare the abilities it needs.
    IF_DECLARED = "IF_DECLARED"
    NEVER = "NEVER"


@dataclass(frozen=True)
class Outcome:
    """The grade of a check: points from 0 to 1, and one sentence on why they are less than 1.

    judged: whether the answer shows whether the model has the ability; if not, the check counts as
            skipped
    """

    points: float
    note: Message | None = None
    judged: bool = True

    @property
    def passed(self) -> bool:
        return self.points == 1.0


PASSED = Outcome(1.0)


def failed(note: Message, points: float = 0.0) -> Outcome:
    return Outcome(points, note)


def not_shown(note: Message) -> Outcome:
    return Outcome(0.0, note, judged=False)


@dataclass(frozen=True)
class Check:
    """One test of one ability.

    needs:      abilities that it uses; it does not run on a model that declares one of them missing
    declared:   it runs only on a model that declares all of them
    depends_on: ids of checks that run before it; it is skipped if one of them got no points
    weight:     its weight in the score
    proves:     the ability that its result confirms or refutes
    on_demand:  too costly to run by default: it runs only if the request names it. form_label is
                then the text of its option, and extra_tokens returns the number of input tokens
                that it sends to a model, for the cost estimate
    """

    id: str
    title: str
    run: Callable[[Subject], Outcome]
    kinds: frozenset[Kind] = frozenset({Kind.TEXT})
    needs: tuple[str, ...] = ()
    declared: bool = False
    depends_on: tuple[str, ...] = ()
    weight: float = 1.0
    required: Required = Required.NEVER
    proves: str | None = None
    on_demand: bool = False
    form_label: str = ""
    extra_tokens: Callable[[ModelSpec], int] = lambda _model: 0

    def fits(self, model: ModelSpec) -> bool:
        if self.declared and not self.is_declared_by(model):
            return False
        return model.kind in self.kinds and not any(
            model.declares(ability) is False for ability in self.needs
        )

    def is_required_of(self, model: ModelSpec) -> bool:
        if self.required is Required.IF_DECLARED:
            return all(model.declares(ability) is True for ability in self.needs)
        return self.required is Required.ALWAYS

    def is_declared_by(self, model: ModelSpec) -> bool:
        """Returns whether the model declares every needed ability: else a refusal is no fault."""
        return all(model.declares(ability) is True for ability in self.needs)


@dataclass(frozen=True)
class CheckError:
    """A call without an answer. `trace` is the traceback, if the error is a bug of the engine."""

    category: Category
    code: str
    text: str
    trace: str = ""

    @classmethod
    def of(cls, error: CallError) -> CheckError:
        return cls(error.category, error.code, error.text, error.trace)


@dataclass(frozen=True)
class CheckResult:
    """The result of a check, run or skipped. Times in ms, cost in USD.

    counts:   whether the check is in the score's denominator. A check with an `error` that does not
              count could not be judged
    asks:     how many times the check was run; the best outcome is the result
    passes:   in how many of them it passed
    unsteady: the asks had different outcomes, or a reply was blank and others of the run were not
    """

    id: str
    title: str
    status: Status
    points: float
    weight: float
    required: bool
    counts: bool
    note: Message | None = None
    error: CheckError | None = None
    latency_ms: int | None = None
    ttft_ms: int | None = None
    tokens_per_second: float | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal | None = None
    asks: int = 0
    passes: int = 0
    unsteady: bool = False
    calls: tuple[Call, ...] = ()
