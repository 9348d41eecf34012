"""Checks which local TCP ports are free before a server is started."""

from __future__ import annotations

import contextlib
import errno
import socket

HOST = "127.0.0.1"


class PortRefused(Exception):
    """The port cannot be used. The message is the reason, without advice."""


class PortTaken(PortRefused):
    """Another program listens on the port."""


def number(text: str) -> int:
    """Parses a port number. Raises PortRefused."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise PortRefused(f"A port is a number from 1 to 65535, and {text!r} is not one")
    return int(text)


def check(port: int) -> None:
    """Raises PortRefused if a server could not listen on HOST and `port`."""
    # macOS lets a server bind to HOST although another one listens on all addresses.
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
        raise PortTaken(f"Port {port} is taken")
    with socket.socket() as probe:
        # As servers do: a connection in TIME_WAIT does not block the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno == errno.EACCES:
                raise PortRefused(f"Port {port} is reserved for the system") from None
            raise PortTaken(f"Port {port} is taken") from None


def free_near(preferred: int) -> int:
    """Returns `preferred` if it is free, else another free port."""
    with contextlib.suppress(PortRefused):
        check(number(str(preferred)))
        return preferred
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        found: int = probe.getsockname()[1]
        return found
