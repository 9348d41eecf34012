"""Runs the checks of a suite one after the other over one route."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterable, Sequence
from typing import Final

from .account import Refusals
from .calls import Call
from .check import Check, CheckError, CheckResult, Outcome, Status, failed
from .deciding import decide, is_judged
from .errors import CallError, Category
from .figures import cost_of, median, speed_of
from .routes import REFUSES_ROUTE
from .subject import MalformedAnswer, Subject
from .verdict import Verdict
from .wire import Stopped
from .wording import Message, message
from .wording import gettext_noop as _

logger = logging.getLogger(__name__)

# How often a check is run until it passes. A model that is blank once in eight replies fails a
# required check by chance once in 4,096 runs.
REQUIRED_ASKS: Final = 4
GRADED_ASKS: Final = 2
# Errors that lie in one answer, as a blank does: the same request may well be answered.
BY_CHANCE: Final = frozenset(
    {Category.FILTERED, Category.MODEL_ERROR, Category.STREAM_BROKEN, Category.PROTOCOL}
)


# Not every family says that an ability is missing: some only call the request invalid.
_REFUSALS = (Category.CAPABILITY, Category.PARAMETER, Category.INVALID_REQUEST)


class SuiteRun:
    """The results so far, and which of the remaining checks they rule out."""

    def __init__(self, subject: Subject, refusals: Refusals | None) -> None:
        self.subject = subject
        self._refusals = refusals
        self.results: list[CheckResult] = []
        self.proved: dict[str, bool] = {}
        self.errors: list[CallError] = []
        self._unmet: set[str] = set()
        # Those of them that an error prevented which says nothing about the model.
        self._unjudged: dict[str, CheckError] = {}
        self._stopped_by: CheckError | None = None
        # The first call's error, if it refuses the route.
        self.refusal: CallError | None = None

    @property
    def first_error(self) -> CheckError | None:
        return CheckError.of(self.errors[0]) if self.errors else None

    @property
    def retriable(self) -> list[CallError]:
        """Returns the errors for which the pair is run again.

        A passed pair is not run again for unjudged checks: the second run may have a worse result.
        """
        passed = decide(self.results).verdict is Verdict.PASSED
        return [error for error in self.errors if not passed or is_judged(error.category)]

    def run_or_skip(self, check: Check) -> None:
        unmet = next((other for other in check.depends_on if other in self._unmet), None)
        if self._stopped_by is not None:
            result = self._not_reached(check, self._stopped_by)
        elif unmet is not None:
            note = message(_("%(check)s did not pass"), check=unmet)
            result = self._skipped(check, note, error=self._unjudged.get(unmet))
        elif check.on_demand and most_retries(self.retriable):
            note = message(_("not asked: this run met an error, and will be repeated"))
            result = self._skipped(check, note)
        else:
            result = self._run(check)
        if result.status is not Status.PASSED and (result.error or not result.points):
            self._unmet.add(check.id)
        if result.error and not result.counts:
            self._unjudged[check.id] = result.error
        self.results.append(result)

    def _run(self, check: Check) -> CheckResult:
        subject = self.subject
        first_call = len(subject.calls)
        try:
            outcomes = self._ask(check)
        except Stopped:
            raise
        except CallError as error:
            return self._without_answer(check, error, tuple(subject.calls[first_call:]))
        except Exception as bug:
            # The exception's text may hold a prompt or an answer, which must not reach the log.
            logger.error(
                "check %s broke on %s: %s\n%s",
                check.id,
                subject.model.api_model_id,
                type(bug).__name__,
                "".join(traceback.format_tb(bug.__traceback__)),
            )
            internal = CallError(
                Category.INTERNAL,
                f"{check.id}: {type(bug).__name__}: {bug}",
                trace=traceback.format_exc(),
            )
            return self._without_answer(check, internal, tuple(subject.calls[first_call:]))
        outcome = max(outcomes, key=lambda each: each.points)
        if not outcome.judged and outcome.note is not None:
            return self._skipped(check, outcome.note, tuple(subject.calls[first_call:]))
        if check.proves is not None and (outcome.passed or not outcome.points):
            self.proved[check.proves] = outcome.passed
        return self._result(
            check,
            Status.PASSED if outcome.passed else Status.FAILED,
            outcomes=outcomes,
            note=outcome.note,
            calls=tuple(subject.calls[first_call:]),
        )

    def _ask(self, check: Check) -> tuple[Outcome, ...]:
        """Runs a check until it passes, at most as often as it may be asked.

        Raises CallError: an error of BY_CHANCE only if no ask got points.
        """
        most = GRADED_ASKS
        if check.is_required_of(self.subject.model):
            most = REQUIRED_ASKS
        outcomes: list[Outcome] = []
        met: CallError | None = None
        while not outcomes or (not outcomes[-1].passed and len(outcomes) < most):
            try:
                outcomes.append(check.run(self.subject))
            except MalformedAnswer as malformed:
                outcomes.append(failed(malformed.note))
            except CallError as error:
                if error.category not in BY_CHANCE:
                    raise
                # The traceback's frames would keep the connection of an abandoned stream open.
                met = error.with_traceback(None)
                outcomes.append(failed(message(_("met an error: %(text)s"), text=error.text)))
            if check.on_demand or not outcomes[-1].judged:
                break
        if met is not None and not any(outcome.points for outcome in outcomes):
            raise met
        return tuple(outcomes)

    def _without_answer(
        self, check: Check, error: CallError, calls: tuple[Call, ...]
    ) -> CheckResult:
        """Returns the result of a check whose call failed: refused, or another error."""
        if self._refusals is not None:
            subject = self.subject
            error = self._refusals.explained(
                error, subject.model.api_model_id, subject.region, subject.deadline
            )
        refused = error.category is Category.CAPABILITY
        if refused and check.proves is not None:
            self.proved[check.proves] = False
        undeclared = check.needs and not check.is_declared_by(self.subject.model)
        if undeclared and error.category in _REFUSALS:
            note = message(_("not declared, and refused: %(text)s"), text=error.text)
            return self._skipped(check, note, calls)
        # What is too costly to run by default is never repeated.
        if not check.on_demand:
            # The traceback's frames would keep the connection of an abandoned stream open.
            self.errors.append(error.with_traceback(None))
        if error.category in REFUSES_ROUTE and all(call.error for call in self.subject.calls):
            self.refusal = error
        if error.policy.stops_run:
            self._stopped_by = CheckError.of(error)
        if refused:
            note = message(_("declared, but refused: %(text)s"), text=error.text)
            return self._result(
                check, Status.FAILED, note=note, error=CheckError.of(error), calls=calls
            )
        return self._result(
            check,
            Status.ERROR,
            counts=is_judged(error.category),
            error=CheckError.of(error),
            calls=calls,
        )

    def _not_reached(self, check: Check, error: CheckError) -> CheckResult:
        return self._result(check, Status.ERROR, counts=is_judged(error.category), error=error)

    def _skipped(
        self,
        check: Check,
        note: Message,
        calls: tuple[Call, ...] = (),
        error: CheckError | None = None,
    ) -> CheckResult:
        return self._result(
            check, Status.SKIPPED, counts=False, note=note, error=error, calls=calls
        )

    def _result(
        self,
        check: Check,
        status: Status,
        *,
        outcomes: Sequence[Outcome] = (),
        counts: bool = True,
        note: Message | None = None,
        error: CheckError | None = None,
        calls: tuple[Call, ...] = (),
    ) -> CheckResult:
        answered = [call for call in calls if call.error is None]
        return CheckResult(
            id=check.id,
            title=check.title,
            status=status,
            points=max((outcome.points for outcome in outcomes), default=0.0),
            weight=check.weight,
            required=check.is_required_of(self.subject.model),
            counts=counts,
            note=note,
            error=error,
            latency_ms=sum(call.latency_ms for call in calls) if calls else None,
            ttft_ms=median(call.ttft_ms for call in answered),
            tokens_per_second=speed_of(answered),
            input_tokens=sum(call.input_tokens for call in calls),
            output_tokens=sum(call.output_tokens for call in calls),
            cost=cost_of(calls),
            asks=len(outcomes),
            passes=sum(outcome.passed for outcome in outcomes),
            unsteady=len({outcome.points for outcome in outcomes}) > 1,
            calls=calls,
        )


def most_retries(errors: Iterable[CallError]) -> int:
    return max((_retries(error) for error in errors), default=0)


def _retries(error: CallError) -> int:
    """Returns how many retries can help: one if the service says when to try again, as it does
    while a subscription is being set up."""
    if error.policy.verdict is Verdict.BLOCKED and error.retry_after is not None:
        return 1
    return error.policy.retries
