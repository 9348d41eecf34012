"""What a check is, and what it can come to."""

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
    """Whether the model works there at all depends on this check."""

    ALWAYS = "ALWAYS"
    # Only of a model that declares the ability.
    IF_DECLARED = "IF_DECLARED"
    NEVER = "NEVER"


@dataclass(frozen=True)
class Outcome:
    """What a check saw: points from 0 to 1, and one sentence on why they are not 1."""

    points: float
    note: Message | None = None

    @property
    def passed(self) -> bool:
        return self.points == 1.0


PASSED = Outcome(1.0)


def failed(note: Message, points: float = 0.0) -> Outcome:
    return Outcome(points, note)


@dataclass(frozen=True)
class Check:
    """One test of one ability.

    needs:      abilities without which it makes no sense; it does not run where one is declared
                missing, and proves or disproves `proves` where one is undeclared
    depends_on: checks of which each must have got part of its points before it
    weight:     its share of the score
    on_demand:  it costs real money, so it runs only if it is asked for by id; then form_label is
                the text of its option, and extra_tokens returns how many input tokens it sends to a
                model, for the price that is shown before
    """

    id: str
    title: str
    run: Callable[[Subject], Outcome]
    kinds: frozenset[Kind] = frozenset({Kind.TEXT})
    needs: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    weight: float = 1.0
    required: Required = Required.NEVER
    proves: str | None = None
    on_demand: bool = False
    form_label: str = ""
    extra_tokens: Callable[[ModelSpec], int] = lambda _model: 0

    def fits(self, model: ModelSpec) -> bool:
        return model.kind in self.kinds and not any(
            model.declares(ability) is False for ability in self.needs
        )

    def is_required_of(self, model: ModelSpec) -> bool:
        if self.required is Required.IF_DECLARED:
            return all(model.declares(ability) is True for ability in self.needs)
        return self.required is Required.ALWAYS

    def is_declared_by(self, model: ModelSpec) -> bool:
        """False where the model may refuse it without blame."""
        return all(model.declares(ability) is True for ability in self.needs)


@dataclass(frozen=True)
class CheckError:
    """The call that brought no answer. `trace` is the traceback of an error of our own."""

    category: Category
    code: str
    text: str
    trace: str = ""

    @classmethod
    def of(cls, error: CallError) -> CheckError:
        return cls(error.category, error.code, error.text, error.trace)


@dataclass(frozen=True)
class CheckResult:
    """A check, run or not. `counts` says whether it is in the score's denominator; one that has an
    `error` and does not count could not be judged. Times in ms."""

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
    calls: tuple[Call, ...] = ()
