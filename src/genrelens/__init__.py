"""Predicts the genre of a recording, with its confidence and reasons; or computes a vector of the recording.

```
from genrelens import Recognizer, recognize
recognize("song.mp3").genre
Recognizer().embed("song.mp3").vector
```

The packages form four layers; imports point downwards only (`.importlinter`).

Use:

- `cli`            the `genrelens` command, one module a subcommand
- `catalogue`      results of many files: where they are written, how a run is resumed

Measure:

- `paper`          the paper's tables next to ours
- `benchmarks`     the speed of the trainer compared with plain loops
- `robustness`     a bundle on changed sound, without each member, on sound that is no music
- `experiments`    a recipe, a bundle or a published system under a protocol
- `baselines`      the systems that the paper compares itself with, one file each
- `audit`          faults of a collection: repeats, leaks, label errors
- `evaluation`     protocols, splits, metrics, uncertainty: arrays and labels only (used by learn too)

Learn:

- `training`       one trainer, from a recipe and a data set to a bundle
- `recipes`        TOML files to checked values
- `ood`            out-of-distribution detectors
- `heads`          classifiers on one vector
- `models`         the paper's five architectures
- `feature_store`  computed inputs on disk
- `augmentation`   changed sound: effects, codecs, perturbations
- `datasets`       tracks with genres, artists, collections

Recognise:

- `recognition`    a recording in, a prediction out
- `bundle`         the file that holds an ensemble
- `ensemble`       votes, calibration, abstention: pure functions on arrays
- `encoders`       pretrained networks and their front ends
- `features`       the paper's nine features and the averaged vector
- `graphs`         ONNX files from named arrays, and their check
- `runtime`        ONNX Runtime, imported here alone
- `audio`          files, streams and arrays in, mono excerpts out

Under all layers: `errors`, `options`, `plugins`, `processes`, `atomic_files`, `cache_folder`,
`extras`, `lazy_names`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from genrelens.lazy_names import lazy_names

if TYPE_CHECKING:
    from genrelens.recognition import Embedding, Failure, Prediction, Recognizer, recognize

__version__ = "0.1.0"
__all__ = ["Embedding", "Failure", "Prediction", "Recognizer", "recognize"]

if not TYPE_CHECKING:  # so that type checkers know which names there are
    __getattr__, __dir__ = lazy_names(__name__, dict.fromkeys(__all__, "recognition"))
