"""Errors that people met on the real Bedrock, each with what it means here."""

from __future__ import annotations

import pytest

from certification.engine import POLICIES, Category, Verdict
from certification.engine.errors import categorise

# Code, HTTP status, category, verdict, where it was met, message.
MET: tuple[tuple[str, int, str, str, str, str], ...] = (
    ("ValidationException", 400, "NEEDS_PROFILE", "FAILED",
     "aws-samples/sample-per-model-bedrock",
     ("Invocation of model ID anthropic.claude-sonnet-5 with on-demand throughput isn’t "
      "supported. Retry your request with the ID or ARN of an inference profile that "
      "contains this model.")),
    ("ValidationException", 400, "NOT_AVAILABLE", "FAILED",
     "LibreChat#13628",
     "The provided model identifier is invalid."),
    ("ValidationException", 400, "ACCOUNT", "BLOCKED",
     "NousResearch/hermes-agent#62965",
     ("The model returned the following errors: data retention mode 'default' is not "
      "available for this model")),
    ("ValidationException", 400, "ACCOUNT", "BLOCKED",
     "Kiro#11191",
     "Operation not allowed"),
    ("AccessDeniedException", 403, "ACCOUNT", "BLOCKED",
     "moj#18323",
     ("Model access is denied due to IAM user or service role is not authorized to perform "
      "the required AWS Marketplace actions (aws-marketplace:ViewSubscriptions, "
      "aws-marketplace:Subscribe) to enable access to this model. Refer to the Amazon "
      "Bedrock documentation for further details. Your AWS Marketplace subscription for "
      "this model cannot be completed at this time. If you recently fixed this issue, try "
      "again after 5 minutes.")),
    ("AccessDeniedException", 403, "POLICY", "BLOCKED",
     "badgers#33",
     ("User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: "
      "bedrock:InvokeModelWithResponseStream on resource: "
      "arn:aws:bedrock:::foundation-model/anthropic.claude-opus-4-6-v1 with an explicit "
      "deny in a service control policy: "
      "arn:aws:organizations::1:policy/o-1/service_control_policy/p-1")),
    ("AccessDeniedException", 403, "ACCESS", "BLOCKED",
     "seen in the field",
     "You don't have access to the model with the specified model ID."),
    ("AccessDeniedException", 403, "CAPABILITY", "FAILED",
     "sample 04-qwen",
     ("You invoked an unsupported model or your request did not allow prompt caching. See "
      "the documentation for more information.")),
    ("AccessDeniedException", 403, "CREDENTIALS", "INCONCLUSIVE",
     "open-science#53",
     "Authentication failed: Please make sure your API Key is valid."),
    ("AccessDeniedException", 403, "POLICY", "BLOCKED",
     "seen in the field",
     ("User: arn:aws:iam::1:user/u is not authorized to perform: "
      "bedrock:CallWithBearerToken on resource: * because no identity-based policy allows "
      "the bedrock:CallWithBearerToken action")),
    ("ResourceNotFoundException", 404, "ACCESS", "BLOCKED",
     "AWS doc FTUFormNotFilled",
     ("Model use case details have not been submitted for this account. Fill out the "
      "Anthropic use case details form before using the model. If you have already filled "
      "out the form, try again in 15 minutes.")),
    ("ResourceNotFoundException", 404, "NOT_AVAILABLE", "FAILED",
     "llmeter#35",
     ("Access denied. This Model is marked by provider as Legacy and you have not been "
      "actively using the model in the last 30 days. Please upgrade to an active model on "
      "Amazon Bedrock")),
    ("ValidationException", 400, "NOT_AVAILABLE", "FAILED",
     "airflow#72521",
     ("This Model is marked by provider as Legacy and you have not been actively using the "
      "model in the last 30 days. Please upgrade to an active model on Amazon Bedrock.")),
    ("ResourceNotFoundException", 404, "NOT_AVAILABLE", "FAILED",
     "gsd-2#5425",
     ("This model version has reached the end of its life. Please refer to the AWS "
      "documentation for more details.")),
    ("ThrottlingException", 429, "QUOTA", "INCONCLUSIVE",
     "agent-book#29",
     "Too many tokens per day, please wait before trying again."),
    ("ThrottlingException", 429, "THROTTLED", "INCONCLUSIVE",
     "claude-code#236",
     "Too many tokens, please wait before trying again."),
    ("ThrottlingException", 429, "THROTTLED", "INCONCLUSIVE",
     "seen in the field",
     "Too many requests, please wait before trying again."),
    ("ServiceUnavailableException", 503, "SERVICE", "FAILED",
     "bedrust#47",
     "Bedrock is unable to process your request."),
    ("serviceUnavailableException", 400, "SERVICE", "FAILED",
     "fmbench#247 stream",
     "Bedrock is unable to process your request."),
    ("ModelNotReadyException", 429, "NOT_READY", "FAILED",
     "botocore",
     ("Model is not ready for inference. Wait and try your request again. Our automatic "
      "retry...")),
    ("ModelErrorException", 424, "MODEL_ERROR", "FAILED",
     "langchain-aws#567",
     ("Model produced invalid sequence as part of ToolUse. Please refer to the model tool "
      "use troubleshooting guide.")),
    ("ModelErrorException", 424, "SERVICE", "FAILED",
     "anthropic-sdk#432",
     ("The system encountered an unexpected error during processing. Try your request "
      "again.")),
    ("modelStreamErrorException", 424, "STREAM_BROKEN", "FAILED",
     "seen in the field",
     ("The system encountered an unexpected error during processing. Try your request "
      "again.")),
    ("validationException", 400, "INVALID_REQUEST", "FAILED",
     "litellm#5592",
     "The model returned the following errors: Validation Error"),
    ("ValidationException", 400, "CAPABILITY", "FAILED",
     "dify-plugins#1767",
     ("This model doesn't support the stopSequences field. Remove stopSequences and try "
      "again.")),
    ("ValidationException", 400, "PARAMETER", "FAILED",
     "anything-llm#5821",
     "The model returned the following errors: `temperature` is deprecated for this model."),
    ("ValidationException", 400, "CAPABILITY", "FAILED",
     "hindsight#3300",
     ("The model returned the following errors: output_config.format: Extra inputs are not "
      "permitted")),
    ("ValidationException", 400, "CAPABILITY", "FAILED",
     "sample 13",
     ("This model doesn't support the image content block that you provided. Update the "
      "content block and try again.")),
    ("ValidationException", 400, "CAPABILITY", "FAILED",
     "seen in the field",
     "This model doesn't support tool use."),
    ("ValidationException", 400, "CAPABILITY", "FAILED",
     "langchain-aws (Llama)",
     "This model doesn't support tool use in streaming mode."),
    ("ValidationException", 400, "CAPABILITY", "FAILED",
     "seen in the field",
     ("This model doesn't support system messages. Try again without a system message or "
      "use a model that supports system messages.")),
    ("ValidationException", 400, "CONTEXT", "FAILED",
     "moca#254",
     ("The model returned the following errors: prompt is too long: 200049 tokens > 200000 "
      "maximum")),
    ("ValidationException", 400, "CONTEXT", "FAILED",
     "seen in the field",
     "Input is too long for requested model."),
    ("ValidationException", 400, "CONTEXT", "FAILED",
     "bolt#7414",
     ("input length and `max_tokens` exceed context limit: 198000 + 4096 > 200000, decrease"
      " input length or `max_tokens` and try again")),
    ("ValidationException", 400, "PARAMETER", "FAILED",
     "Roo#248",
     ("The maximum tokens you requested exceeds the model limit of 4096. Try again with a "
      "maximum tokens value that is lower than 4096.")),
    ("ValidationException", 400, "INVALID_REQUEST", "FAILED",
     "seen in the field",
     ("The text field in the ContentBlock object at messages.1.content.0 is blank. Add text"
      " to the text field, and try again.")),
    ("ValidationException", 400, "ACCESS", "BLOCKED",
     "seen in the field",
     "Your account is not authorized to access this model."),
    ("UnrecognizedClientException", 403, "CREDENTIALS", "INCONCLUSIVE",
     "boto3#3533",
     "The security token included in the request is invalid."),
    ("ExpiredTokenException", 403, "CREDENTIALS", "INCONCLUSIVE",
     "seen in the field",
     "The security token included in the request is expired"),
    ("InvalidSignatureException", 403, "CREDENTIALS", "INCONCLUSIVE",
     "seen in the field",
     "Signature expired: 20261127T100000Z is now earlier than 20261127T101000Z"),
    ("NotAuthorized", 400, "POLICY", "BLOCKED",
     "AWS troubleshooting page",
     "You do not have permission to perform this action"),
    ("ServiceQuotaExceededException", 400, "QUOTA", "INCONCLUSIVE",
     "botocore",
     "Your request exceeds the service quota for your account."),
    ("RequestTimeoutException", 408, "TIMEOUT", "FAILED",
     "seen in the field",
     ""),
    ("ModelTimeoutException", 408, "TIMEOUT", "FAILED",
     "botocore",
     "Model has timed out in processing the request. Try your request again."),
    ("ValidationException", 400, "INVALID_REQUEST", "FAILED",
     "seen in the field",
     ("Malformed input request: #: required key [messages] not found, please reformat your "
      "input and try again.")),
    ("ValidationException", 400, "FILTERED", "INCONCLUSIVE",
     "claude-code#53235",
     "The model returned the following errors: Output blocked by content filtering policy"),
)  # fmt: skip


@pytest.mark.parametrize(("code", "status", "category", "verdict", "_source", "text"), MET)
def test_each_has_its_category_and_verdict(
    code: str, status: int, category: str, verdict: str, _source: str, text: str
) -> None:
    found = categorise(code, text, status)

    assert (found, POLICIES[found].verdict) == (Category(category), Verdict(verdict))
