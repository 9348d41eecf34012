"""A server with a configurable answer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PARIS = (
    b'{"output": {"message": {"role": "assistant", "content": [{"text": "Paris"}]}},'
    b' "stopReason": "end_turn", "usage": {"inputTokens": 1, "outputTokens": 1}}'
)


@dataclass
class StubServer:
    """Answers every request with `body` after `seconds`, but the first ones with `refusals`:
    (status, Retry-After)."""

    url: str = ""
    body: bytes = b"{}"
    seconds: float = 0.0
    refusals: list[tuple[int, str]] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)


@contextmanager
def serving() -> Iterator[StubServer]:
    found, is_over = StubServer(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            found.authorizations.append(self.headers["authorization"])
            is_over.wait(found.seconds)
            status, retry_after = found.refusals.pop(0) if found.refusals else (200, "")
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(found.body)))
            if retry_after:
                self.send_header("retry-after", retry_after)
            self.end_headers()
            self.wfile.write(found.body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield found
    is_over.set()
    server.shutdown()
    thread.join()
    server.server_close()
