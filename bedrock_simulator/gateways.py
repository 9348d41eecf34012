"""Answers of what stands between a client and Bedrock: proxies, gateways, sign-in pages."""

from __future__ import annotations

from .wire import JSON, Reply, encode

_HTML = "text/html; charset=utf-8"
_PROXY = (("server", "proxy"),)


def _page(status: int, title: str, *headers: tuple[str, str]) -> Reply:
    page = (
        f"<html><head><title>{status} {title}</title></head>"
        f"<body><center><h1>{status} {title}</h1></center></body></html>"
    )
    return Reply(status, page.encode(), _HTML, headers or _PROXY)


GATEWAYS = {
    "gateway_302": _page(302, "Found", ("location", "https://login.example.com/?return=bedrock")),
    "gateway_403": _page(403, "Forbidden"),
    "gateway_404": _page(404, "Not Found"),
    "gateway_407": _page(
        407, "Proxy Authentication Required", ("proxy-authenticate", 'Basic realm="proxy"')
    ),
    "gateway_413": _page(413, "Request Entity Too Large"),
    "gateway_502": _page(502, "Bad Gateway"),
    "gateway_json": Reply(403, encode({"message": "Forbidden"}), JSON, _PROXY),
    "gateway_empty": Reply(403, b"", "text/plain", _PROXY),
    "gateway_xml": Reply(
        403,
        b'<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message>'
        b"</Error>",
        "application/xml",
        _PROXY,
    ),
    # Amazon API Gateway, which some organisations put before Bedrock.
    "gateway_aws": Reply(
        403,
        encode({"message": "Forbidden"}),
        JSON,
        (("x-amzn-ErrorType", "ForbiddenException"),),
    ),
    # A gateway that speaks another provider's protocol.
    "gateway_openai": Reply(
        200,
        encode(
            {
                "object": "chat.completion",
                "choices": [{"index": 0, "message": {"role": "assistant", "content": "Paris"}}],
            }
        ),
        JSON,
        _PROXY,
    ),
}
