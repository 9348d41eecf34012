"""Runs a suite against one model in one region and decides the verdict."""

from __future__ import annotations

import logging
import statistics
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from . import scoring, wire
from .account import Refusals
from .calls import Call
from .certification import Certification
from .check import Check, CheckError, CheckResult, Outcome, Status, failed
from .deadline import Deadline
from .errors import POLICIES, CallError, Category
from .model import ModelSpec
from .routes import REFUSES_ROUTE, RouteOutcome, RouteResult, probe, result_of
from .subject import MalformedAnswer, Subject
from .suite import suite_for, suite_version
from .transport import Transport
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


def certify(
    model: ModelSpec,
    region: str,
    transport: Transport,
    deadline: Deadline,
    *,
    also: Collection[str] = (),
    stopped: Callable[[], bool] = lambda: False,
    refusals: Refusals | None = None,
) -> Certification:
    """Certifies `model` in `region` within `deadline`, over the first of its routes that answers;
    each further route is called once.

    also:     ids of on-demand checks to run too
    stopped:  called in this thread before each check, and several times a second while an answer is
             awaited; if it returns True, Stopped is raised
    refusals: asks AWS for the reason of a refusal that is about the account

    Raises Stopped, and ValueError for an unknown id in `also`. Errors of the model or the service
    are not raised: the result holds them.
    """
    checks = suite_for(model, also)
    runs: list[_Run] = []
    probes: list[Call] = []
    with wire.interrupted_by(stopped):
        for route in model.routes or (model.first_route,):
            runs.append(_Run(Subject(model, region, transport, deadline, route), refusals))
            for check in checks:
                if stopped():
                    raise Stopped
                runs[-1].run_or_skip(check)
                wire.let_go()
            if runs[-1].refusal is None:
                break
        tried = [result_of(one.subject.route, one.subject.calls, one.first_error) for one in runs]
        answers = tried[-1].outcome is RouteOutcome.WORKS
        for route in model.routes[len(tried) :]:
            if not answers:
                tried.append(RouteResult(route, RouteOutcome.NOT_PROBED))
                continue
            if stopped():
                raise Stopped
            result, calls = probe(model, region, transport, deadline, route)
            tried.append(result)
            probes += calls
            wire.let_go()
    run = min(runs, key=lambda one: _order_of(one.refusal))
    return _conclude(run, checks, tuple(tried), probes)


def _order_of(refusal: CallError | None) -> int:
    """Orders the runs by what to report: the one that was not refused; then a refusal that says
    what to do, a model that is not there, and last the wish for another route."""
    if refusal is None:
        return 0
    return 2 + _LESS_TELLING.index(refusal.category) if refusal.category in _LESS_TELLING else 1


_LESS_TELLING = (Category.NOT_AVAILABLE, Category.NEEDS_PROFILE)
# Not every family says that an ability is missing: some only call the request invalid.
_REFUSALS = (Category.CAPABILITY, Category.PARAMETER, Category.INVALID_REQUEST)


class _Run:
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
        passed = _decide(self.results).verdict is Verdict.PASSED
        return [error for error in self.errors if not passed or _is_judged(error.category)]

    def run_or_skip(self, check: Check) -> None:
        unmet = next((other for other in check.depends_on if other in self._unmet), None)
        if self._stopped_by is not None:
            result = self._not_reached(check, self._stopped_by)
        elif unmet is not None:
            note = message(_("%(check)s did not pass"), check=unmet)
            result = self._skipped(check, note, error=self._unjudged.get(unmet))
        elif check.on_demand and _most_retries(self.retriable):
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
            counts=_is_judged(error.category),
            error=CheckError.of(error),
            calls=calls,
        )

    def _not_reached(self, check: Check, error: CheckError) -> CheckResult:
        return self._result(check, Status.ERROR, counts=_is_judged(error.category), error=error)

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
            ttft_ms=_median(call.ttft_ms for call in answered),
            tokens_per_second=_speed(answered),
            input_tokens=sum(call.input_tokens for call in calls),
            output_tokens=sum(call.output_tokens for call in calls),
            cost=_cost(calls),
            asks=len(outcomes),
            passes=sum(outcome.passed for outcome in outcomes),
            unsteady=len({outcome.points for outcome in outcomes}) > 1,
            calls=calls,
        )


def _is_judged(category: Category) -> bool:
    """Returns whether a check with this error is judged. One that ran out of time is not."""
    return POLICIES[category].blames_model and category is not Category.DEADLINE


@dataclass(frozen=True)
class _Decision:
    verdict: Verdict
    error: CheckError | None = None


def _decide(results: list[CheckResult]) -> _Decision:
    """Decides the verdict; the first rule that applies wins.

    1. a required check with an error: the verdict of the error's category
    2. a required check that failed with no points: FAILED (part of the points only lowers the
       score)
    3. a required check that was skipped: INCONCLUSIVE
    4. too little judged weight (below scoring.MIN_COVERAGE): the verdict of the first error that
       left a check unjudged. DEADLINE comes last, because the other errors may have used up
       the time
    5. a score below scoring.MIN_SCORE: FAILED
    """
    required = [result for result in results if result.required]
    for result in required:
        if result.status is Status.ERROR and result.error is not None:
            return _Decision(POLICIES[result.error.category].verdict, result.error)
    for result in required:
        if result.status is Status.FAILED and not result.points:
            text = f"{result.id}: {result.note}" if result.note else result.id
            return _Decision(
                Verdict.FAILED, result.error or CheckError(Category.CHECK_FAILED, "", text)
            )
    if any(result.status is Status.SKIPPED for result in required):
        return _Decision(
            Verdict.INCONCLUSIVE,
            CheckError(Category.NOT_JUDGED, "", "A required check could not be run."),
        )
    if scoring.coverage(results) < scoring.MIN_COVERAGE:
        unjudged = [r.error for r in results if r.error and not r.counts]
        cause = min(unjudged, key=lambda error: error.category is Category.DEADLINE, default=None)
        cause = cause or CheckError(Category.NOT_JUDGED, "", "No check could be judged.")
        return _Decision(POLICIES[cause.category].verdict, cause)
    score = scoring.score(results)
    if score is not None and score < scoring.MIN_SCORE:
        text = f"The score, {score}, is below {scoring.MIN_SCORE:.0f}."
        return _Decision(Verdict.FAILED, CheckError(Category.CHECK_FAILED, "", text))
    return _Decision(Verdict.PASSED)


def _conclude(
    run: _Run, checks: tuple[Check, ...], routes: tuple[RouteResult, ...], probes: Sequence[Call]
) -> Certification:
    subject = run.subject
    results = tuple(_with_blanks(run.results))
    dead = _dead_abilities(results, checks, subject.model)
    paid = [*subject.calls, *probes]
    decision = _decide(run.results)
    enough = scoring.coverage(run.results) >= scoring.MIN_COVERAGE
    score = scoring.score(run.results) if enough and decision.verdict in _SCORED else None
    if subject.reasoned:
        run.proved["reasoning"] = True
    waits = [error.retry_after for error in run.retriable if error.retry_after is not None]
    answered = [call for call in subject.calls if call.error is None]
    return Certification(
        api_model_id=subject.model.api_model_id,
        region=subject.region,
        verdict=decision.verdict,
        results=results,
        suite_version=suite_version(checks),
        duration_ms=subject.deadline.elapsed_ms,
        score=score,
        rating=None if score is None else scoring.rating(score),
        grade=None if score is None else scoring.grade(score),
        badge=None
        if score is None or dead or decision.verdict is not Verdict.PASSED
        else scoring.badge(score),
        error=decision.error,
        retries=_most_retries(run.retriable),
        retry_after=max(waits, default=None),
        proved=dict(sorted(run.proved.items())),
        dead=dead,
        simulated=subject.simulated,
        endpoint=subject.endpoint,
        latency_ms=_median(call.latency_ms for call in answered),
        ttft_ms=_median(call.ttft_ms for call in answered),
        tokens_per_second=next(
            (result.tokens_per_second for result in run.results if result.tokens_per_second), None
        ),
        input_tokens=sum(call.input_tokens for call in paid),
        output_tokens=sum(call.output_tokens for call in paid),
        cost=_cost(paid),
        route=subject.route,
        routes=routes,
    )


def _with_blanks(results: Sequence[CheckResult]) -> Iterator[CheckResult]:
    """Marks the checks that met a blank reply as unsteady, if other replies of the run were not."""
    answered = [call for result in results for call in result.calls if call.error is None]
    speaks = any(not call.blank for call in answered)
    for result in results:
        blank = speaks and any(call.blank for call in result.calls)
        yield replace(result, unsteady=True) if blank else result


def _dead_abilities(
    results: Sequence[CheckResult], checks: Sequence[Check], model: ModelSpec
) -> tuple[str, ...]:
    """Returns the declared abilities of which a check was judged and got no points."""
    proves = {check.id: check.proves for check in checks}
    lost = (proves[result.id] for result in results if result.counts and not result.points)
    return tuple(sorted({ability for ability in lost if ability and model.declares(ability)}))


def _most_retries(errors: Iterable[CallError]) -> int:
    return max((_retries(error) for error in errors), default=0)


def _retries(error: CallError) -> int:
    """Returns how many retries can help: one if the service says when to try again, as it does
    while a subscription is being set up."""
    if error.policy.verdict is Verdict.BLOCKED and error.retry_after is not None:
        return 1
    return error.policy.retries


_SCORED = (Verdict.PASSED, Verdict.FAILED)


def _median(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return round(statistics.median(known)) if known else None


def _cost(calls: Iterable[Call]) -> Decimal | None:
    """Returns the USD of all calls; None if one is unknown, since a partial sum misleads."""
    costs = [call.cost for call in calls]
    if not costs or any(cost is None for cost in costs):
        return None
    return sum((cost for cost in costs if cost is not None), Decimal(0))


def _speed(calls: Iterable[Call]) -> float | None:
    """Returns output tokens per second after the first token, over the streamed calls."""
    streamed = [
        call
        for call in calls
        if call.ttft_ms is not None and call.output_tokens > 1 and call.latency_ms > call.ttft_ms
    ]
    spent = sum(call.latency_ms - (call.ttft_ms or 0) for call in streamed)
    if not spent:
        return None
    return round(sum(call.output_tokens - 1 for call in streamed) * 1000 / spent, 1)
