"""The answer for one recording, and the answer that could not be given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from genrelens.errors import AudioError

RESULT_SCHEMA = 1


@dataclass(frozen=True)
class ExcerptAnswer:
    """What was heard in one excerpt.

    Attributes:
        start_s: where it begins in the recording, in seconds.
        end_s: where it ends.
        genre: the likeliest genre; None where the excerpt is silent.
        confidence: its calibrated probability, 0 where there is none.
        scores: genre -> calibrated probability; empty where the excerpt is silent.
    """

    start_s: float
    end_s: float
    genre: str | None
    confidence: float
    scores: dict[str, float] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class MemberAnswer:
    """What one member says of the whole recording: its genre and its own, uncalibrated probability."""

    name: str
    genre: str
    probability: float


@dataclass(frozen=True)
class Prediction:
    """What a lens hears in one recording.

    Attributes:
        path: the recording as it was named.
        genre: None when the lens abstains.
        confidence: the calibrated probability of the likeliest genre, in [0, 1].
        scores: genre -> calibrated probability, all genres, summing to 1, likeliest first.
        prediction_set: the genres that belong together at the bundle's coverage, likeliest first.
        votes: genre -> votes of members and excerpts, most first, genres without votes left out.
        duration_s: of the recording.
        excerpts: what was heard, in the order of time.
        bundle: name and first digits of the checksum of the bundle.
        warnings: what was odd about the recording, or why the lens abstains.
        members: what each member says.
    """

    path: str
    genre: str | None
    confidence: float
    scores: dict[str, float]
    prediction_set: tuple[str, ...]
    votes: dict[str, int]
    duration_s: float
    excerpts: tuple[ExcerptAnswer, ...]
    bundle: str
    warnings: tuple[str, ...] = ()
    members: tuple[MemberAnswer, ...] = ()
    status: ClassVar[str] = "ok"

    @property
    def timeline(self) -> list[tuple[float, float, str | None, float]]:
        """(start, end, genre, confidence) of each excerpt, in seconds."""
        return [(one.start_s, one.end_s, one.genre, one.confidence) for one in self.excerpts]

    def to_dict(self) -> dict[str, Any]:
        """The result row, as JSON writers take it."""
        return {
            "schema": RESULT_SCHEMA,
            "path": self.path,
            "status": self.status,
            "genre": self.genre,
            "confidence": round(self.confidence, 6),
            "scores": {genre: round(score, 6) for genre, score in self.scores.items()},
            "prediction_set": list(self.prediction_set),
            "votes": dict(self.votes),
            "duration_s": round(self.duration_s, 3),
            "excerpts": [
                {
                    "start_s": round(one.start_s, 3),
                    "end_s": round(one.end_s, 3),
                    "genre": one.genre,
                    "confidence": round(one.confidence, 6),
                }
                for one in self.excerpts
            ],
            "members": [
                {"name": one.name, "genre": one.genre, "probability": round(one.probability, 6)}
                for one in self.members
            ],
            "bundle": self.bundle,
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True)
class Failure:
    """A recording that could not be recognised.

    Attributes:
        path: the recording as it was named.
        error: why, and what helps.
        bundle: name and first digits of the checksum of the bundle.
    """

    path: str
    error: AudioError
    bundle: str
    status: ClassVar[str] = "error"

    def to_dict(self) -> dict[str, Any]:
        """The result row, as JSON writers take it."""
        return {
            "schema": RESULT_SCHEMA,
            "path": self.path,
            "status": self.status,
            "error": {"kind": self.error.kind, "message": str(self.error)},
            "bundle": self.bundle,
        }
