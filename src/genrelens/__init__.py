"""Recognises the genre of a recording: what it is, how sure that is, and why; or gives it as a vector.

```
from genrelens import Recognizer, recognize
recognize("song.mp3").genre
Recognizer().embed("song.mp3").vector
```

The rooms of the house, from the street to the cellar:

- `cli`           the `genrelens` command, one module a subcommand
- `catalogue`     results of many files: where they are written, how a run is resumed
- `reproduction`  the paper's tables beside ours, reports
- `training`      recipes, trainer, run records (extra: train)
- `models`        the paper's five architectures (extra: train)
- `evaluation`    protocols, metrics, leak checks: arrays and labels only
- `datasets`      tracks with their genres and artists, and the store of their features
- `recognition`   a recording in, a prediction out
- `bundle`        the file that holds an ensemble
- `ensemble`      votes, calibration, abstention: pure functions on arrays
- `encoders`      pretrained networks and their front ends
- `features`      the paper's nine features and the averaged vector
- `graphs`        ONNX files from named arrays
- `runtime`       ONNX Runtime, imported here alone
- `audio`         files, streams and arrays in, mono excerpts out
- `errors`        everything that can go wrong on purpose; `lazy_names`: imports when they are asked for
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
