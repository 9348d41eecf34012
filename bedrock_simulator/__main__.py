"""`python -m bedrock_simulator`: runs the simulator as an HTTP server."""

from __future__ import annotations

import argparse
import signal
import socket
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .app import app
from .catalogue import DEFAULT_PATH, Catalogue, CatalogueError, load
from .sending import TRANSPORT

_BACKLOG = 2048


class Protocol(HttpToolsProtocol):
    """Passes the transport to the application, so that it can close the connection."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope: Any = self.scope
        scope[TRANSPORT] = self.transport


def server(
    catalogue: Catalogue, *, latency_ms: float = 0.0, hostile: int | None = None
) -> uvicorn.Server:
    """Returns a server, not yet running; pass it a listening socket."""
    config = uvicorn.Config(
        app(catalogue, latency_ms=latency_ms, hostile=hostile),
        http=Protocol,
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        lifespan="off",
        log_level="critical",
        access_log=False,
        server_header=False,
        # Stop without waiting for open requests: the fault "hang" never answers them.
        timeout_graceful_shutdown=0,
    )
    return uvicorn.Server(config)


def listen(host: str, port: int) -> socket.socket:
    """Returns a listening socket; port 0 chooses a free one. Raises OSError if it is in use."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def main(arguments: list[str] | None = None) -> int:
    """Serves until SIGINT or SIGTERM. Returns 2 if the port or the catalogue cannot be used."""
    options = _options(arguments)
    try:
        catalogue = load(options.catalogue)
        listener = listen(options.host, options.port)
    except CatalogueError as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(
            f"cannot listen on {options.host}:{options.port} ({error.strerror}); "
            "stop what uses it or choose another --port"
        )
    # uvicorn re-raises the signal after its shutdown; this handler then exits with 0.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _exit)
    print(f"Simulated Bedrock on http://{options.host}:{options.port}, {len(catalogue)} models")
    sys.stdout.flush()
    if options.hostile is not None:
        print(f"Hostile mode, seed {options.hostile}", flush=True)
    server(catalogue, latency_ms=options.latency_ms, hostile=options.hostile).run(
        sockets=[listener]
    )
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bedrock_simulator",
        description="Amazon Bedrock's wire protocol with pretend models behind it.",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--catalogue", type=Path, default=DEFAULT_PATH, help="JSON Lines file")
    parser.add_argument(
        "--latency-ms", type=float, default=0.0, help="added to every model call (milliseconds)"
    )
    parser.add_argument(
        "--hostile", type=int, metavar="SEED", help="give each pair a fault drawn by this seed"
    )
    return parser.parse_args(arguments)


def _refuse(message: str) -> int:
    print(f"simulator: {message}", file=sys.stderr)
    return 2


def _exit(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    raise SystemExit(main())
