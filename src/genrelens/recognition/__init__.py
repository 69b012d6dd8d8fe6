"""From a recording to a prediction.

- `preprocessing`: one level for every excerpt, so that loudness tells nothing
- `inputs`: an excerpt's features and embeddings, each computed once
- `compatibility`: whether they are what a bundle was trained on
- `members`: the bundle's graphs, run by ONNX Runtime
- `abstention`: why no genre is named
- `prediction`: the answer, and the answer that could not be given
- `html`, `read_only`: how answers are shown in notebooks, and why they cannot change
- `recognizer`: the way from one end to the other
- `embedding`: the same way, as far as one vector a recording
- `networks`: pretrained networks that are fetched when they are needed
- `many`, `streams`, `arguments`: many recordings at a time
- `internal_errors`: what becomes of faults in our own code
- `isolation`: the same in worker processes; `travelling`: a recogniser in processes of others

Names are imported when they are asked for, so that workers can be started before anything heavy is.
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
