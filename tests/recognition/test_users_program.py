"""A typed program against the installed package: it type-checks strictly, and it runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

PROGRAM = Path(__file__).parent / "support" / "program.py"
MISUSES = {
    "lens.recognize(3)": "arg-type",
    "lens.recognize('a.mp3').gender": "attr-defined",
    "recognize('a.mp3').genre.upper()": "union-attr",
    "lens.embed('a.mp3').vector.upper()": "attr-defined",
    "lens.recognize('a.mp3').genre = 'jazz'": "misc",
    "genrelens.nonesuch": "attr-defined",
}


def checked(program: Path, place: Path) -> subprocess.CompletedProcess[str]:
    """Where no setting of this project is found, as in a user's own."""
    pytest.importorskip("mypy", reason="needs mypy, of the dev extra")
    command = ["-m", "mypy", "--strict", "--config-file=", "--cache-dir", str(place / "cache"), program.name]
    return subprocess.run([sys.executable, *command], cwd=place, capture_output=True, text=True, check=False)


def test_a_strictly_typed_program_is_accepted_and_misuse_is_not(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM.read_text())
    fine = checked(tmp_path / "program.py", tmp_path)
    assert fine.returncode == 0, fine.stdout + fine.stderr
    lines = [
        "import genrelens",
        "from genrelens import Recognizer, recognize",
        "lens = Recognizer()",
        *MISUSES,
    ]
    (tmp_path / "misuse.py").write_text("\n".join(lines) + "\n")
    told = checked(tmp_path / "misuse.py", tmp_path).stdout
    for number, (line, code) in enumerate(MISUSES.items(), 4):
        assert f"misuse.py:{number}: error" in told, line
        assert f"[{code}]" in told, line


def test_the_program_runs(music: list[Path], tmp_path: Path) -> None:
    song = tmp_path / "song.wav"
    samples, rate = soundfile.read(next(path for path in music if path.suffix == ".wav"), stop=88200)
    soundfile.write(song, samples, rate)
    ran = subprocess.run(
        [sys.executable, str(PROGRAM), str(song)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert lines[2:5] == ["stream", "None", "1"]
    assert "('missing.mp3', None)" in lines[5]
    assert lines[6] == "1 [('MissingFile', 'missing.mp3')] False"
    assert lines[7].startswith("(200,) (1, 200) (0.0,) musicnn/embedding True")
    assert lines[8:] == ["(1, 200)", "InputError"]
