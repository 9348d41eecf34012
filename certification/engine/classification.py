"""Which category an error of the service has: by its code, and by its message where the code is too
general.

Codes are from the botocore service model of `bedrock-runtime`, messages from observed responses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from .policies import Category

CODES: Final[dict[str, Category]] = {
    "ThrottlingException": Category.THROTTLED,
    "Throttling": Category.THROTTLED,
    "ThrottledException": Category.THROTTLED,
    "TooManyRequestsException": Category.THROTTLED,
    "ServiceQuotaExceededException": Category.QUOTA,
    "ModelNotReadyException": Category.NOT_READY,
    "ModelTimeoutException": Category.TIMEOUT,
    "RequestTimeoutException": Category.TIMEOUT,
    "InternalServerException": Category.SERVICE,
    # Sent in a stream as `:message-type: error`, which has no HTTP status.
    "InternalFailure": Category.SERVICE,
    "ServiceUnavailable": Category.SERVICE,
    "ServiceUnavailableException": Category.SERVICE,
    "ModelErrorException": Category.MODEL_ERROR,
    "ModelStreamErrorException": Category.STREAM_BROKEN,
    "AccessDeniedException": Category.ACCESS,
    "NotAuthorized": Category.POLICY,
    # Amazon API Gateway's, in Bedrock's place.
    "ForbiddenException": Category.PROTOCOL,
    "ResourceNotFoundException": Category.NOT_AVAILABLE,
    "ValidationException": Category.INVALID_REQUEST,
    "ExpiredTokenException": Category.CREDENTIALS,
    "ExpiredToken": Category.CREDENTIALS,
    "UnrecognizedClientException": Category.CREDENTIALS,
    "InvalidSignatureException": Category.CREDENTIALS,
    "SignatureDoesNotMatch": Category.CREDENTIALS,
    "RequestExpired": Category.CREDENTIALS,
    "RequestTimeTooSkewed": Category.CREDENTIALS,
    "IncompleteSignature": Category.CREDENTIALS,
    "IncompleteSignatureException": Category.CREDENTIALS,
    "InvalidClientTokenId": Category.CREDENTIALS,
    "MissingAuthenticationToken": Category.CREDENTIALS,
    "MissingAuthenticationTokenException": Category.CREDENTIALS,
    "OptInRequired": Category.CREDENTIALS,
}

# Without the name of an error: what answered is not Bedrock, unless it is only busy.
STATUSES: Final[dict[int, Category]] = {
    408: Category.TIMEOUT,
    429: Category.THROTTLED,
    # Of a network that wants people to sign in.
    511: Category.PROTOCOL,
}
# With a name that is in none of the tables.
STATUSES_OF_UNKNOWN_CODES: Final[dict[int, Category]] = STATUSES | {
    401: Category.CREDENTIALS,
    403: Category.ACCESS,
}

INVALID: Final = "ValidationException"
DENIED: Final = "AccessDeniedException"
NOT_FOUND: Final = "ResourceNotFoundException"
THROTTLING: Final = tuple(code for code, found in CODES.items() if found is Category.THROTTLED)
MODEL: Final = "ModelErrorException"
# Characters of a message that the rules read.
READ: Final = 4_000


@dataclass(frozen=True)
class Rule:
    """Errors with one of `codes` whose message matches `pattern` are of `category`."""

    codes: tuple[str, ...]
    category: Category
    pattern: re.Pattern[str]


def _rule(codes: tuple[str, ...], category: Category, *wordings: str) -> Rule:
    return Rule(codes, category, re.compile("|".join(wordings), re.IGNORECASE))


# The first rule that matches decides. Apostrophes are typed in two ways, hence the dots; gaps are
# bounded, so that a message is read in linear time.
RULES: Final[tuple[Rule, ...]] = (
    _rule(
        (DENIED,),
        Category.CREDENTIALS,
        r"(bearer|security|session) token (is|has|included|in the request)",
        r"(bearer|security|session) token (expired|invalid)",
        r"api key",
        r"authentication failed",
    ),
    # Marketplace rights are the account's subscription, so they come before what IAM denies.
    _rule((INVALID, DENIED), Category.ACCOUNT, r"aws-marketplace|marketplace subscription"),
    _rule(
        (INVALID, DENIED),
        Category.POLICY,
        r"not authori[sz]ed to perform:? [\w-]+:\w",
        r"\b(user|role|principal|arn)\b.{0,200}\bnot authori[sz]ed",
        r"(explicit|implicit) deny|with an explicit deny",
        r"no (identity|resource|permissions|session|vpc endpoint)[- ]\w*.{0,20}polic",
        r"(service|resource) control polic",
        r"you (do not|don.t) have (sufficient )?permissions?",
    ),
    _rule(
        (NOT_FOUND, INVALID, DENIED),
        Category.ACCESS,
        r"use case details",
        r"not allowed from unsupported countries",
    ),
    _rule(
        (INVALID, DENIED, NOT_FOUND),
        Category.NOT_AVAILABLE,
        r"model identifier is invalid",
        r"end of (its )?life",
        r"not (been )?actively us(ing|ed)",
        r"marked by (its )?provider as legacy",
        r"\blegacy model",
    ),
    _rule(
        (INVALID, DENIED),
        Category.ACCOUNT,
        r"^\W*((this|the) )?operation (is )?not (allowed|permitted)",
        r": operation (is )?not (allowed|permitted)\W*$",
        r"\baccount\b.{0,40}\b(blocked|suspended|restricted|on hold|closed|deactivated|disabled)",
        r"\b(blocked|suspended|restricted|deactivated|disabled)\b.{0,20}\baccount\b",
        r"\baccount\b.{0,80}\b(support case|contact (aws|customer) support|verif(y|ication))",
        r"data retention",
        # langchain#19215: the whole account may not invoke models.
        r"account is not (allowed|permitted|enabled|verified)",
    ),
    _rule(
        (INVALID,),
        Category.ACCESS,
        r"(account|you) (is|are) not authori[sz]ed",
    ),
    _rule(
        (INVALID,),
        Category.NEEDS_PROFILE,
        r"on-demand throughput (isn.t|is not) supported",
        r"(doesn.t|does not) support on-demand throughput",
        r"inference profile that contains this model",
    ),
    _rule(
        (INVALID, MODEL),
        Category.FILTERED,
        r"blocked by (our |the |a )?(content filter|guardrail|safety|responsible ai)",
        r"\b(content|request|prompt|input|output|image)s?\b.{0,40}\b(blocked|filtered) (by|due)",
        r"content in your prompt has been blocked",
        # Stability's `finish_reasons`: of the prompt, an input image or the output image.
        r"^filter reason",
        r"content (filter(s|ing)?( policy)?|policy) (violation|blocked|triggered)",
        r"violat\w+.{0,40}(content|usage|responsible ai) polic",
    ),
    # Before CONTEXT: these speak of the limit of the output.
    _rule(
        (INVALID,),
        Category.PARAMETER,
        r"maximum tokens you requested",
        r"max_?(new_?)?tokens\W{1,4}\d+ >",
        r"max_?(new_?)?tokens.{0,40}(must be|less than or equal|too large|too high|invalid)",
        r"maximum (allowed )?number of output tokens",
    ),
    # strands-agents/sdk-python#1663, litellm#37862: each family has words of its own.
    _rule(
        (INVALID, MODEL),
        Category.CONTEXT,
        r"\b(input|prompt|request|message|messages|conversation|text|body|document)\b.{0,40}"
        r"\b(is|are|was|were)? ?too (long|large|big)\b",
        r"too many (total |input |prompt |text )*(tokens|text bytes|bytes|characters)",
        r"\d tokens? >",
        r"\btokens?\b.{0,60}\b(exceed\w*|longer than|greater than|more than|larger than)\b",
        r"\b(exceed\w*|over|beyond|longer than|greater than|larger than)\b.{0,60}"
        r"\b(context|window|maximum (input|prompt|number of tokens)|input length|input limit"
        r"|token limit|token count|maximum length|sequence length|prompt length)",
        r"\b(context|input|prompt|sequence)[ _](length|window|limit|size|tokens?)\b.{0,60}"
        r"(exceed|too long|too large|limit|maximum|greater|longer)",
        r"(maximum|max)[ _](context|prompt|input|sequence|model)[ _]?(length|window|tokens|limit)",
        r"context[ _](length|window|limit)",
        r"\b(input\w*|prompt|text|document)\b.{0,40}\bexceed\w*\b.{0,20}\b(max|allowed|limit)",
        r"\b(tokens?|input|prompt|text)\b.{0,60}\bover the (limit|maximum)",
        r"\b(input|prompt|text|document)\b.{0,20}\b(longer|larger) than (is )?(allowed|permitted)",
        r"\b(input\w*|prompt|text)\b.{0,40}\bat most [\d,]+ (characters|bytes)",
        r"\bat most [\d,]+ (\w+ )?tokens",
        r"\bmaxlength: \d+,? (actual|but)\b",
        r"reduce ((the|your) (length|size) of )?(the |your )?(messages|prompt|input|conversation)",
        r"inputs?\W{1,3}(tokens)? ?\+ ?\W?max_new_tokens",
    ),
    _rule(
        (INVALID, DENIED),
        Category.CAPABILITY,
        r"output_config",
        r"did not allow prompt caching",
    ),
    _rule((INVALID,), Category.PARAMETER, r"temperature|top_?p|top_?k|sampling"),
    _rule(
        (INVALID,),
        Category.CAPABILITY,
        r"(is not|isn.t|doesn.t|does not|not) (currently )?support",
        r"unsupported",
        r"extraneous key",
        r"extra inputs are not permitted",
    ),
    _rule(
        THROTTLING,
        Category.QUOTA,
        r"(\b(per|a|each|every) |/)(day|month|week)\b",
        r"\b(daily|monthly|weekly|today|24[- ]hours?|[tr]pd)\b",
        r"\bquota\b.{0,40}\b(exhausted|used up|exceeded)",
    ),
    # anthropic-sdk-python#432: passes by itself, unlike the model's own faults.
    _rule(
        (MODEL,),
        Category.SERVICE,
        r"unexpected error during processing",
        r"try your request again",
    ),
)


_WAIT: Final = re.compile(
    r"(?:again|retry)\b.{0,30}?\b(?:after|in)\b.{0,12}?(\d{1,4}) ?(second|minute|hour)",
    re.IGNORECASE,
)
_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3600}


def seconds_asked_for(text: str) -> float | None:
    """Returns the wait in seconds that a message such as "try again after 15 minutes" asks for."""
    found = _WAIT.search(text[:READ])
    return float(found[1]) * _SECONDS[found[2].lower()] if found else None


def categorise(code: str, text: str, status: int = 0) -> Category:
    """Returns the category of a service error.

    `code` is the name of the error or, if there was none, the HTTP status in digits, as botocore
    fills it in: then something else than Bedrock answered, such as a gateway.
    """
    # Exceptions inside a stream have a lower-case first letter.
    code = code[:1].upper() + code[1:]
    for rule in RULES:
        if code in rule.codes and rule.pattern.search(text[:READ]):
            return rule.category
    if code in CODES:
        return CODES[code]
    if code.isdigit() and status in STATUSES:
        return STATUSES[status]
    if status >= 500:
        return Category.SERVICE
    if code.isdigit():
        return Category.PROTOCOL
    return STATUSES_OF_UNKNOWN_CODES.get(status, Category.INVALID_REQUEST)
