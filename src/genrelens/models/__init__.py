"""The paper's five architectures in PyTorch, and their export to ONNX (extra `train`).

- `networks`: the architectures of section 2.2 and figure 2, in the notation of the paper
- `convolution`: along frames, fast on a processor
- `scaling`: what is done to an input before it enters a network: decibels, standardisation
- `export`: a trained network as an ONNX file of the same probabilities

Conventions: inputs are (n, frames, width) for features and (n, width) for vectors, float32; `lengths` (n,)
are the numbers of real frames in each row, the rest is padding and changes nothing.
"""

from genrelens.models.export import export_network
from genrelens.models.networks import ARCHITECTURES, Architecture, Shape, build_network, initial_weights
from genrelens.models.scaling import TRANSFORMS, Scaling

__all__ = [
    "ARCHITECTURES",
    "TRANSFORMS",
    "Architecture",
    "Scaling",
    "Shape",
    "build_network",
    "export_network",
    "initial_weights",
]
