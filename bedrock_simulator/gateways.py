"""Answers of what stands between a client and Bedrock: proxies, gateways, sign-in pages."""

from __future__ import annotations

from .wire import Reply

_PAGES: dict[int, tuple[str, tuple[tuple[str, str], ...]]] = {
    302: ("Found", (("location", "https://login.example.com/?return=bedrock"),)),
    403: ("Forbidden", (("server", "proxy"),)),
    404: ("Not Found", (("server", "proxy"),)),
    407: ("Proxy Authentication Required", (("proxy-authenticate", 'Basic realm="proxy"'),)),
    413: ("Request Entity Too Large", (("server", "proxy"),)),
    502: ("Bad Gateway", (("server", "proxy"),)),
}
# Name -> status.
GATEWAYS = {f"gateway_{status}": status for status in _PAGES}


def gateway_named(name: str) -> Reply | None:
    """Returns the page that a gateway of that name answers with, or None if there is none."""
    if name not in GATEWAYS:
        return None
    status = GATEWAYS[name]
    title, headers = _PAGES[status]
    page = (
        f"<html><head><title>{status} {title}</title></head>"
        f"<body><center><h1>{status} {title}</h1></center></body></html>"
    )
    return Reply(status, page.encode(), "text/html; charset=utf-8", headers)
