"""Runs a suite against one model in one region and decides the verdict."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

from . import scoring, wire
from .account import Refusals
from .calls import Call
from .certification import Certification
from .check import Check, CheckResult
from .deadline import Deadline
from .deciding import decide
from .errors import CallError, Category
from .figures import cost_of, median
from .model import ModelSpec
from .routes import RouteOutcome, RouteResult, probe, result_of
from .subject import Subject
from .suite import suite_for, suite_version
from .suite_run import SuiteRun, most_retries
from .transport import Transport
from .verdict import Verdict
from .wire import Stopped


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
    runs: list[SuiteRun] = []
    probes: list[Call] = []
    with wire.interrupted_by(stopped):
        for route in model.routes or (model.first_route,):
            runs.append(SuiteRun(Subject(model, region, transport, deadline, route), refusals))
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


def _conclude(
    run: SuiteRun,
    checks: tuple[Check, ...],
    routes: tuple[RouteResult, ...],
    probes: Sequence[Call],
) -> Certification:
    subject = run.subject
    results = tuple(_with_blanks(run.results))
    dead = _dead_abilities(results, checks, subject.model)
    paid = [*subject.calls, *probes]
    decision = decide(run.results)
    enough = scoring.coverage(run.results) >= scoring.MIN_COVERAGE
    score = scoring.score(run.results) if enough and decision.verdict in _SCORED else None
    if subject.reasoned:
        run.proved["reasoning"] = True
    retriable = run.retriable
    waits = [error.retry_after for error in retriable if error.retry_after is not None]
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
        retries=most_retries(retriable),
        retry_after=max(waits, default=None),
        proved=dict(sorted(run.proved.items())),
        dead=dead,
        simulated=subject.simulated,
        endpoint=subject.endpoint,
        latency_ms=median(call.latency_ms for call in answered),
        ttft_ms=median(call.ttft_ms for call in answered),
        tokens_per_second=next(
            (result.tokens_per_second for result in run.results if result.tokens_per_second), None
        ),
        input_tokens=sum(call.input_tokens for call in paid),
        output_tokens=sum(call.output_tokens for call in paid),
        cost=cost_of(paid),
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


_SCORED = (Verdict.PASSED, Verdict.FAILED)
