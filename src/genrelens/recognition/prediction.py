"""The prediction for one recording, and the failure where there is none."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Literal

from genrelens.errors import AudioError
from genrelens.recognition.html import html_of_failure, html_of_prediction
from genrelens.recognition.read_only import ReadOnlyDict

RESULT_SCHEMA = 2

DEFAULT_EXCERPTS = 3

EMBEDDED = "musicnn"
"""The input of an embedding, unless another is named."""


@dataclass(frozen=True)
class Options:
    """The options of a prediction, which change it for the same recording and bundle.

    Attributes:
        excerpts: how many 30-s excerpts of a long recording were decoded, or `all`.
        always_answer: whether a genre is named even where the recogniser is unsure.
    """

    excerpts: int | Literal["all"] = DEFAULT_EXCERPTS
    always_answer: bool = False

    def to_dict(self) -> dict[str, Any]:
        """As in a result row."""
        return {"excerpts": self.excerpts, "always_answer": self.always_answer}


@dataclass(frozen=True)
class ExcerptAnswer:
    """The prediction for one excerpt.

    Attributes:
        start_s: where it begins in the recording, in seconds.
        end_s: where it ends.
        genre: the likeliest genre; None where the excerpt is silent.
        confidence: its calibrated probability; 0 where the excerpt is silent.
        scores: genre -> calibrated probability; empty where the excerpt is silent.
    """

    start_s: float
    end_s: float
    genre: str | None
    confidence: float
    scores: dict[str, float] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        _freeze(self)


@dataclass(frozen=True)
class MemberAnswer:
    """The prediction of one member for the whole recording: a genre and its uncalibrated probability.

    Both are from the mean over the excerpts with sound, which is the input of the fusion.
    """

    name: str
    genre: str
    probability: float


@dataclass(frozen=True)
class Prediction:
    """The prediction of a recogniser for one recording.

    It cannot be changed, so it can be hashed, put into sets and shared by threads. Predictions with equal
    contents are equal. It can be pickled. Notebooks show it as a small table.

    Attributes:
        path: the recording, as given.
        genre: None when the recogniser abstains. Silence has no genre, also with `always_answer`.
        confidence: the calibrated probability of the likeliest genre, in [0, 1].
        scores: genre -> calibrated probability, all genres, summing to 1, likeliest first.
        prediction_set: the genres that belong together at the bundle's coverage, likeliest first.
        votes: genre -> number of excerpts for which a member predicts it, summed over members, most first,
            genres without votes left out. It shows how far members and excerpts agree. The rule `majority`
            counts something else: one vote of each member, in `members`.
        duration_s: of the recording.
        excerpts: the parts that were decoded, in the order of time, with the prediction for each.
        bundle: name and first digits of the checksum of the bundle.
        likeliest: the genre of the highest score, also where `genre` is None; None where all is silent, or
            all genres are equally likely.
        unsure: whether the recogniser abstains, or would abstain without `always_answer`.
        reason: one sentence with the reasons why it is unsure; None where it is sure.
        threshold: the confidence from which this bundle names a genre, in [0, 1].
        options: the options of the prediction.
        warnings: problems found in the recording.
        members: the genre that each member predicts.
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
    likeliest: str | None
    unsure: bool
    reason: str | None
    threshold: float
    options: Options
    warnings: tuple[str, ...] = ()
    members: tuple[MemberAnswer, ...] = ()
    status: ClassVar[Literal["ok"]] = "ok"

    def __post_init__(self) -> None:
        _freeze(self)

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
            "likeliest": self.likeliest,
            "confidence": round(self.confidence, 6),
            "threshold": round(self.threshold, 6),
            "unsure": self.unsure,
            "reason": self.reason,
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
            "options": self.options.to_dict(),
            "warnings": list(self.warnings),
        }

    def _repr_html_(self) -> str:
        return html_of_prediction(self)


@dataclass(frozen=True, eq=False)
class Failure:
    """A recording that could not be recognised; it takes the place of the prediction.

    It has `path`, `genre` and `status`, as a `Prediction`. Failures with equal contents are equal.

    Attributes:
        path: the recording, as given.
        genre: None.
        error: why, and what to do; may be raised.
        bundle: name and first digits of the checksum of the bundle.
        options: the options of the call.
    """

    path: str
    error: AudioError
    bundle: str
    options: Options
    genre: ClassVar[None] = None
    status: ClassVar[Literal["error"]] = "error"

    def to_dict(self) -> dict[str, Any]:
        """The result row, as JSON writers take it."""
        return {
            "schema": RESULT_SCHEMA,
            "path": self.path,
            "status": self.status,
            "error": {"kind": self.error.kind, "message": str(self.error)},
            "bundle": self.bundle,
            "options": self.options.to_dict(),
        }

    def __eq__(self, other: object) -> bool:
        return self._content == other._content if isinstance(other, Failure) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._content)

    @property
    def _content(self) -> tuple[Any, ...]:
        """All that is compared; the exception as text, because exceptions equal only themselves."""
        return self.path, self.error.kind, str(self.error), self.bundle, self.options

    def _repr_html_(self) -> str:
        return html_of_failure(self)


def _freeze(answer: Prediction | ExcerptAnswer) -> None:
    for one in fields(answer):
        value = getattr(answer, one.name)
        if isinstance(value, dict):
            object.__setattr__(answer, one.name, ReadOnlyDict(value))
