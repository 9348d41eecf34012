"""The command: a port in use, an unreadable catalogue, and a clean stop."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from bedrock_simulator.__main__ import listen, main

COMMAND = [sys.executable, "-u", "-m", "bedrock_simulator"]


def test_a_taken_port_is_one_sentence_and_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 2
    said = capsys.readouterr().err
    assert f"cannot listen on 127.0.0.1:{port}" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "cannot read"), ("", "holds no model"), ("\n{}\n", "line 2: not a model entry")],
)
def test_a_bad_catalogue_is_named_by_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, message: str
) -> None:
    path = tmp_path / "models.jsonl"
    if content is not None:
        path.write_text(content)
    assert main(["--port", "0", "--catalogue", str(path)]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_at_once_even_with_a_client_waiting(number: signal.Signals) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([*COMMAND, "--port", str(port)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert str(port) in process.stdout.readline()
        rules = b'[{"fault": "hang"}]'
        url = f"http://127.0.0.1:{port}/_simulator/faults"
        urllib.request.urlopen(urllib.request.Request(url, rules, method="PUT"), timeout=60).close()
        with socket.create_connection(("127.0.0.1", port)) as waiting:
            waiting.sendall(
                b"POST /model/amazon.nova-lite-v1:0/converse HTTP/1.1\r\nHost: x\r\n"
                b"Authorization: AWS4 Credential=A/20260101/us-east-1/bedrock/aws4_request\r\n"
                b"Content-Length: 2\r\n\r\n{}"
            )
            process.send_signal(number)
            assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
