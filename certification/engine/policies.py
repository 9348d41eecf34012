"""Error categories: the verdict, the retries and the advice of each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from .verdict import Verdict
from .wording import gettext_noop as _


class Category(StrEnum):
    THROTTLED = "THROTTLED"
    QUOTA = "QUOTA"
    NOT_READY = "NOT_READY"
    TIMEOUT = "TIMEOUT"
    SERVICE = "SERVICE"
    MODEL_ERROR = "MODEL_ERROR"
    STREAM_BROKEN = "STREAM_BROKEN"
    ACCESS = "ACCESS"
    POLICY = "POLICY"
    NOT_AVAILABLE = "NOT_AVAILABLE"
    NOT_OFFERED = "NOT_OFFERED"
    ROUTE_FORBIDDEN = "ROUTE_FORBIDDEN"
    NEEDS_PROFILE = "NEEDS_PROFILE"
    CAPABILITY = "CAPABILITY"
    PARAMETER = "PARAMETER"
    CONTEXT = "CONTEXT"
    INVALID_REQUEST = "INVALID_REQUEST"
    PROTOCOL = "PROTOCOL"
    ANSWER_TOO_LARGE = "ANSWER_TOO_LARGE"
    FILTERED = "FILTERED"
    ACCOUNT = "ACCOUNT"
    NETWORK = "NETWORK"
    CREDENTIALS = "CREDENTIALS"
    DEADLINE = "DEADLINE"
    CHECK_FAILED = "CHECK_FAILED"
    NOT_JUDGED = "NOT_JUDGED"
    WORKER_LOST = "WORKER_LOST"
    CIRCUIT_OPEN = "CIRCUIT_OPEN"
    NOT_CERTIFIABLE = "NOT_CERTIFIABLE"
    INTERNAL = "INTERNAL"


UNLIMITED: Final = 1_000_000


class Scope(StrEnum):
    """What an error of a category may be a fault of, besides the request.

    EITHER: the model's or the region's; the region's only while no other model answers there.
        Quotas are per model and region, and so is being slow.
    """

    MODEL = "MODEL"
    EITHER = "EITHER"
    REGION = "REGION"


@dataclass(frozen=True)
class Policy:
    """How errors of one category are handled.

    verdict:   of the pair, if the error persists
    retries:   how many retries can help; CERTIFICATION_MAX_RETRIES limits it further
    stops_run: every further call of the pair would fail the same way, so the run ends
    scope:     whether it counts towards opening the region's circuit breaker
    """

    title: str
    verdict: Verdict
    advice: str
    retries: int = 0
    stops_run: bool = False
    scope: Scope = Scope.MODEL

    @property
    def blames_model(self) -> bool:
        return self.verdict in (Verdict.FAILED, Verdict.UNSUPPORTED)


POLICIES: Final[dict[Category, Policy]] = {
    Category.THROTTLED: Policy(
        _("Throttled"),
        Verdict.INCONCLUSIVE,
        _("Ask for a higher quota of this model in this region, or certify fewer pairs at a time."),
        retries=UNLIMITED,
        scope=Scope.EITHER,
    ),
    Category.QUOTA: Policy(
        _("Quota exceeded"),
        Verdict.INCONCLUSIVE,
        _("This account's quota is used up: ask for a higher one in Service Quotas."),
    ),
    Category.NOT_READY: Policy(
        _("Model not ready"),
        Verdict.FAILED,
        _("The region was still loading the model: certify it again later."),
        retries=UNLIMITED,
    ),
    Category.TIMEOUT: Policy(
        _("No answer in time"),
        Verdict.FAILED,
        _("The model took too long to answer: look at the region's service health."),
        retries=UNLIMITED,
        scope=Scope.EITHER,
    ),
    Category.SERVICE: Policy(
        _("Service error"),
        Verdict.FAILED,
        _("Bedrock itself failed in this region: look at its service health."),
        retries=UNLIMITED,
        scope=Scope.REGION,
    ),
    Category.MODEL_ERROR: Policy(
        _("Model error"),
        Verdict.FAILED,
        _("The model broke on a plain request: do not route traffic to it in this region."),
    ),
    Category.STREAM_BROKEN: Policy(
        _("Stream broken"),
        Verdict.FAILED,
        _("The stream ended before the answer did: do not stream from this model in this region."),
        retries=1,
        scope=Scope.REGION,
    ),
    Category.ACCESS: Policy(
        _("No access"),
        Verdict.BLOCKED,
        _(
            "The account has no access to this model: an administrator opens it in the Bedrock "
            "console's model catalogue, which accepts the agreement on first use (for Anthropic, "
            "submit the use case form there), and then certify it again."
        ),
    ),
    Category.POLICY: Policy(
        _("Denied by a policy"),
        Verdict.BLOCKED,
        _(
            "An IAM policy or a service control policy denies the call: allow the action and the "
            "resource that the message names; a profile also needs its models in every region "
            "that it may use, and project/default."
        ),
    ),
    Category.NOT_AVAILABLE: Policy(
        _("Not available"),
        Verdict.FAILED,
        _("The model is not there, or past its end of life: move to its successor."),
    ),
    Category.NOT_OFFERED: Policy(
        _("Not offered"),
        Verdict.UNSUPPORTED,
        _(
            "The registry says that this region does not offer the model; to ask all the same, "
            "open the job with probeUnoffered."
        ),
    ),
    Category.ROUTE_FORBIDDEN: Policy(
        _("Route not allowed"),
        Verdict.UNSUPPORTED,
        _(
            "The region reaches the model only by routes that this deployment, schedule or job "
            "does not allow: allow another kind of route, or choose another region."
        ),
    ),
    Category.NEEDS_PROFILE: Policy(
        _("Needs an inference profile"),
        Verdict.FAILED,
        _(
            "Call the model through an inference profile (us., eu., apac. or global. before its "
            "id), and correct the catalogue for this region."
        ),
    ),
    Category.CAPABILITY: Policy(
        _("Ability missing"),
        Verdict.FAILED,
        _("The catalogue declares an ability that the model lacks here: correct the catalogue."),
    ),
    Category.PARAMETER: Policy(
        _("Parameter refused"),
        Verdict.FAILED,
        _("The model refuses a parameter of the request: leave it out when calling this model."),
    ),
    Category.CONTEXT: Policy(
        _("Input too long"),
        Verdict.FAILED,
        _("The catalogue's context window is larger than the model's: correct the catalogue."),
    ),
    Category.INVALID_REQUEST: Policy(
        _("Request refused"),
        Verdict.FAILED,
        _("Read the service's message: the model refuses this form of request here."),
    ),
    Category.PROTOCOL: Policy(
        _("Not the protocol"),
        Verdict.FAILED,
        _("The answer was not Bedrock's protocol: look for a proxy or gateway in between."),
        # botocore does not compare a body with its length, so a truncated body ends here too.
        retries=1,
        scope=Scope.REGION,
    ),
    Category.ANSWER_TOO_LARGE: Policy(
        _("Answer too large"),
        Verdict.FAILED,
        _(
            "The answer was far longer than the question allows, and its reading was given up: do "
            "not route traffic to this model in this region."
        ),
    ),
    Category.FILTERED: Policy(
        _("Filtered"),
        Verdict.INCONCLUSIVE,
        _(
            "A guardrail or content filter answered in the model's place: look at the guardrails "
            "that this account enforces."
        ),
    ),
    Category.ACCOUNT: Policy(
        _("Account blocked"),
        Verdict.BLOCKED,
        _(
            "AWS does not let this account call the model, whatever its permissions: read the "
            "message, and look at the AWS Marketplace subscription and payment method, the data "
            "retention mode of Bedrock, and whether the region is enabled; else open a support "
            "case."
        ),
        stops_run=True,
    ),
    Category.NETWORK: Policy(
        _("Network"),
        Verdict.INCONCLUSIVE,
        _("The region's endpoint could not be reached: check this network, its proxy and its DNS."),
        retries=UNLIMITED,
        stops_run=True,
        scope=Scope.REGION,
    ),
    Category.CREDENTIALS: Policy(
        _("Credentials"),
        Verdict.INCONCLUSIVE,
        _("The AWS credentials are missing, wrong or expired: renew them for the workers."),
        stops_run=True,
    ),
    Category.DEADLINE: Policy(
        _("Out of time"),
        Verdict.FAILED,
        _("The checks took longer than CERTIFICATION_TIMEOUT: the model is slow, or raise it."),
        stops_run=True,
        scope=Scope.EITHER,
    ),
    Category.CHECK_FAILED: Policy(
        _("Required check failed"),
        Verdict.FAILED,
        _("The model was reached but does not do what it must: read the failed check's evidence."),
    ),
    Category.NOT_JUDGED: Policy(
        _("Too little judged"),
        Verdict.INCONCLUSIVE,
        _("Too many checks met errors that say nothing about the model: certify it again later."),
        retries=UNLIMITED,
    ),
    Category.WORKER_LOST: Policy(
        _("Worker lost"),
        Verdict.INCONCLUSIVE,
        _("Every worker that took this pair died: read their logs before certifying it again."),
    ),
    Category.CIRCUIT_OPEN: Policy(
        _("Circuit open"),
        Verdict.INCONCLUSIVE,
        _(
            "Every model tried in this region met errors for too long: look at its service health, "
            "then certify it again."
        ),
    ),
    Category.NOT_CERTIFIABLE: Policy(
        _("Not certifiable"),
        Verdict.UNSUPPORTED,
        _(
            "The model is retired, inactive or not served by Bedrock, or it is of a kind for which "
            "there are no checks (speech, video, asynchronous calls, another endpoint): nothing to "
            "certify."
        ),
    ),
    Category.INTERNAL: Policy(
        _("Internal error"),
        Verdict.INCONCLUSIVE,
        _("Homologa itself failed on this pair: report the message and the worker's log."),
    ),
}
