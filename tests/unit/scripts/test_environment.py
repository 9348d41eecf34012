from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scripts import environment

RUNTIME = """\
django==5.2.19 \\
    --hash=sha256:aa
redis==8.1.0 ; sys_platform == 'linux' \\
    --hash=sha256:bb
"""
DEV = RUNTIME + "pytest==9.2.0 \\\n    --hash=sha256:cc\n"


@pytest.fixture
def checkout(tmp_path: Path) -> environment.Environment:
    made = environment.Environment(root=tmp_path, log=tmp_path / "install.log")
    made.folder.mkdir()
    made.lock("runtime").write_text(RUNTIME)
    made.lock("dev").write_text(DEV)
    return made


def installed(checkout: environment.Environment, kind: str) -> None:
    checkout.stamp.write_text(environment.fingerprint(checkout.lock(kind)) + "\n")


def test_nothing_installed_satisfies_nothing(checkout: environment.Environment) -> None:
    assert not environment.is_satisfied(checkout, "runtime")


def test_what_was_installed_completely_is_not_installed_again(
    checkout: environment.Environment,
) -> None:
    installed(checkout, "runtime")
    assert environment.is_satisfied(checkout, "runtime")
    assert not environment.is_satisfied(checkout, "dev")


def test_a_development_environment_runs_homologa_too(checkout: environment.Environment) -> None:
    installed(checkout, "dev")
    assert environment.is_satisfied(checkout, "runtime")


def test_a_development_environment_with_other_versions_does_not(
    checkout: environment.Environment,
) -> None:
    installed(checkout, "dev")
    checkout.lock("runtime").write_text(RUNTIME.replace("8.1.0", "8.2.0"))
    assert not environment.is_satisfied(checkout, "runtime")


def test_a_changed_lock_is_installed_anew(checkout: environment.Environment) -> None:
    installed(checkout, "dev")
    checkout.lock("dev").write_text(DEV + "ruff==0.17.5 \\\n    --hash=sha256:dd\n")
    assert not environment.is_satisfied(checkout, "dev")


def test_an_install_that_fails_leaves_no_stamp(
    checkout: environment.Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(checkout, "runtime")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(environment, "run_logged", interrupted)
    with pytest.raises(KeyboardInterrupt):
        environment.install(checkout, "runtime")
    assert not environment.is_satisfied(checkout, "runtime")


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("Retrying after connection broken by 'NewConnectionError(…)'", "check the network"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "not the one that the lock file names"),
        ("error: something new", "the reason is at the end of"),
    ],
)
def test_a_failed_install_says_what_to_do_and_where_the_details_are(
    output: str, sentence: str
) -> None:
    advice = environment.advice(output, Path("var/logs/install.log"))
    assert sentence in advice
    assert "var/logs/install.log" in advice
    assert "\n" not in advice


def test_without_the_venv_module_the_needed_package_is_named(
    checkout: environment.Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "find_spec", lambda name: None)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    with pytest.raises(environment.CannotMakeEnvironment, match=f"python{version}-venv"):
        environment.make_interpreter(checkout)


@pytest.mark.processes
def test_a_machine_without_python_gets_one_sentence(tmp_path: Path) -> None:
    script = Path(environment.__file__).with_name("environment.sh")
    done = subprocess.run(
        ["/bin/sh", str(script)], env={"PATH": str(tmp_path)}, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stderr.startswith("Homologa needs Python 3.11 or newer and found none")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.processes
def test_a_python_that_is_too_old_is_passed_over(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    script = Path(environment.__file__).with_name("environment.sh")
    done = subprocess.run(
        ["/bin/sh", str(script)], env={"PATH": str(tmp_path)}, capture_output=True, text=True
    )
    assert done.returncode == 2
