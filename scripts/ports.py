"""Which TCP ports of this machine are free, asked before anything is started on them."""

from __future__ import annotations

import contextlib
import errno
import socket

HOST = "127.0.0.1"


class PortRefused(Exception):
    """The port cannot be had; the message is the reason, without the remedy."""


class PortTaken(PortRefused):
    """Another program listens there."""


def number(text: str) -> int:
    """Raises PortRefused for what is no port number."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise PortRefused(f"A port is a number from 1 to 65535, and {text!r} is not one")
    return int(text)


def check(port: int) -> None:
    """Raises PortRefused when a server on HOST could not have `port`."""
    # macOS lets a second server bind beside one that holds the port on all addresses.
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
        raise PortTaken(f"Port {port} is taken")
    with socket.socket() as probe:
        # As servers do: a connection that is merely winding down does not hold the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno == errno.EACCES:
                raise PortRefused(f"Port {port} is reserved for the system") from None
            raise PortTaken(f"Port {port} is taken") from None


def free_near(preferred: int) -> int:
    """`preferred` if it can be had, else any port that can."""
    with contextlib.suppress(PortRefused):
        check(number(str(preferred)))
        return preferred
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        found: int = probe.getsockname()[1]
        return found
