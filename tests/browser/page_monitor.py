"""Notes what goes wrong in a browser while someone uses it, though the page looks right."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Request, Response, WebError

# A page that is left, or that hands over a file, breaks off what it was still asking for.
ABORTED = "net::ERR_ABORTED"


@dataclass
class PageMonitor:
    """`expected` are the HTTP statuses of 400 and above that the test means to meet."""

    host: str
    expected: set[int] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("dialog", self._dialog)
        context.on("request", self._request)
        context.on("requestfailed", self._failed)
        context.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        # What a script may not do (the content policy) is told there, too.
        refused = "Failed to load resource" in message.text and self.expected
        if message.type in ("error", "warning") and not refused:
            self.problems.append(f"console: {message.text}")

    def _error(self, error: WebError) -> None:
        self.problems.append(f"script: {error.error}")

    def _dialog(self, dialog: Dialog) -> None:
        self.problems.append(f"a dialog opened: {dialog.message}")
        dialog.dismiss()

    def _request(self, request: Request) -> None:
        to = urlsplit(request.url)
        if to.scheme in ("http", "https", "ws", "wss") and to.netloc != self.host:
            self.problems.append(f"asked another host: {request.url}")

    def _failed(self, request: Request) -> None:
        if request.failure != ABORTED:
            self.problems.append(f"{request.failure}: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.problems.append(f"{response.status}: {response.url}")
