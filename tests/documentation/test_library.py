"""The page about the library: its very lines run, in their order, and give what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import soundfile

PAGE = (Path(__file__).parents[2] / "docs" / "library.md").read_text("utf-8")
CHECKS = """
    import genrelens
    assert [one.status for one in answers] == ["ok", "ok", "error", "error"]
    assert [one.path for one in good] == ["song.mp3", "song.flac"]
    assert bad == {"notes.txt": "NotAudio", "missing.mp3": "MissingFile"}
    assert embedding.vector.shape == (200,) and embedding.excerpts.shape == (1, 200)
    assert embedding.name == "musicnn/embedding"
    assert [one.status for one in embeddings] == ["ok", "ok", "error", "error"]
    assert asyncio.run(answer("song.mp3")) == lens.recognize("song.mp3")
    print("all is as the page says")
"""


def test_every_block_runs_after_the_one_before(tmp_path: Path, music: list[Path]) -> None:
    samples, rate = soundfile.read(next(path for path in music if path.suffix == ".wav"), stop=88200)
    for name in ("song.mp3", "song.flac"):
        soundfile.write(tmp_path / name, samples, rate)
    (tmp_path / "notes.txt").write_text("no music\n" * 99)
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 7
    *here, pool = blocks
    # processes import what starts them, so the blocks before stand below its guard, too
    lines = "\n".join(here).splitlines()
    guarded = "\n".join(f"    {line}" for line in lines)
    started = pool.replace('if __name__ == "__main__":\n', "")
    program = f'if __name__ == "__main__":\n{guarded}\n' + re.sub(
        r"^(?! )", "    ", started, flags=re.MULTILINE
    )
    (tmp_path / "page.py").write_text(program + CHECKS)
    ran = subprocess.run(
        [sys.executable, "page.py"],
        cwd=tmp_path,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.endswith("all is as the page says\n")
    assert "missing.mp3 error None" in ran.stdout


def test_the_table_of_inputs_names_what_there_is() -> None:
    from genrelens.encoders import ENCODERS

    for row in re.findall(r"^\| (`[^|]*) \| ([^|]*) \|", PAGE, re.MULTILINE):
        names, widths = re.findall(r"`([^`]*)`", row[0]), re.findall(r"\d+", row[1])
        for name, width in zip(names, widths, strict=False):
            network, _, output = name.partition("/")
            if network in ENCODERS:
                assert ENCODERS[network].outputs[output or "embedding"] == int(width)
            else:
                assert {"averaged": 358, "signal": 385}[name] == int(width)
