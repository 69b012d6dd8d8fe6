"""The network on eight maps, on real sound."""

from pathlib import Path

import numpy as np
import soundfile

from genrelens.baselines.choosing import fit_chosen
from genrelens.baselines.registry import load_baseline
from genrelens.features import SAMPLE_RATE


def test_it_tells_classical_music_from_metal_by_artists_it_never_saw(shared: Path):
    system = load_baseline("senac")
    genres = [sorted((shared / "gtzan" / "audio" / genre).iterdir())[:16] for genre in ("classical", "metal")]
    paths = [path for pair in zip(*genres, strict=True) for path in pair]
    x = np.stack(
        [
            system.descriptors[0].of(soundfile.read(path, SAMPLE_RATE * 10, dtype="float32")[0])
            for path in paths
        ]
    )
    labels = np.arange(len(paths)) % 2
    fitted = fit_chosen(system, x[:20], labels[:20], np.arange(20), 2, seed=0)
    assert (fitted.predict(x[20:]).argmax(axis=1) == labels[20:]).mean() >= 0.9
    assert fitted.estimator.random_state == 0
