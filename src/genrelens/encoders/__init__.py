"""Networks that others trained on other tasks; their outputs are inputs of genre recognition.

- `registry`: all of them by name, `ENCODERS`, each described by an `EncoderSpec` (`spec`);
- `musicnn`, `choi2017`, `fcn`, `mn04`: one file a network: its front end, its layers, its source;
- `store`: where a network's file lies, and `load_encoder`;
- `encoder`: a loaded network: a signal in, `embedding`, `tags` and `layers` out;
- `fetch`: download, verify, convert, keep;
- `torch_checkpoint`: tensors out of PyTorch's files without PyTorch;
- `windows`, `windowed_spectra`, `pooling`, `blocks`, `tags`: used by several networks.
"""

from genrelens.encoders.encoder import Encoder
from genrelens.encoders.registry import ENCODERS, build_graph, encoder_names, encoder_spec, find_encoder
from genrelens.encoders.spec import EncoderSpec, Upstream
from genrelens.encoders.store import Located, State, load_encoder, locate, read_model

__all__ = [
    "ENCODERS",
    "Encoder",
    "EncoderSpec",
    "Located",
    "State",
    "Upstream",
    "build_graph",
    "encoder_names",
    "encoder_spec",
    "find_encoder",
    "load_encoder",
    "locate",
    "read_model",
]
