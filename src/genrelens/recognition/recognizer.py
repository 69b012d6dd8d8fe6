"""`Recognizer`: opens a recording, cuts excerpts, evaluates every member, and returns a prediction."""

from __future__ import annotations

import io
import os
import pickle
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from genrelens.audio import Excerpt, open_recording
from genrelens.bundle import Bundle, find_bundle, read_bundle
from genrelens.ensemble import apply_temperature, count_votes, mean_over_excerpts, prediction_set
from genrelens.evaluation.metrics import NO_ANSWER, predicted_genres
from genrelens.recognition.abstention import SILENT, UNDECIDED, why_unsure
from genrelens.recognition.compatibility import check_inputs
from genrelens.recognition.embedding import Embedder, Embedding, network_of, vector_input
from genrelens.recognition.inputs import InputComputer, inputs_of_excerpts
from genrelens.recognition.isolation import MEMORY_MB, IsolatedRecognizer
from genrelens.recognition.many import row_of, rows_of
from genrelens.recognition.members import Ensemble
from genrelens.recognition.networks import fetch_missing, networks_outside
from genrelens.recognition.pickling import load_pickled, origin_of
from genrelens.recognition.prediction import (
    DEFAULT_EXCERPTS,
    EMBEDDED,
    ExcerptAnswer,
    Failure,
    MemberAnswer,
    Options,
    Prediction,
)

Source = str | bytes | os.PathLike[str] | BinaryIO | io.BytesIO | tuple[NDArray[Any], int]
Scores = NDArray[np.float64]
ExcerptScores = tuple[tuple[float, float], Scores | None, Scores | None]
"""Start and end of an excerpt; the members' probabilities and the OOD scores, None where it is silent."""


class Recognizer:
    """A bundle, loaded once, that recognises as many recordings as one likes.

    Thread-safe: recordings may be recognised at the same time; in asyncio, `await asyncio.to_thread(
    lens.recognize, path)`.

    Args:
        model: the name of a bundle in the package, the path of a bundle file, or a bundle already read;
            None takes the environment variable GENRELENS_MODEL, or else `default`.
        excerpts: how many 30-s excerpts of a recording longer than 90 s are used, or `all`.
        always_answer: name a genre even where the recogniser would abstain; silence has none all the same.
        isolate: recognise in worker processes, so that a recording that hangs, crashes its decoder or needs
            too much memory is an error like others, and this process never decodes it; see
            `recognition.isolation`. Useful for files from unknown sources and for long runs; starting a
            process takes half a second.
        timeout_s: with `isolate`: seconds that one recording may take; None for no limit (a recording without
            progress for two minutes is given up in any case).
        memory_mb: with `isolate`: megabytes that a process may hold; None for no limit.
        fetch: download a network that is needed and not on this machine (`full` needs two), once and with a
            notice to the logger `genrelens`; False raises `EncoderError` instead.

    It can be pickled: another process loads the same bundle by its path and checksum, or, where a `Bundle`
    was given, gets its contents.

    Raises:
        BundleError: there is no such bundle, or it cannot be used.
        EncoderError: a network that the bundle needs is not on this machine and could not, or should not, be
            fetched.

    Example:
        >>> import numpy as np
        >>> lens = Recognizer()
        >>> noise = np.random.default_rng(0).normal(0, 0.1, 22050 * 3)
        >>> round(sum(lens.recognize((noise, 22050)).scores.values()), 6)
        1.0
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | Bundle | None = None,
        *,
        excerpts: int | Literal["all"] = DEFAULT_EXCERPTS,
        always_answer: bool = False,
        isolate: bool = False,
        timeout_s: float | None = None,
        memory_mb: int | None = MEMORY_MB,
        fetch: bool = True,
    ) -> None:
        if excerpts != "all" and (
            isinstance(excerpts, bool) or not isinstance(excerpts, int) or excerpts < 1
        ):
            raise ValueError(f"excerpts is a number from 1 on or 'all', not {excerpts!r}")
        self.bundle = model if isinstance(model, Bundle) else read_bundle(find_bundle(model))
        self.excerpts = excerpts
        self.always_answer = always_answer
        self._origin = None if isinstance(model, Bundle) else origin_of(self.bundle)
        self._settings: dict[str, Any] = {
            "excerpts": excerpts,
            "always_answer": always_answer,
            "isolate": isolate,
            "timeout_s": timeout_s,
            "memory_mb": memory_mb,
            "fetch": fetch,
        }
        manifest = self.bundle.manifest
        check_inputs(self.bundle)
        if fetch:
            fetch_missing(networks_outside(manifest), manifest.name)
        self._isolated: IsolatedRecognizer | None = None
        if isolate:
            self._isolated = IsolatedRecognizer(
                self.bundle,
                timeout_s=timeout_s,
                memory_mb=memory_mb,
                excerpts=excerpts,
                always_answer=always_answer,
                fetch=fetch,
            )
            return
        carried = {one.name: self.bundle.files[one.file] for one in manifest.encoders if one.file}
        self._inputs = InputComputer(manifest.input_names(), carried, manifest.conditioning)
        self._ensemble = Ensemble(self.bundle)
        self._embedder = Embedder(self.bundle, self.options)

    @property
    def genres(self) -> tuple[str, ...]:
        """The genres that this recogniser can predict."""
        return self.bundle.manifest.genres

    @property
    def options(self) -> Options:
        """The options of predictions, as in result rows."""
        return Options(self.excerpts, self.always_answer)

    def recognize(self, source: Source, name: str | None = None) -> Prediction:
        """Recognises one recording.

        Args:
            source: a path, a binary file object, or (samples, sample_rate) with samples (n,) or
                (n, channels).
            name: its name in the prediction, where the source has no name of its own.

        Raises:
            AudioError: the recording cannot be decoded; the message says why.
            TypeError: the source is none of these.
        """
        if self._isolated is not None:
            return self._isolated.recognize(source, name)
        with open_recording(source, name=name) as recording:
            excerpts: list[ExcerptScores] = []
            for excerpt, inputs in inputs_of_excerpts(recording, self._inputs, self.excerpts):
                if inputs is None:
                    excerpts.append((_place_of(excerpt), None, None))
                    continue
                scores = self._ensemble.probabilities(inputs), self._ensemble.ood_scores(inputs)
                excerpts.append((_place_of(excerpt), *scores))
            excerpts.sort(key=lambda one: one[0])  # those moved to where there is sound come last
            return self._prediction(recording.name, recording.duration_s, excerpts, list(recording.warnings))

    def recognize_many(
        self, sources: Iterable[Source], jobs: int = 1, ordered: bool = True
    ) -> Iterator[Prediction | Failure]:
        """Recognises many recordings, several at a time.

        Each result is yielded as soon as it and those before it are ready. A slow recording delays at most
        four times `jobs` others. Where the iteration ends early, unfinished recordings are cancelled at once.
        On Ctrl-C while it waits, it yields the results that are ready and raises `KeyboardInterrupt`.

        Args:
            sources: as `recognize` takes them; an endless iterator is fine.
            jobs: how many are recognised at the same time: in threads, or in processes with `isolate`.
            ordered: in the order of `sources`; otherwise each as soon as it is ready.

        Yields:
            A `Prediction` each, or a `Failure` where a recording could not be recognised; both have `path`,
            `genre` and `status`. An error in genrelens itself is a `Failure` of the kind `InternalError`.

        Raises:
            TypeError: `sources` is one recording instead of several, or one of them is no source.
        """
        if self._isolated is not None:
            return self._isolated.recognize_many(sources, jobs, ordered)
        return rows_of(self, "recognize", sources, jobs, ordered)

    def recognize_or_fail(self, source: Source, name: str | None = None) -> Prediction | Failure:
        """Recognises one recording; returns a `Failure` where it cannot be. For pools of your own.

        Raises:
            GenreLensError: what has nothing to do with the recording.
        """
        row: Prediction | Failure = row_of(self, "recognize", source, name)
        return row

    def embed(self, source: Source, name: str = EMBEDDED, *, path: str | None = None) -> Embedding:
        """One vector for a recording, preprocessed as in recognition: the mean over its excerpts with sound.

        Args:
            source: as `recognize` takes it.
            name: which input: `musicnn`, `fcn`, `mn04`, `choi2017` (their embeddings), `ENCODER/layers`,
                `ENCODER/tags`, `averaged` (the means of the paper's nine features), `signal` (statistics).
            path: the name of the recording in the result, where it has no name of its own.

        Raises:
            AudioError: the recording cannot be decoded, or is silent; the message says why.
            InputError: no vector has that name.
            EncoderError: the network is not on this machine and could not, or should not, be fetched.
            TypeError: the source is no recording.

        Example:
            >>> import numpy as np
            >>> noise = np.random.default_rng(0).normal(0, 0.1, 22050 * 3)
            >>> Recognizer().embed((noise, 22050)).vector.shape
            (200,)
        """
        name = self._vector_input(name)
        if self._isolated is not None:
            return self._isolated.embed(source, name, path=path)
        with open_recording(source, name=path) as recording:
            return self._embedder(recording, name)

    def embed_or_fail(
        self, source: Source, name: str = EMBEDDED, *, path: str | None = None
    ) -> Embedding | Failure:
        """The embedding of one recording; a `Failure` where there is none. For pools of your own.

        Raises:
            GenreLensError: what has nothing to do with the recording.
        """
        row: Embedding | Failure = row_of(self, "embed", source, path, name=name)
        return row

    def embed_many(
        self, sources: Iterable[Source], name: str = EMBEDDED, jobs: int = 1, ordered: bool = True
    ) -> Iterator[Embedding | Failure]:
        """The embeddings of many recordings, several at a time; otherwise as `recognize_many`.

        Args:
            sources: as `recognize` takes them; an endless iterator is fine.
            name: which input, as for `embed`.
            jobs: how many are computed at the same time.
            ordered: in the order of `sources`; otherwise each as soon as it is ready.

        Raises:
            InputError: no vector has that name.
            EncoderError: the network is not on this machine and could not, or should not, be fetched.
            TypeError: `sources` is one recording instead of several, or one of them is no source.
        """
        name = self._vector_input(name)
        if self._isolated is not None:
            return self._isolated.embed_many(sources, name, jobs, ordered)
        self._embedder.computer(name)
        return rows_of(self, "embed", sources, jobs, ordered, name=name)

    def _vector_input(self, name: str) -> str:
        full = vector_input(name)
        if self._settings["fetch"]:
            fetch_missing(network_of(full, self.bundle.manifest), full)
        return full

    def __reduce__(self) -> tuple[Any, ...]:
        origin = self._origin or pickle.dumps(self.bundle)
        return load_pickled, (type(self), origin, tuple(self._settings.items()))

    def _prediction(
        self,
        name: str,
        duration_s: float,
        excerpts: list[ExcerptScores],
        warnings: list[str],
    ) -> Prediction:
        manifest, genres = self.bundle.manifest, self.genres
        answers = tuple(self._excerpt_answer(place, rows) for place, rows, _ in excerpts)
        sounding = [rows for _, rows, _ in excerpts if rows is not None]
        if not sounding:
            return self._prediction_for_silence(name, duration_s, answers, warnings)
        probabilities = np.stack(sounding)
        fused = manifest.combination(probabilities)
        scores = apply_temperature(fused, manifest.temperature)
        # as in cross-validation fused scores decide: calibration may round a last digit's difference away
        confidence, best = float(scores.max()), int(predicted_genres(fused))
        likeliest = None if best == NO_ANSWER else genres[best]
        ood_scores = np.mean([scores for _, _, scores in excerpts if scores is not None], axis=0)
        ood_reasons = [
            detector.reason
            for detector, score in zip(manifest.detectors, ood_scores, strict=True)
            if score > detector.threshold
        ]
        reason = why_unsure(confidence, manifest.answer_threshold, ood_reasons) if likeliest else UNDECIDED
        warnings += [f"foreign: {reason}" for reason in ood_reasons]
        chosen = prediction_set(scores, manifest.set_threshold)
        votes = count_votes(probabilities.reshape(-1, len(genres)))
        by_member = mean_over_excerpts(probabilities, np.zeros(len(probabilities), np.intp), 1)[0]
        return Prediction(
            path=name,
            genre=likeliest if reason is None or self.always_answer else None,
            confidence=confidence,
            scores={genres[i]: float(scores[i]) for i in np.lexsort((-fused, -scores))},
            prediction_set=tuple(genres[i] for i in chosen),
            votes={genres[i]: int(votes[i]) for i in np.argsort(-votes, kind="stable") if votes[i]},
            duration_s=duration_s,
            excerpts=answers,
            bundle=self.bundle.identity,
            likeliest=likeliest,
            unsure=reason is not None,
            reason=reason,
            threshold=manifest.answer_threshold,
            options=self.options,
            warnings=tuple(warnings),
            members=tuple(
                MemberAnswer(member.name, genres[int(row.argmax())], float(row.max()))
                for member, row in zip(manifest.members, by_member, strict=True)
            ),
        )

    def _excerpt_answer(self, place: tuple[float, float], probabilities: Scores | None) -> ExcerptAnswer:
        if probabilities is None:
            return ExcerptAnswer(*place, genre=None, confidence=0.0)
        manifest = self.bundle.manifest
        fused = manifest.combination(probabilities[np.newaxis])
        scores, best = apply_temperature(fused, manifest.temperature), int(fused.argmax())
        named = {genre: float(score) for genre, score in zip(self.genres, scores, strict=True)}
        return ExcerptAnswer(*place, self.genres[best], float(scores[best]), named)

    def _prediction_for_silence(
        self, name: str, duration_s: float, excerpts: tuple[ExcerptAnswer, ...], warnings: list[str]
    ) -> Prediction:
        even = 1.0 / len(self.genres)
        return Prediction(
            path=name,
            genre=None,
            confidence=even,
            scores=dict.fromkeys(self.genres, even),
            prediction_set=self.genres,
            votes={},
            duration_s=duration_s,
            excerpts=excerpts,
            bundle=self.bundle.identity,
            likeliest=None,
            unsure=True,
            reason=SILENT,
            threshold=self.bundle.manifest.answer_threshold,
            options=self.options,
            warnings=tuple(warnings),
        )


def recognize(source: Source, model: str | os.PathLike[str] | None = None) -> Prediction:
    """Recognises one recording with a bundle that stays loaded between calls.

    Args:
        source: a path, a binary file object, or (samples, sample_rate).
        model: as for `Recognizer`.

    Raises:
        AudioError: the recording cannot be decoded.
        BundleError: the bundle cannot be used.
    """
    path = find_bundle(model).resolve()
    return _loaded(path, path.stat().st_mtime_ns).recognize(source)


@lru_cache(maxsize=2)
def _loaded(path: Path, modified_ns: int) -> Recognizer:
    return Recognizer(path)


def _place_of(excerpt: Excerpt) -> tuple[float, float]:
    return excerpt.start_s, excerpt.end_s
