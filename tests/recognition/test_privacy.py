"""A prediction writes nothing outside our own cache and reaches for no network, in Python or in native code.

This file needs nothing but the base install, so that it also runs with the lowest versions.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MUSIC = Path(__file__).resolve().parents[2] / "examples" / "music"
SONG = min(MUSIC.glob("*.mp3"))
LIBRARY = f"import genrelens; assert genrelens.recognize({str(SONG)!r}).status == 'ok'"
COMMAND = f"from genrelens.cli.main import app; app(['predict', {str(SONG)!r}], standalone_mode=False)"
FEATURES = (
    "from genrelens.cli.main import app;"
    f"app(['features', {str(SONG)!r}, '--out', 'made'], standalone_mode=False)"
)
EMBED = (
    "from genrelens.cli.main import app;"
    f"app(['embed', {str(SONG)!r}, '--out', 'made.npz'], standalone_mode=False)"
)
WAYS = pytest.mark.parametrize(
    "code", [LIBRARY, COMMAND, FEATURES, EMBED], ids=["library", "predict", "features", "embed"]
)
REFUSE = """
import sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        raise SystemExit(f"NETWORK {event} {arguments}")
sys.addaudithook(refuse)
"""


def run(code: str, home: Path, *before: str) -> subprocess.CompletedProcess[str]:
    """Runs code in a fresh interpreter with an empty home, as a user without any of our settings."""
    kept = ("PATH", "LANG", "PYTHONPATH", "LD_LIBRARY_PATH", "SYSTEMROOT")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment |= {"HOME": str(home), "TMPDIR": str(home / "tmp"), "PYTHONDONTWRITEBYTECODE": "1"}
    (home / "tmp").mkdir(parents=True, exist_ok=True)
    command = [*before, sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=home / "tmp")


def written(home: Path) -> list[str]:
    """What lies in the home that is no cache of ours and was not asked for."""
    files = [str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()]
    return [name for name in files if "genrelens" not in Path(name).parts and not name.startswith("tmp/made")]


@WAYS
def test_nothing_is_written_and_no_connection_is_tried_from_python(code: str, tmp_path: Path) -> None:
    ran = run(REFUSE + code, tmp_path)
    assert ran.returncode == 0, ran.stderr + ran.stdout
    assert "NETWORK" not in ran.stderr
    assert written(tmp_path) == []


def test_worker_processes_write_nothing_either(tmp_path: Path) -> None:
    code = (
        "import concurrent.futures as f, multiprocessing as m\n"
        "from genrelens import recognize\n"
        "pool = f.ProcessPoolExecutor(1, mp_context=m.get_context('spawn'))\n"
        f"assert pool.submit(recognize, {str(SONG)!r}).result().status == 'ok'\n"
        "pool.shutdown()"
    )
    ran = run(f"if __name__ == '__main__':\n    exec({code!r})", tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert written(tmp_path) == []


@WAYS
def test_a_prediction_needs_no_network(code: str, tmp_path: Path) -> None:
    alone = shutil.which("unshare")
    if alone is None or subprocess.run([alone, "-rn", "true"], capture_output=True).returncode:
        pytest.skip("this system does not let us start a program without a network (unshare -rn)")
    ran = run(code, tmp_path, alone, "-rn")
    assert ran.returncode == 0, ran.stderr
    assert written(tmp_path) == []


@WAYS
def test_native_code_opens_no_socket(code: str, tmp_path: Path) -> None:
    tracer = shutil.which("strace")
    log = tmp_path / "calls"
    arguments = ("-f", "-o", str(log), "-e", "trace=socket,connect,sendto,sendmsg,openat,open")
    if tracer is None or subprocess.run([tracer, *arguments, "true"], capture_output=True).returncode:
        pytest.skip("needs strace")
    home = tmp_path / "home"
    ran = run(code, home, tracer, *arguments)
    assert ran.returncode == 0, ran.stderr
    calls = log.read_text(errors="replace").splitlines()
    assert any(SONG.name in call for call in calls)
    assert not [call for call in calls if re.search(r"AF_INET|AF_NETLINK|resolv\.conf|/etc/hosts", call)]
    assert written(home) == []


def test_a_library_that_was_loaded_before_is_silenced_too(tmp_path: Path) -> None:
    code = (
        "import onnxruntime\n"
        "calls = []\n"
        "disable = getattr(onnxruntime, 'disable_telemetry_events', None)\n"
        "onnxruntime.disable_telemetry_events = lambda: calls.append(disable and disable())\n"
        f"{LIBRARY}\n"
        "assert len(calls) == 1"
    )
    ran = run(code, tmp_path)
    assert ran.returncode == 0, ran.stderr


def test_a_graph_that_cannot_run_leaves_standard_output_alone(tmp_path: Path) -> None:
    code = (
        "from genrelens.runtime import UnusableGraph, load_session\n"
        "from genrelens.graphs import Graph\n"
        "graph = Graph('none')\n"
        "x = graph.input('x', ('n', 3))\n"
        "graph.output(graph.node('NoSuchOperator', x), 'y', ('n', 3))\n"
        "for model in (b'', b'\\x08\\x08', b'text' * 100, graph.to_bytes()):\n"
        "    try:\n"
        "        load_session(model)\n"
        "    except UnusableGraph as error:\n"
        "        assert str(error) and '\\n' not in str(error)\n"
        "    else:\n"
        "        raise SystemExit('it ran')\n"
    )
    ran = run(code, tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == ""
    assert ran.stderr == ""
