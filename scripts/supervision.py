"""Keeps a handful of programs running until someone asks for the end."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from . import processes

STEADY_SECONDS = 60.0
LONGEST_WAIT_SECONDS = 30.0


class Stopped(Exception):
    """Someone asked for the end: Ctrl-C, SIGTERM, or a closed terminal."""


class StartFailed(Exception):
    """A program did not come up; the message holds the end of its log."""


class StopRequests:
    """Counts what asks us to end, so that no signal cuts a start or a stop in half.

    Signals are looked at between two steps. From the second on, a stop no longer waits.
    """

    def __init__(self) -> None:
        self.count = 0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note)

    def _note(self, *_: object) -> None:
        self.count += 1

    def hurry(self) -> bool:
        return self.count > 1

    def wait(self, seconds: float) -> None:
        """Sleeps. Raises Stopped as soon as the end is asked for."""
        deadline = time.monotonic() + seconds
        while True:
            if self.count:
                raise Stopped
            left = deadline - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, 0.1))

    def wait_for(self, process: subprocess.Popen[bytes]) -> int:
        """The exit code of `process`. Raises Stopped."""
        while process.poll() is None:
            self.wait(0.1)
        return process.returncode


@dataclass(frozen=True)
class Program:
    """How one program is started, and how it is known to be up.

    `ready` is given what the program has written so far. `patience` (s) bounds the wait for it.
    """

    name: str
    command: Sequence[str]
    variables: Mapping[str, str]
    ready: Callable[[str], bool] = lambda _: True
    patience: float = 60.0


@dataclass
class _Child:
    program: Program
    process: subprocess.Popen[bytes]
    log_start: int
    started: float = field(default_factory=time.monotonic)
    failures: int = 0
    due: float | None = None


class Supervisor:
    """Starts programs, starts again those that die, and stops all of them.

    `changed` is told the identity of all running programs whenever they change, `say` gets one
    line for each thing that a person should know.
    """

    def __init__(
        self,
        logs: Path,
        requests: StopRequests,
        *,
        say: Callable[[str], None],
        changed: Callable[[Mapping[int, str | None]], None],
    ) -> None:
        self._logs = logs
        self._requests = requests
        self._say = say
        self._changed = changed
        self._children: list[_Child] = []

    def log(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def start(self, *programs: Program) -> None:
        """Starts the programs together and waits until each is ready.

        Raises StartFailed and Stopped.
        """
        begun = []
        for program in programs:
            self.log(program.name).write_bytes(b"")
            child = _Child(program, self._launch(program), log_start=0)
            self._children.append(child)
            begun.append(child)
            self._tell_changed()
        for child in begun:
            self._wait_until_ready(child)

    def step(self, name: str, command: Sequence[str], variables: Mapping[str, str]) -> str:
        """Runs a command that ends, and returns what it wrote to its log.

        Raises StartFailed when it fails, and Stopped.
        """
        log = self.log(name)
        log.write_bytes(b"")
        process = processes.start(command, log, environment=variables)
        try:
            code = self._requests.wait_for(process)
        except Stopped:
            processes.stop(process, hurry=self._requests.hurry)
            raise
        if code:
            raise StartFailed(self._report(name, f"failed ({_ending(code)})"))
        return log.read_text(errors="replace")

    def watch(self) -> None:
        """Starts again what has died, at growing intervals while it keeps dying."""
        now = time.monotonic()
        for child in self._children:
            if child.due is not None and now >= child.due:
                child.process, child.started, child.due = self._launch(child.program), now, None
                self._tell_changed()
            elif child.due is None and child.process.poll() is not None:
                child.failures = 0 if now - child.started > STEADY_SECONDS else child.failures + 1
                pause = min(2.0**child.failures, LONGEST_WAIT_SECONDS)
                child.due = now + pause
                self._say(
                    f"{child.program.name} ended ({_ending(child.process.returncode)}) and starts "
                    f"again in {pause:.0f} s; why: {self.log(child.program.name)}"
                )

    def stop(self) -> None:
        """Stops everything, the last started first."""
        while self._children:
            processes.stop(self._children.pop().process, hurry=self._requests.hurry)

    def _launch(self, program: Program) -> subprocess.Popen[bytes]:
        log = self.log(program.name)
        return processes.start(program.command, log, environment=program.variables)

    def _wait_until_ready(self, child: _Child) -> None:
        program, log = child.program, self.log(child.program.name)
        deadline = time.monotonic() + program.patience
        while True:
            code = child.process.poll()
            if code is not None:
                raise StartFailed(self._report(program.name, f"did not start ({_ending(code)})"))
            if program.ready(log.read_text(errors="replace")):
                return
            if time.monotonic() > deadline:
                late = f"was not ready after {program.patience:.0f} s"
                raise StartFailed(self._report(program.name, late))
            self._requests.wait(0.1)

    def _report(self, name: str, what: str) -> str:
        log = self.log(name)
        return f"{name} {what}. The end of {log}:\n\n{processes.last_lines(log)}"

    def _tell_changed(self) -> None:
        pids = [child.process.pid for child in self._children]
        self._changed({pid: processes.identity(pid) for pid in pids})


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
