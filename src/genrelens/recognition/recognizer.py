"""The way of one recording: opened, cut into excerpts, heard by every member, answered."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from genrelens.audio import Excerpt, open_recording
from genrelens.bundle import Bundle, find_bundle, read_bundle
from genrelens.encoders import ENCODERS
from genrelens.ensemble import apply_temperature, count_votes, mean_over_excerpts, prediction_set
from genrelens.errors import (
    AudioError,
    BundleError,
    DecodeFailed,
    GenreLensError,
    TookTooMuchMemory,
    shown,
)
from genrelens.evaluation.metrics import NO_ANSWER, predicted_genres
from genrelens.processes.checkpoints import checkpoint
from genrelens.processes.gathering import LOOK_AHEAD, gathered
from genrelens.processes.limits import too_much_memory
from genrelens.processes.threads import Threads
from genrelens.recognition.abstention import SILENT, UNDECIDED, why_unsure
from genrelens.recognition.arguments import refuse_single
from genrelens.recognition.inputs import InputComputer, canonical_input, describe_input
from genrelens.recognition.isolation import MEMORY_MB, IsolatedRecognizer
from genrelens.recognition.members import Ensemble
from genrelens.recognition.prediction import (
    DEFAULT_EXCERPTS,
    ExcerptAnswer,
    Failure,
    MemberAnswer,
    Options,
    Prediction,
)
from genrelens.recognition.streams import failed, name_of, read_to_end, waits

Source = str | bytes | os.PathLike[str] | BinaryIO | io.BytesIO | tuple[NDArray[Any], int]
Scores = NDArray[np.float64]
Heard = tuple[tuple[float, float], Scores | None, Scores | None]

EXCERPT_S = 30.0


class Recognizer:
    """A bundle, loaded once, that hears as many recordings as one likes.

    Thread-safe: recordings may be recognised at the same time.

    Args:
        model: the name of a bundle in the package, the path of a bundle file, or a bundle already read;
            None takes the environment variable GENRELENS_MODEL, or else `default`.
        excerpts: how many 30-s excerpts of a recording longer than 90 s are heard, or `all`.
        always_answer: name a genre even where the lens would abstain.
        isolate: work in processes of their own, so that a recording that hangs, crashes its decoder or eats
            memory is an error like others, and this process never decodes it; see `recognition.isolation`.
            Worth it for files of strangers and runs of days; starting a process takes half a second.
        timeout_s: with `isolate`: seconds that one recording may take; None for as many as it needs while it
            goes on (a recording that stands still for two minutes is given up in any case).
        memory_mb: with `isolate`: megabytes that a process may hold; None for no limit.

    Raises:
        BundleError: there is no such bundle, or it cannot be used.
        EncoderError: a network that the bundle needs is nowhere to be found.

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
    ) -> None:
        if excerpts != "all" and (
            isinstance(excerpts, bool) or not isinstance(excerpts, int) or excerpts < 1
        ):
            raise ValueError(f"excerpts is a number from 1 on or 'all', not {excerpts!r}")
        self.bundle = model if isinstance(model, Bundle) else read_bundle(find_bundle(model))
        self.excerpts = excerpts
        self.always_answer = always_answer
        manifest = self.bundle.manifest
        _check_inputs(self.bundle)
        self._isolated: IsolatedRecognizer | None = None
        if isolate:
            self._isolated = IsolatedRecognizer(
                self.bundle,
                timeout_s=timeout_s,
                memory_mb=memory_mb,
                excerpts=excerpts,
                always_answer=always_answer,
            )
            return
        carried = {one.name: self.bundle.files[one.file] for one in manifest.encoders if one.file}
        self._inputs = InputComputer(manifest.input_names(), carried, manifest.conditioning)
        self._ensemble = Ensemble(self.bundle)

    @property
    def genres(self) -> tuple[str, ...]:
        """The genres that this recogniser can tell."""
        return self.bundle.manifest.genres

    @property
    def options(self) -> Options:
        """How answers are asked for, as result rows carry it."""
        return Options(self.excerpts, self.always_answer)

    def recognize(self, source: Source, name: str | None = None) -> Prediction:
        """Hears one recording.

        Args:
            source: a path, a binary file object, or (samples, sample_rate) with samples (n,) or
                (n, channels).
            name: what to call it in the answer, where the source has no name of its own.

        Raises:
            AudioError: the recording cannot be decoded; the message says why.
            TypeError: the source is none of these.
        """
        if self._isolated is not None:
            return self._isolated.recognize(source, name)
        with open_recording(source, name=name) as recording:
            heard: list[Heard] = []
            for excerpt in recording.excerpts(count=self.excerpts, length_s=EXCERPT_S):
                checkpoint()
                if excerpt.is_silent:
                    heard.append((_place_of(excerpt), None, None))
                    continue
                inputs = self._inputs(excerpt)
                said = self._ensemble.probabilities(inputs), self._ensemble.strangeness(inputs)
                heard.append((_place_of(excerpt), *said))
            heard.sort(key=lambda one: one[0])  # excerpts that were moved to where there is sound come last
            return self._answer(recording.name, recording.duration_s, heard, list(recording.warnings))

    def recognize_many(
        self, sources: Iterable[Source], jobs: int = 1, ordered: bool = True
    ) -> Iterator[Prediction | Failure]:
        """Recognises many recordings, several at a time.

        Each answer comes as soon as it is there and those before it are. A slow recording holds up at most
        four times `jobs` others. Where the iteration ends early, what is still in work is given up at once.
        When Ctrl-C comes while it waits, it yields the answers that are there and raises `KeyboardInterrupt`.

        Args:
            sources: as `recognize` takes them; an endless iterator is fine.
            jobs: how many are recognised at the same time: in threads, or in processes with `isolate`.
            ordered: in the order of `sources`; otherwise each as soon as it is there.

        Yields:
            A `Prediction` each, or a `Failure` where a recording could not be recognised.

        Raises:
            TypeError: `sources` is one recording instead of several, or one of them is no source.
        """
        refuse_single(sources)
        if self._isolated is not None:
            yield from self._isolated.recognize_many(sources, jobs, ordered)
            return
        if jobs <= 1:
            yield from map(self.recognize_or_fail, sources)
            return
        threads = Threads(jobs)

        def submit(source: Source) -> Future[Any]:
            if not waits(source):
                return threads.submit(self.recognize_or_fail, source)
            name = name_of(source)
            try:
                read = read_to_end(source, name)
            except AudioError as error:
                return failed(error, self.bundle.identity, self.options)
            future = threads.submit(partial(self.recognize_or_fail, name=name), read)
            future.add_done_callback(lambda _: read.close())
            return future

        def answer(source: Source, future: Future[Any]) -> Prediction | Failure:
            row: Prediction | Failure = future.result()
            return row

        try:
            yield from gathered(sources, submit, answer, threads.cancel, LOOK_AHEAD * jobs, ordered)
        finally:
            threads.close()

    def recognize_or_fail(self, source: Source, name: str | None = None) -> Prediction | Failure:
        """Recognises one recording; where it cannot be, that is the answer.

        Raises:
            GenreLensError: what has nothing to do with the recording.
        """
        try:
            return self.recognize(source, name)
        except AudioError as error:
            return Failure(error.path, error, self.bundle.identity, self.options)
        except GenreLensError:
            raise
        except MemoryError:
            needy = TookTooMuchMemory(name or name_of(source), too_much_memory(None))
            return Failure(needy.path, needy, self.bundle.identity, self.options)
        except Exception as error:
            what = f"could not be recognised ({type(error).__name__}: {error}); please report it"
            failed = DecodeFailed(name or name_of(source), what)
            return Failure(failed.path, failed, self.bundle.identity, self.options)

    def _answer(
        self,
        name: str,
        duration_s: float,
        heard: list[Heard],
        warnings: list[str],
    ) -> Prediction:
        manifest, genres = self.bundle.manifest, self.genres
        excerpts = tuple(self._excerpt_answer(place, said) for place, said, _ in heard)
        sounding = [said for _, said, _ in heard if said is not None]
        if not sounding:
            return self._nothing_heard(name, duration_s, excerpts, warnings)
        probabilities = np.stack(sounding)
        scores = apply_temperature(manifest.combination(probabilities), manifest.temperature)
        confidence, best = float(scores.max()), int(predicted_genres(scores))
        likeliest = None if best == NO_ANSWER else genres[best]
        strangeness = np.mean([guards for _, _, guards in heard if guards is not None], axis=0)
        foreign = [
            guard.reason
            for guard, value in zip(manifest.guards, strangeness, strict=True)
            if value > guard.threshold
        ]
        reason = why_unsure(confidence, manifest.answer_threshold, foreign) if likeliest else UNDECIDED
        warnings += [f"foreign: {reason}" for reason in foreign]
        chosen = prediction_set(scores, manifest.set_threshold)
        votes = count_votes(probabilities.reshape(-1, len(genres)))
        by_member = mean_over_excerpts(probabilities, np.zeros(len(probabilities), np.intp), 1)[0]
        return Prediction(
            path=name,
            genre=likeliest if reason is None or self.always_answer else None,
            confidence=confidence,
            scores={genres[i]: float(scores[i]) for i in np.argsort(-scores, kind="stable")},
            prediction_set=tuple(genres[i] for i in chosen),
            votes={genres[i]: int(votes[i]) for i in np.argsort(-votes, kind="stable") if votes[i]},
            duration_s=duration_s,
            excerpts=excerpts,
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

    def _excerpt_answer(self, place: tuple[float, float], said: Scores | None) -> ExcerptAnswer:
        if said is None:
            return ExcerptAnswer(*place, genre=None, confidence=0.0)
        manifest = self.bundle.manifest
        scores = apply_temperature(manifest.combination(said[np.newaxis]), manifest.temperature)
        best = int(scores.argmax())
        named = {genre: float(score) for genre, score in zip(self.genres, scores, strict=True)}
        return ExcerptAnswer(*place, self.genres[best], float(scores[best]), named)

    def _nothing_heard(
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
    """Hears one recording with a bundle that stays loaded between calls.

    Args:
        source: a path, a binary file object, or (samples, sample_rate).
        model: as for `Recognizer`.

    Raises:
        AudioError: the recording cannot be heard.
        BundleError: the bundle cannot be used.
    """
    path = find_bundle(model).resolve()
    return _lens(path, path.stat().st_mtime_ns).recognize(source)


@lru_cache(maxsize=2)
def _lens(path: Path, modified_ns: int) -> Recognizer:
    return Recognizer(path)


def _place_of(excerpt: Excerpt) -> tuple[float, float]:
    return excerpt.start_s, excerpt.end_s


def _check_inputs(bundle: Bundle) -> None:
    """Refuses a bundle whose inputs were computed otherwise than this version computes them."""
    manifest = bundle.manifest
    where = shown(bundle.path)
    for name, parameters in manifest.inputs.items():
        ours = describe_input(canonical_input(name))
        for key in sorted(set(parameters) & set(ours)):
            if parameters[key] != ours[key]:
                raise BundleError(
                    f"{where} wants {name} with {key} = {parameters[key]}, this genrelens computes "
                    f"{ours[key]}; install the version that wrote it, or train again"
                )
    for encoder in manifest.encoders:
        known = ENCODERS.get(encoder.name)
        if known is None:
            raise BundleError(f"{where} listens through {encoder.name!r}, which this genrelens does not know")
        published = known.upstream.sha256 if known.upstream else ""
        if encoder.file is None and encoder.upstream_sha256 != published:
            raise BundleError(f"{where} was trained with other weights of {encoder.name}; train it again")
