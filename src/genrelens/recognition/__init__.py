"""From a recording to a prediction.

- `preprocessing`: DC removal and level normalisation of every excerpt
- `inputs`: an excerpt's features and embeddings, each computed once
- `compatibility`: whether they are what a bundle was trained on
- `members`: the bundle's graphs, run by ONNX Runtime
- `abstention`: why no genre is named
- `prediction`: the result of a recording, and the failure where there is none
- `html`, `read_only`: results in notebooks, and dicts that cannot be changed
- `recognizer`: `Recognizer`, from a recording to its prediction
- `embedding`: one vector a recording, computed from the same inputs
- `networks`: pretrained networks that are fetched when they are needed
- `many`, `streams`, `arguments`: many recordings at a time
- `internal_errors`: errors in genrelens itself, as rows and in a log
- `isolation`: recognition in worker processes; `pickling`: a recogniser in another process

Names are imported when they are first used, so that workers can be started before slow imports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from genrelens.lazy_names import lazy_names

if TYPE_CHECKING:
    from genrelens.recognition.embedding import Embedding
    from genrelens.recognition.inputs import InputComputer, canonical_input, describe_input
    from genrelens.recognition.prediction import ExcerptAnswer, Failure, MemberAnswer, Options, Prediction
    from genrelens.recognition.recognizer import Recognizer, recognize

__all__ = [
    "Embedding",
    "ExcerptAnswer",
    "Failure",
    "InputComputer",
    "MemberAnswer",
    "Options",
    "Prediction",
    "Recognizer",
    "canonical_input",
    "describe_input",
    "recognize",
]

_HOMES = {
    "Embedding": "embedding",
    "ExcerptAnswer": "prediction",
    "Failure": "prediction",
    "InputComputer": "inputs",
    "MemberAnswer": "prediction",
    "Options": "prediction",
    "Prediction": "prediction",
    "Recognizer": "recognizer",
    "canonical_input": "inputs",
    "describe_input": "inputs",
    "recognize": "recognizer",
}

if not TYPE_CHECKING:  # so that type checkers know which names there are
    __getattr__, __dir__ = lazy_names(__name__, _HOMES)
