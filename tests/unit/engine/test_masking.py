"""Credentials in the texts of errors, however services and proxies spell them."""

from __future__ import annotations

import json
import time
from urllib.parse import quote

import pytest

from certification.engine.masking import masked

TOKEN = "IQoJb3JpZ2luX2VjEJr+HIDDEN/abc="
NAMES = [
    *("X-Amz-Security-Token", "x-amz-security-token", "X_AMZ_SECURITY_TOKEN", "SessionToken"),
    *("aws_session_token", "aws_secret_access_key", "SecretAccessKey", "AWS_SECRET_ACCESS_KEY"),
    *("AWS_BEARER_TOKEN_BEDROCK", "X-Amz-Signature", "X-Amz-Credential", "x-api-key", "api_key"),
    *("Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "password", "client_secret"),
]
FORMS = {
    "header": "{name}: {value}",
    "tight": "{name}:{value}",
    "equals": "{name}={value}",
    "spaced": "{name} = {value}",
    "quoted": "{name}='{value}'",
    "arrow": "{name} => {value}",
    "mapping": "{{'{name}': '{value}'}}",
}
WITH_BLANK = [name for name in NAMES if "Authorization" not in name and "ookie" not in name]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("name", NAMES)
def test_a_named_credential_is_masked_however_it_is_written(name: str, form: str) -> None:
    said = f"Refused; sent {form.format(name=name, value=TOKEN)}"
    assert "HIDDEN" not in masked(said)
    assert masked(said).startswith("Refused; sent ")


@pytest.mark.parametrize("name", NAMES)
def test_it_is_masked_in_json_and_in_an_address(name: str) -> None:
    body = json.dumps({"sent": {name: TOKEN}, "then": "this"})
    for said in (body, json.dumps(body), quote(f"{name}={TOKEN}"), f"?a=1&{name}={quote(TOKEN)}"):
        assert "HIDDEN" not in masked(said)
        assert "***" in masked(said)
    assert "this" in masked(body)


@pytest.mark.parametrize(
    "said",
    [
        "X-Amz-Security-Token IQoJb3JpZ2luHIDDEN",
        "aws_secret_access_key wJalrXUtnFEMI/HIDDEN",
        "Bearer HIDDENabc.def",
        "bearer: HIDDENabc.def",
        "Bearer%20HIDDENabc.def",
        "Authorization Bearer HIDDENabc",
        "Authorization: Basic U0VDUkVUHIDDEN==",
        "AWS4-HMAC-SHA256 Credential=AKIAHIDDENHIDDEN/x, Signature=HIDDEN0f",
        "authorization: AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=HIDDEN0f",
        "key AKIAHIDDENHIDDEN1234 is unknown",
        "ASIAHIDDENHIDDEN1234",
        "bedrock-api-key-HIDDENabcdefgh",
        "ABSKHIDDENHIDDENHIDDENHIDDEN",
        "http://someone:HIDDEN@proxy.local:3128",
        "http://someone:a@HIDDEN@proxy.local:3128",
        "http%3A%2F%2Fsomeone:HIDDEN%40proxy.local",
        "Set-Cookie: session=HIDDEN; Path=/; HttpOnly",
        "It should have been 'POST\\n\\nx-amz-security-token:HIDDEN\\n\\nhost'",
        "<SecretAccessKey>wJalrHIDDEN/x</SecretAccessKey>",
        "<a:SessionToken>IQoJHIDDEN</a:SessionToken>",
        "Authorization: Bearer\r\n HIDDENabc12",
        "X-Amz-Security-Token%253DIQoJHIDDEN12",
        "\\u0022Authorization\\u0022:\\u0022Bearer HIDDENabc12\\u0022",
        "&quot;SessionToken&quot;: &quot;IQoJHIDDEN&quot;",
        "x-amz-security-token: [IQoJHIDDEN12]",
        "('x-amz-security-token', 'IQoJHIDDEN12')",
        "[b'x-api-key', b'HIDDENabc12']",
        "refused eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJISUxERU4iHIDDEN.HIDDEN",
        "AKIAHIDDENHIDDEN1234:wJalrHIDDENHIDDENHIDDENHIDDEN",
        "id_token=HIDDENabc",
        "sessionid=HIDDENabc; csrftoken=HIDDENabc",
    ],
)
def test_it_is_masked_behind_a_blank_and_by_its_own_form(said: str) -> None:
    assert "HIDDEN" not in masked(said)


@pytest.mark.parametrize(
    "said",
    [
        "The security token included in the request is invalid.",
        "The security token included in the request is expired",
        "Bearer Token has expired",
        "Authentication failed: Please make sure your API Key is valid.",
        "User: arn:aws:iam::1:user/u is not authorized to perform: bedrock:CallWithBearerToken",
        "No credentials: AWS_SESSION_TOKEN is not set",
        "input length and `max_tokens` exceed context limit: 198000 + 4096 > 200000",
        "Too many tokens, please wait before trying again.",
        "https://docs.aws.amazon.com/bedrock/latest/userguide/inference.html",
    ],
)
def test_prose_stays_as_it_is(said: str) -> None:
    assert masked(said) == said


@pytest.mark.parametrize(
    "unit",
    ["://", "Bearer ", "Authorization:", " ", "%20", "=", "a", "password=", "AKIA", "cookie"],
)
def test_a_long_text_is_masked_in_time(unit: str) -> None:
    began = time.thread_time()
    masked(unit * (16_000 // len(unit)))
    assert time.thread_time() - began < 2
