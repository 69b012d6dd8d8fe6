"""From a recording to a prediction.

- `conditioning`: one level for every excerpt, so that loudness tells nothing
- `inputs`: an excerpt's features and embeddings, each computed once
- `members`: the bundle's graphs, run by ONNX Runtime
- `abstention`: why no genre is named
- `prediction`: the answer, and the answer that could not be given
- `recognizer`: the way from one end to the other
"""

from genrelens.recognition.inputs import InputComputer, canonical_input, describe_input
from genrelens.recognition.prediction import ExcerptAnswer, Failure, MemberAnswer, Options, Prediction
from genrelens.recognition.recognizer import Recognizer, recognize

__all__ = [
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
