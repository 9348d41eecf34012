from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from scripts import processes
from scripts.supervision import Program, StartFailed, Stopped, StopRequests, Supervisor

pytestmark = pytest.mark.processes


class Harness:
    """A supervisor whose words and records are kept, to be asserted."""

    def __init__(self, logs: Path) -> None:
        self.requests = StopRequests()
        self.said: list[str] = []
        self.records: list[Mapping[int, str | None]] = []
        self.supervisor = Supervisor(
            logs, self.requests, say=self.said.append, changed=self.records.append
        )

    @property
    def pids(self) -> list[int]:
        return list(self.records[-1])


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    made = Harness(tmp_path)
    yield made
    made.requests.count = 2
    made.supervisor.stop()
    for number, handler in before.items():
        signal.signal(number, handler)


def python(name: str, code: str, ready: Callable[[str], bool] | None = None) -> Program:
    ready = ready or (lambda log: "up" in log)
    return Program(name, [sys.executable, "-uc", code], dict(os.environ), ready, patience=60)


def sleeper(name: str) -> Program:
    return python(name, "import time; print('up'); time.sleep(60)")


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_program_is_waited_for_until_it_is_ready(harness: Harness) -> None:
    late = python("late", "import time; time.sleep(0.3); print('up'); time.sleep(60)")
    harness.supervisor.start(late)
    assert "up" in harness.supervisor.log("late").read_text()


def test_a_program_that_dies_at_its_start_is_reported_with_the_end_of_its_log(
    harness: Harness,
) -> None:
    dying = python("dying", "import sys; print('no room'); sys.exit(3)", lambda log: False)
    with pytest.raises(StartFailed, match=r"dying did not start \(exit code 3\)[\s\S]*no room"):
        harness.supervisor.start(dying)


def test_a_program_that_never_gets_ready_is_given_up(harness: Harness) -> None:
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    slow = Program("slow", command, dict(os.environ), lambda log: False, patience=0.3)
    with pytest.raises(StartFailed, match="slow was not ready after 0 s"):
        harness.supervisor.start(slow)


def test_a_failing_step_is_reported_with_its_exit_code(harness: Harness) -> None:
    command = [sys.executable, "-c", "raise SystemExit('the table is missing')"]
    with pytest.raises(StartFailed, match=r"migrate failed \(exit code 1\)[\s\S]*table is missing"):
        harness.supervisor.step("migrate", command, dict(os.environ))


def test_a_program_that_dies_later_is_started_again_and_one_line_says_so(harness: Harness) -> None:
    harness.supervisor.start(sleeper("worker"))
    (first,) = harness.pids
    os.killpg(first, signal.SIGKILL)
    until(lambda: processes.identity(first) is None)

    harness.supervisor.watch()
    harness.supervisor.watch()
    assert harness.pids == [first], "it is not started again at once, nor told twice"
    (line,) = harness.said
    assert "worker ended (killed by SIGKILL) and starts again in 2 s" in line

    def started_again() -> bool:
        harness.supervisor.watch()
        return harness.pids != [first]

    until(started_again)
    assert processes.identity(harness.pids[0]) is not None


def test_the_last_started_is_stopped_first_and_nothing_is_left(
    harness: Harness, tmp_path: Path
) -> None:
    order = tmp_path / "order"
    code = (
        "import signal, sys, time\n"
        "def end(*_):\n open({path!r}, 'a').write({name!r}); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end); print('up'); time.sleep(60)"
    )
    for name in ("broker ", "web "):
        harness.supervisor.start(python(name.strip(), code.format(path=str(order), name=name)))

    harness.supervisor.stop()

    assert order.read_text() == "web broker "
    assert [processes.identity(pid) for pid in harness.pids] == [None, None]


def test_what_a_program_started_itself_is_stopped_with_it(harness: Harness, tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print('up', child.pid); time.sleep(60)"
    )
    harness.supervisor.start(python("parent", code))
    grandchild = int(harness.supervisor.log("parent").read_text().split()[1])
    assert processes.identity(grandchild) is not None

    harness.supervisor.stop()

    until(lambda: processes.identity(grandchild) is None)


def test_a_second_request_kills_what_does_not_want_to_end(harness: Harness) -> None:
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up'); time.sleep(60)"
    harness.supervisor.start(python("deaf", code))
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGINT)
    started = time.monotonic()

    harness.supervisor.stop()

    assert time.monotonic() - started < 14, "the grace of 15 s was not waited for"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_wait(harness: Harness, number: signal.Signals) -> None:
    os.kill(os.getpid(), number)
    with pytest.raises(Stopped):
        harness.requests.wait(30)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of the death")
def test_a_launcher_killed_with_9_takes_its_programs_along(tmp_path: Path) -> None:
    root = Path(processes.__file__).parents[1]
    launcher = (
        f"import os, pathlib, sys, time; os.chdir({str(root)!r})\n"
        "from scripts import processes\n"
        "child = processes.start([sys.executable, '-c', 'import time; time.sleep(60)'], "
        f"pathlib.Path({str(tmp_path / 'child.log')!r}))\n"
        "print(child.pid); time.sleep(60)"
    )
    log = tmp_path / "launcher.log"
    process = processes.start([sys.executable, "-uc", launcher], log)
    until(lambda: log.read_text().endswith("\n"))
    child = int(log.read_text())
    assert processes.identity(child) is not None

    process.kill()
    process.wait()

    until(lambda: processes.identity(child) is None)
