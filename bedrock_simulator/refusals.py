"""The errors that can be answered in a model's place: codes and messages that AWS sends.

The messages are those that people met on Amazon Bedrock. `{model}`, `{region}` and `{action}` stand
for the model, the region and the IAM action of the request.
"""

from __future__ import annotations

from .wire import BedrockError

_ACCOUNT = "123456789012"
_SESSION = (
    f"User: arn:aws:sts::{_ACCOUNT}:assumed-role/homologa/session is not authorized to perform"
)
_MODEL_ARN = "arn:aws:bedrock:{region}::foundation-model/{model}"
_ANOTHER_TIME = "Your AWS Marketplace subscription for this model cannot be completed at this time."

# Name -> code and message.
REFUSALS: dict[str, tuple[str, str]] = {
    "throttle": ("ThrottlingException", "Too many requests, please wait before trying again."),
    "throttle_tokens": ("ThrottlingException", "Too many tokens, please wait before trying again."),
    "daily_quota": (
        "ThrottlingException",
        "Too many tokens per day, please wait before trying again.",
    ),
    "service_quota": (
        "ServiceQuotaExceededException",
        "Your request exceeds the service quota for your account.",
    ),
    "deny": (
        "AccessDeniedException",
        "You don't have access to the model with the specified model ID.",
    ),
    "agreement_missing": (
        "AccessDeniedException",
        (
            "Model access is denied due to IAM user or service role is not authorized to perform "
            "the required AWS Marketplace actions (aws-marketplace:ViewSubscriptions, "
            "aws-marketplace:Subscribe) to enable access to this model. Refer to the Amazon "
            f"Bedrock documentation for further details. {_ANOTHER_TIME} If you recently fixed "
            "this issue, try again after 5 minutes."
        ),
    ),
    "payment": (
        "AccessDeniedException",
        (
            "Model access is denied due to INVALID_PAYMENT_INSTRUMENT:A valid payment instrument "
            f"must be provided. {_ANOTHER_TIME} If you recently fixed this issue, try again after "
            "2 minutes."
        ),
    ),
    "use_case_missing": (
        "ResourceNotFoundException",
        (
            "Model use case details have not been submitted for this account. Fill out the "
            "Anthropic use case details form before using the model. If you have already filled "
            "out the form, try again in 15 minutes."
        ),
    ),
    "iam_denied": (
        "AccessDeniedException",
        (
            f"{_SESSION}: {{action}} on resource: {_MODEL_ARN} because no identity-based policy "
            "allows the {action} action"
        ),
    ),
    "scp_denied": (
        "AccessDeniedException",
        (
            f"{_SESSION}: {{action}} on resource: {_MODEL_ARN} with an explicit deny in a service "
            f"control policy: "
            f"arn:aws:organizations::{_ACCOUNT}:policy/o-1/service_control_policy/p-1"
        ),
    ),
    "not_authorized": ("NotAuthorized", "You do not have permission to perform this action"),
    "account_not_authorized": (
        "ValidationException",
        "Your account is not authorized to access this model.",
    ),
    "unsupported_country": (
        "ValidationException",
        (
            "Access to Anthropic models is not allowed from unsupported countries, regions, or "
            "territories."
        ),
    ),
    "data_retention": (
        "ValidationException",
        (
            "The model returned the following errors: data retention mode 'default' is not "
            "available for this model"
        ),
    ),
    "operation_not_allowed": ("ValidationException", "Operation not allowed"),
    # A region that the account has not enabled does not know its keys.
    "region_not_enabled": (
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    ),
    "credentials": (
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    ),
    "expired_token": (
        "ExpiredTokenException",
        "The security token included in the request is expired",
    ),
    "invalid_signature": (
        "InvalidSignatureException",
        "Signature expired: 20261127T100000Z is now earlier than 20261127T101000Z",
    ),
    "api_key_invalid": (
        "AccessDeniedException",
        "Authentication failed: Please make sure your API Key is valid.",
    ),
    "needs_profile": (
        "ValidationException",
        (
            "Invocation of model ID {model} with on-demand throughput isn’t supported. Retry your "
            "request with the ID or ARN of an inference profile that contains this model."
        ),
    ),
    "invalid_identifier": ("ValidationException", "The provided model identifier is invalid."),
    "end_of_life": (
        "ResourceNotFoundException",
        (
            "This model version has reached the end of its life. Please refer to the AWS "
            "documentation for more details."
        ),
    ),
    "legacy_unused": (
        "ResourceNotFoundException",
        (
            "Access denied. This Model is marked by provider as Legacy and you have not been "
            "actively using the model in the last 30 days. Please upgrade to an active model on "
            "Amazon Bedrock"
        ),
    ),
    "error": (
        "InternalServerException",
        "The system encountered an unexpected error during processing. Try your request again.",
    ),
    "unavailable": ("ServiceUnavailableException", "Bedrock is unable to process your request."),
    "not_ready": (
        "ModelNotReadyException",
        "The model is not ready for inference. Wait and try your request again.",
    ),
    "model_timeout": (
        "ModelTimeoutException",
        "Model has timed out in processing the request. Try your request again.",
    ),
    "model_error": (
        "ModelErrorException",
        "The system encountered an unexpected error during processing. Try your request again.",
    ),
    "invalid_tool_sequence": (
        "ModelErrorException",
        (
            "Model produced invalid sequence as part of ToolUse. Please refer to the model tool "
            "use troubleshooting guide."
        ),
    ),
    "output_blocked": (
        "ValidationException",
        "The model returned the following errors: Output blocked by content filtering policy",
    ),
    "input_too_long": ("ValidationException", "Input is too long for requested model."),
    "temperature_deprecated": (
        "ValidationException",
        "The model returned the following errors: `temperature` is deprecated for this model.",
    ),
}

# Name -> the exception that a stream sends after its first events.
STREAM_REFUSALS: dict[str, tuple[str, str]] = {
    f"stream_{name}": REFUSALS[name]
    for name in ("throttle", "error", "unavailable", "output_blocked")
} | {
    "stream_model_error": (
        "ModelStreamErrorException",
        "The system encountered an unexpected error during processing. Try your request again.",
    ),
}

_ACTIONS = {
    "converse": "bedrock:InvokeModel",
    "invoke": "bedrock:InvokeModel",
    "converse-stream": "bedrock:InvokeModelWithResponseStream",
    "invoke-with-response-stream": "bedrock:InvokeModelWithResponseStream",
}


def refusal_named(name: str, model: str, region: str, operation: str) -> BedrockError | None:
    """Returns the error of that name for a request, or None if there is none."""
    if name not in REFUSALS:
        return None
    code, message = REFUSALS[name]
    action = _ACTIONS.get(operation, f"bedrock:{operation.title().replace('-', '')}")
    return BedrockError(code, message.format(model=model, region=region, action=action))


# What GetFoundationModelAvailability says beside the refusals: the member that is not available.
UNAVAILABLE = {
    "agreement_missing": "agreementAvailability",
    "deny": "agreementAvailability",
    "payment": "agreementAvailability",
    "use_case_missing": "agreementAvailability",
    "account_not_authorized": "agreementAvailability",
    "operation_not_allowed": "entitlementAvailability",
    "iam_denied": "authorizationStatus",
    "scp_denied": "authorizationStatus",
    "not_authorized": "authorizationStatus",
}
