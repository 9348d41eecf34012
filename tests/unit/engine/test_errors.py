"""The error tables: the category of each code and message, and its verdict, advice and retries."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from certification.engine import POLICIES, Category, Verdict, not_judged
from certification.engine.errors import CODES, CallError, categorise
from certification.engine.transport import _service_error

BLOCKED, FAILED, INCONCLUSIVE = Verdict.BLOCKED, Verdict.FAILED, Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("code", "status", "category", "verdict", "can_help"),
    [
        ("ThrottlingException", 429, Category.THROTTLED, INCONCLUSIVE, True),
        ("ServiceQuotaExceededException", 400, Category.QUOTA, INCONCLUSIVE, False),
        ("ModelNotReadyException", 429, Category.NOT_READY, FAILED, True),
        ("ModelTimeoutException", 408, Category.TIMEOUT, FAILED, True),
        ("InternalServerException", 500, Category.SERVICE, FAILED, True),
        ("ServiceUnavailableException", 503, Category.SERVICE, FAILED, True),
        ("ModelErrorException", 424, Category.MODEL_ERROR, FAILED, False),
        ("modelStreamErrorException", 0, Category.STREAM_BROKEN, FAILED, True),
        ("AccessDeniedException", 403, Category.ACCESS, BLOCKED, False),
        ("ResourceNotFoundException", 404, Category.NOT_AVAILABLE, FAILED, False),
        ("ExpiredTokenException", 403, Category.CREDENTIALS, INCONCLUSIVE, False),
        ("UnrecognizedClientException", 403, Category.CREDENTIALS, INCONCLUSIVE, False),
        ("InvalidSignatureException", 403, Category.CREDENTIALS, INCONCLUSIVE, False),
        ("RequestExpired", 400, Category.CREDENTIALS, INCONCLUSIVE, False),
        ("Throttling", 400, Category.THROTTLED, INCONCLUSIVE, True),
        ("InternalFailure", 400, Category.SERVICE, FAILED, True),
        ("ForbiddenException", 403, Category.PROTOCOL, FAILED, True),
    ],
)
def test_each_code_of_the_service_has_its_category(
    code: str, status: int, category: Category, verdict: Verdict, can_help: bool
) -> None:
    assert categorise(code, "in its own words", status) is category
    assert POLICIES[category].verdict is verdict
    assert (POLICIES[category].retries > 0) is can_help


@pytest.mark.parametrize(
    ("text", "category"),
    [
        (
            "Invocation of model ID x with on-demand throughput isn’t supported. Use a profile.",
            Category.NEEDS_PROFILE,
        ),
        ("The provided model doesn't support on-demand throughput.", Category.NEEDS_PROFILE),
        (
            "Access to Anthropic models is not allowed from unsupported countries, or territories.",
            Category.ACCESS,
        ),
        ("The provided model identifier is invalid.", Category.NOT_AVAILABLE),
        ("This model version has reached the end of its life.", Category.NOT_AVAILABLE),
        (
            "This Model is marked by provider as Legacy and you have not been actively using it.",
            Category.NOT_AVAILABLE,
        ),
        ("The model is not supported.", Category.CAPABILITY),
        ("This model doesn't support the image field. Remove image.", Category.CAPABILITY),
        ("This model doesn't support tool use.", Category.CAPABILITY),
        ("This model doesn't support tool use in streaming mode.", Category.CAPABILITY),
        ("This model doesn't support system messages.", Category.CAPABILITY),
        ("This model does not support documents.", Category.CAPABILITY),
        ("#: extraneous key [response_format] is not permitted", Category.CAPABILITY),
        ("`temperature` and `top_p` cannot both be specified.", Category.PARAMETER),
        ("The topP parameter is not supported for this model.", Category.PARAMETER),
        ("Input is too long for requested model.", Category.CONTEXT),
        ("too many input tokens: 200001 > 200000", Category.CONTEXT),
        ("This model's maximum context length is 8192 tokens.", Category.CONTEXT),
        ("A conversation must start with a user message.", Category.INVALID_REQUEST),
    ],
)
def test_a_validation_error_is_categorised_by_its_message(text: str, category: Category) -> None:
    assert categorise("ValidationException", text, 400) is category


@pytest.mark.parametrize(
    ("code", "text", "category"),
    [
        ("AccessDeniedException", "Bearer Token has expired", Category.CREDENTIALS),
        (
            "AccessDeniedException",
            "Authentication failed: Please make sure your API Key is valid.",
            Category.CREDENTIALS,
        ),
        (
            "AccessDeniedException",
            "User is not authorized with an explicit deny in a service control policy",
            Category.POLICY,
        ),
        (
            "ResourceNotFoundException",
            "Model use case details have not been submitted for this account.",
            Category.ACCESS,
        ),
    ],
)
def test_an_ambiguous_code_is_categorised_by_its_message(
    code: str, text: str, category: Category
) -> None:
    assert categorise(code, text) is category


@pytest.mark.parametrize(
    "text",
    [
        # strands-agents/harness-sdk#1663, litellm#37862 and others: each family has its own words.
        "The model returned the following errors: prompt is too long: 903884 tokens > 200000",
        "input length and `max_tokens` exceed context limit: 198000 + 4096 > 200000, decrease it",
        "too many total text bytes: 9000000 > 8000000",
        "Input Tokens Exceeded: Number of input tokens exceeds maximum length.",
        "Malformed input request: expected maxLength: 50000, actual: 60000, please reformat it.",
        "The input token count (1196265) exceeds the maximum number of tokens allowed (1048575)",
        "This model's maximum prompt length is 131072 but the request contains 537812 tokens",
        "Your input exceeds the context window of this model",
        "The number of tokens in the input (130000) is greater than the model's limit",
        "Input tokens (210,000) exceed the model limit",
        "Request is too large for this model",
        "context_length_exceeded",
        "The number of tokens in the prompt, 10000, is over the limit of 8000",
        "Text is longer than allowed: 60000 > 50000 characters",
        "Document exceeds the maximum allowed size",
        "inputText must be at most 50000 characters",
        "Prompt exceeds max length",
        "This model supports at most 8192 tokens, got 9000",
        "Expected a string with maxLength: 2048 but got 5000 characters",
        "Please reduce your prompt; or completion length.",
    ],
)
def test_a_text_that_is_too_long_is_told_in_many_words(text: str) -> None:
    assert categorise("ValidationException", text, 400) is Category.CONTEXT


@pytest.mark.parametrize(
    ("text", "category"),
    [
        # These speak of the output's limit, or of a length that is no window.
        ("The maximum tokens you requested exceeds the model limit of 4096.", Category.PARAMETER),
        ("max_tokens: 8192 > 4096, which is the maximum allowed number", Category.PARAMETER),
        ("The value for max_tokens must be less than or equal to 8192", Category.PARAMETER),
        ("Invalid input: too short", Category.INVALID_REQUEST),
        ("The text in the document is not valid", Category.INVALID_REQUEST),
        # langchain#19215, Kiro#11191: AWS support has to free the account.
        ("Operation not allowed", Category.ACCOUNT),
        ("This operation is not allowed for this account", Category.ACCOUNT),
        ("The operation is not permitted in this account.", Category.ACCOUNT),
        ("An error occurred (ValidationException): Operation not allowed", Category.ACCOUNT),
        ("Invalid field: operation not allowed on a list", Category.INVALID_REQUEST),
        ("toolName must be at most 64 characters", Category.INVALID_REQUEST),
        ("The image exceeds the maximum allowed size of 8000 pixels", Category.INVALID_REQUEST),
        ("Your account has been suspended", Category.ACCOUNT),
        (
            "Your account is not authorized to perform this action. Please create a support case.",
            Category.ACCOUNT,
        ),
        ("data retention mode 'default' is not available for this model", Category.ACCOUNT),
        ("Your account is not authorized to invoke this API operation.", Category.ACCESS),
        ("This request has been blocked by our content filters.", Category.FILTERED),
        ("Output blocked by content filtering policy", Category.FILTERED),
        ("output_config.format: Extra inputs are not permitted", Category.CAPABILITY),
    ],
)
def test_what_only_looks_alike_is_told_apart(text: str, category: Category) -> None:
    assert categorise("ValidationException", text, 400) is category


@pytest.mark.parametrize("code", ["ThrottlingException", "throttlingException", "Throttling"])
@pytest.mark.parametrize(
    ("text", "category"),
    [
        # agent-book#29: waiting for minutes is of no use.
        ("Too many tokens per day, please wait before trying again.", Category.QUOTA),
        ("You have reached your daily token limit", Category.QUOTA),
        ("Your limit of tokens/day is reached", Category.QUOTA),
        ("Exceeded the 24-hour token allowance", Category.QUOTA),
        ("Rate limit reached: TPD 1000000, used 1000000", Category.QUOTA),
        ("Too many requests today, please wait.", Category.QUOTA),
        ("Limit 1000 requests/minute", Category.THROTTLED),
        ("Too many tokens, please wait before trying again.", Category.THROTTLED),
        ("Too many tokens per minute", Category.THROTTLED),
    ],
)
def test_a_quota_of_a_day_is_no_throttling(code: str, text: str, category: Category) -> None:
    assert categorise(code, text, 429) is category


@pytest.mark.parametrize(
    ("status", "category"),
    [(302, Category.PROTOCOL), (401, Category.PROTOCOL), (403, Category.PROTOCOL),
     (404, Category.PROTOCOL), (407, Category.PROTOCOL), (413, Category.PROTOCOL),
     (200, Category.PROTOCOL), (400, Category.PROTOCOL), (451, Category.PROTOCOL),
     (511, Category.PROTOCOL),
     (408, Category.TIMEOUT), (429, Category.THROTTLED), (502, Category.SERVICE)],
)  # fmt: skip
def test_an_error_without_a_name_is_a_gateways(status: int, category: Category) -> None:
    assert categorise(str(status), "<html><h1>Blocked</h1></html>", status) is category


@pytest.mark.parametrize(
    ("code", "category"),
    [
        ("throttlingException", Category.THROTTLED),
        ("internalServerException", Category.SERVICE),
        ("serviceUnavailableException", Category.SERVICE),
        ("modelStreamErrorException", Category.STREAM_BROKEN),
        ("validationException", Category.INVALID_REQUEST),
    ],
)
def test_in_a_stream_the_codes_begin_with_a_lower_case_letter(
    code: str, category: Category
) -> None:
    assert categorise(code, "broken") is category


@pytest.mark.parametrize(
    ("status", "category"),
    [
        (429, Category.THROTTLED),
        (500, Category.SERVICE),
        (529, Category.SERVICE),
        (408, Category.TIMEOUT),
        (401, Category.CREDENTIALS),
        (403, Category.ACCESS),
        (418, Category.INVALID_REQUEST),
        (0, Category.INVALID_REQUEST),
    ],
)
def test_an_unknown_code_is_categorised_by_its_status(status: int, category: Category) -> None:
    assert categorise("NeverHeardOfException", "", status) is category
    assert categorise("", "", status) is category


def test_every_category_has_a_policy_with_advice_and_every_code_a_category() -> None:
    assert set(POLICIES) == set(Category)
    assert all(policy.advice.endswith(".") and policy.title for policy in POLICIES.values())
    assert len({policy.advice for policy in POLICIES.values()}) == len(POLICIES)
    assert set(CODES.values()) <= set(POLICIES)


def test_what_is_inconclusive_or_blocked_does_not_blame_the_model() -> None:
    blameless = {category for category, policy in POLICIES.items() if not policy.blames_model}
    assert blameless == {
        Category.THROTTLED,
        Category.QUOTA,
        Category.NETWORK,
        Category.CREDENTIALS,
        Category.NOT_JUDGED,
        Category.WORKER_LOST,
        Category.CIRCUIT_OPEN,
        Category.INTERNAL,
        Category.FILTERED,
        Category.ACCOUNT,
        Category.ACCESS,
        Category.POLICY,
    }


def service_error(
    operation: str, retry_after: str | None = None, text: str = "not you"
) -> CallError:
    headers = {} if retry_after is None else {"retry-after": retry_after}
    response = {
        "Error": {"Code": "AccessDeniedException", "Message": text},
        "ResponseMetadata": {"HTTPStatusCode": 403, "HTTPHeaders": headers},
    }
    return _service_error(ClientError(response, operation), simulated=False)


def test_a_role_that_may_not_be_assumed_is_a_credentials_error_and_not_the_models() -> None:
    assert service_error("Converse").category is Category.ACCESS
    assert service_error("AssumeRole").category is Category.CREDENTIALS


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("0.5", 0.5), ("-3", 0.0), ("soon", None), ("inf", None), ("nan", None),
     ("", None), (None, None)],
)  # fmt: skip
def test_the_wait_that_the_service_asks_for_is_a_number_of_seconds_or_none(
    header: str | None, seconds: float | None
) -> None:
    assert service_error("Converse", header).retry_after == seconds


def test_a_pair_that_never_ran_has_the_verdict_of_its_category() -> None:
    found = not_judged("vendor.model", "us-east-1", Category.NOT_OFFERED, "not there")
    assert found.verdict is Verdict.UNSUPPORTED
    assert found.score is None
    assert "probeUnoffered" in (found.advice or "")


def test_a_long_text_is_cut_and_says_so() -> None:
    error = CallError(Category.ACCESS, "x" * 5_000_000, code="c" * 5_000_000, trace="t" * 5_000_000)
    for kept in (error.text, error.code, error.trace):
        assert len(kept) < 9_000
        assert kept.endswith("… (+4992000)")
    assert CallError(Category.ACCESS, "no access").text == "no access"


@pytest.mark.parametrize("where", ["text", "code", "trace"])
def test_no_part_of_an_error_repeats_a_credential(where: str) -> None:
    secret = "x" * 7_990 + " AKIAIOSFODNN7EXAMPLE"
    error = CallError(
        Category.SERVICE,
        secret if where == "text" else "",
        code=secret if where == "code" else "",
        trace=secret if where == "trace" else "",
    )
    assert "AKIA" not in f"{error} {error.text} {error.code} {error.trace}"


def test_a_token_that_aws_repeats_of_a_badly_signed_request_is_left_out() -> None:
    text = service_error(
        "Converse", text="It should have been 'POST\n\nx-amz-security-token:IQoJb3SECRET\n\nhost'"
    ).text
    assert text == "It should have been 'POST\n\nx-amz-security-token:***\n\nhost'"
