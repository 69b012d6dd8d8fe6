"""One signal and everything that several features need of it, computed at most once."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from genrelens.features import cepstrum, chroma, constantq, rhythm, tuning
from genrelens.features.products import product
from genrelens.features.scaling import decibels
from genrelens.features.signal import HOP, N_FFT, SAMPLE_RATE, Floats, checked_signal, frame_count
from genrelens.features.spectrum import hann, mel_filters, power_frames

N_MELS = 128


class Analysis:
    """A signal at 22050 Hz; its spectra and transforms are computed when first needed, and kept.

    Not for use by several threads at once; the kernels behind it are.

    Raises:
        SignalError: the samples are no mono signal of finite floats.

    Example:
        >>> analysis = Analysis(np.zeros(22050, np.float32))
        >>> analysis.power.shape, analysis.mel.shape, analysis.constant_q.shape
        ((22, 1025), (22, 128), (22, 252))
    """

    def __init__(self, samples: object) -> None:
        self.samples: Floats = checked_signal(samples)

    @property
    def frames(self) -> int:
        """How many frames each feature of this signal has."""
        return frame_count(self.samples.size)

    @cached_property
    def power(self) -> Floats:
        """Power spectrogram, `(frames, 1025)`."""
        return power_frames(self.samples, N_FFT, HOP, hann(N_FFT))

    @cached_property
    def power_between(self) -> Floats:
        """Power spectra half-way between the frames, `(frames or frames - 1, 1025)`.

        With `power` they are the spectrogram of half the hop, on which librosa estimates the tuning of a
        constant-Q transform.
        """
        padded = np.pad(self.samples, (HOP // 2, N_FFT // 2))
        return power_frames(padded, N_FFT, HOP, hann(N_FFT), None)

    @cached_property
    def mel(self) -> Floats:
        """Power mel spectrogram, `(frames, 128)`; equals `librosa.feature.melspectrogram`."""
        return mel_of_power(self.power)

    @cached_property
    def log_mel(self) -> Floats:
        """`mel` in decibels, `(frames, 128)`; equals `librosa.power_to_db(mel)`, so at most 80 dB deep."""
        return decibels(self.mel)

    @cached_property
    def mfcc(self) -> Floats:
        """Cepstral coefficients, `(frames, 20)`."""
        return cepstrum.mfcc(self.log_mel)

    @cached_property
    def onsets(self) -> Floats:
        """Onset strength, `(frames,)`."""
        return rhythm.onset_strength(self.log_mel)

    @cached_property
    def semitone_tuning(self) -> float:
        """Tuning in fractions of a semitone, from the power spectrogram, for `chroma_stft`."""
        return tuning.estimated_tuning([self.power], chroma.PITCH_CLASSES, magnitude=False)

    @cached_property
    def bin_tuning(self) -> float:
        """Tuning in fractions of a third of a semitone, from magnitudes, for the constant-Q transform."""
        return tuning.estimated_tuning(
            [self.power, self.power_between], constantq.BINS_PER_OCTAVE, magnitude=True
        )

    @cached_property
    def constant_q(self) -> Floats:
        """Magnitudes of the constant-Q transform, `(frames, 252)`."""
        return constantq.constant_q(self.samples, self.bin_tuning)

    @cached_property
    def chroma_energy(self) -> Floats:
        """Pitch classes of the constant-Q transform, unscaled, `(frames, 12)`."""
        return chroma.chroma_energy(self.constant_q)

    @cached_property
    def chroma_cqt(self) -> Floats:
        """Pitch classes, the strongest of a frame 1, `(frames, 12)`."""
        return chroma.chroma_cqt(self.chroma_energy)


def mel_of_power(power: Floats) -> Floats:
    """128 mel bands of a power spectrogram, `(frames, 1025)` to `(frames, 128)`."""
    return product(power, mel_filters(SAMPLE_RATE, N_FFT, N_MELS).T)
