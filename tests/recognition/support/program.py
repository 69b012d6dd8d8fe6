"""A user's program that uses all of the public interface; `mypy --strict` must accept it."""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from genrelens import Embedding, Failure, Prediction, Recognizer, recognize
from genrelens.errors import AudioError, GenreLensError, InternalError


def genre_of(path: str) -> str | None:
    return recognize(path).genre


def described(answer: Prediction) -> str:
    best: str | None = answer.genre or answer.likeliest
    scores: dict[str, float] = answer.scores
    start_s, end_s, genre, confidence = answer.timeline[0]
    spoken = f"{start_s:.0f}-{end_s:.0f} {genre} {confidence:.2f}"
    members = [f"{one.name}: {one.genre} {one.probability:.2f}" for one in answer.members]
    return f"{best} {max(scores.values()):.2f} {answer.prediction_set} {answer.votes} {spoken} {len(members)}"


def genres(lens: Recognizer, paths: list[Path]) -> dict[str, str | None]:
    return {one.path: one.genre for one in lens.recognize_many(paths, jobs=2)}


def apart(answers: Iterator[Prediction | Failure]) -> tuple[list[Prediction], list[AudioError]]:
    good: list[Prediction] = []
    bad: list[AudioError] = []
    for one in answers:
        if one.status == "ok":
            good.append(one)
        else:
            bad.append(one.error)
    return good, bad


def vectors(lens: Recognizer, paths: list[Path]) -> tuple[npt.NDArray[np.float32], list[str]]:
    rows = list(lens.embed_many(paths, "musicnn", jobs=2))
    known = [row for row in rows if isinstance(row, Embedding)]
    return np.stack([row.vector for row in known]), [row.version for row in known]


async def later(lens: Recognizer, path: Path) -> Prediction:
    return await asyncio.to_thread(lens.recognize, path)


def main(paths: list[Path]) -> int:
    lens = Recognizer("default", excerpts=3, always_answer=False, fetch=False)
    print(genre_of(str(paths[0])))
    print(described(lens.recognize(paths[0])))
    print(lens.recognize(io.BytesIO(paths[0].read_bytes()), name="stream").path)
    print(lens.recognize((np.ones(44100, np.float32), 22050)).genre)
    print(len({lens.recognize(paths[0]), asyncio.run(later(lens, paths[0]))}))
    print(sorted(genres(lens, [*paths, Path("missing.mp3")]).items(), key=str))
    good, bad = apart(lens.recognize_many([*paths, Path("missing.mp3")]))
    print(
        len(good), [(one.kind, one.path) for one in bad], any(isinstance(one, InternalError) for one in bad)
    )
    embedding = lens.embed(paths[0], "musicnn")
    excerpts: npt.NDArray[np.float32] = embedding.excerpts
    print(embedding.vector.shape, excerpts.shape, embedding.start_s, embedding.name, embedding.duration_s > 1)
    print(vectors(lens, paths)[0].shape)
    try:
        lens.embed(paths[0], "mel")
    except GenreLensError as error:
        print(type(error).__name__)
    return 0


if __name__ == "__main__":
    sys.exit(main([Path(argument) for argument in sys.argv[1:]]))
