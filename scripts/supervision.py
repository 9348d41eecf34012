"""Keeps programs running until a stop is requested."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from . import processes

STABLE_SECONDS = 60.0
MAX_WAIT_SECONDS = 30.0


class Stopped(Exception):
    """A stop was requested: Ctrl-C, SIGTERM, or a closed terminal."""


class StartFailed(Exception):
    """A program did not start. The message holds the end of its log."""


class StopRequests:
    """Counts stop signals instead of acting on them, so that none interrupts a start or a stop.

    The count is checked between steps. From the second signal on, programs are killed at once.
    """

    def __init__(self) -> None:
        self.count = 0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._count)

    def _count(self, *_: object) -> None:
        self.count += 1

    def hurry(self) -> bool:
        return self.count > 1

    def wait(self, seconds: float) -> None:
        """Sleeps. Raises Stopped as soon as a stop is requested."""
        deadline = time.monotonic() + seconds
        while True:
            if self.count:
                raise Stopped
            left = deadline - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, 0.1))

    def wait_for(self, process: subprocess.Popen[bytes]) -> int:
        """Waits and returns the exit code. Raises Stopped."""
        while process.poll() is None:
            self.wait(0.1)
        return process.returncode


@dataclass(frozen=True)
class Program:
    """How one program is started, and how its readiness is checked.

    ready:    called with the log so far; returns whether the program is ready
    patience: the longest wait for it, in seconds
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
    """Starts programs, restarts those that end, and stops all of them.

    changed: called with pid -> identity of all programs whenever a program is started
    say:     called with each line for the user
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
            self._report_changed()
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
        """Restarts programs that have ended, after growing intervals of up to 30 s."""
        now = time.monotonic()
        for child in self._children:
            if child.due is not None and now >= child.due:
                child.process, child.started, child.due = self._launch(child.program), now, None
                self._report_changed()
            elif child.due is None and child.process.poll() is not None:
                child.failures = 0 if now - child.started > STABLE_SECONDS else child.failures + 1
                pause = min(2.0**child.failures, MAX_WAIT_SECONDS)
                child.due = now + pause
                self._say(
                    f"{child.program.name} ended ({_ending(child.process.returncode)}) and starts "
                    f"again in {pause:.0f} s; why: {self.log(child.program.name)}"
                )

    def stop(self) -> None:
        """Stops all programs, the last started first."""
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

    def _report_changed(self) -> None:
        pids = [child.process.pid for child in self._children]
        self._changed({pid: processes.identity(pid) for pid in pids})


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
