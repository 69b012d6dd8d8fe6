"""All pretrained networks, by name.

Other packages add networks through the entry points `genrelens.encoders`; each names an `EncoderSpec`.
"""

from __future__ import annotations

from collections.abc import Mapping

from genrelens import plugins
from genrelens.encoders import choi2017, fcn, mn04, musicnn
from genrelens.encoders.spec import Arrays, EncoderSpec
from genrelens.errors import EncoderError

ENCODERS: dict[str, EncoderSpec] = {
    spec.name: spec for spec in (musicnn.SPEC, choi2017.SPEC, fcn.SPEC, mn04.SPEC)
}
"""Name to what is known about the network."""


def find_encoder(name: str) -> EncoderSpec | None:
    """The network of that name, of this package or another, or None where there is none.

    Raises:
        PluginError: another package's network cannot be loaded.
    """
    return plugins.find(ENCODERS, plugins.ENCODERS, name, EncoderSpec)


def encoder_names() -> tuple[str, ...]:
    """The package's networks, then those of other packages.

    Example:
        >>> encoder_names()[:2]
        ('musicnn', 'choi2017')
    """
    return plugins.all_names(ENCODERS, plugins.ENCODERS)


def encoder_spec(name: str) -> EncoderSpec:
    """The registry's entry of that name.

    Raises:
        EncoderError: there is none.

    Example:
        >>> encoder_spec("musicnn").outputs["embedding"]
        200
    """
    found = find_encoder(name)
    if found is None:
        known = ", ".join(encoder_names())
        raise EncoderError(f"There is no pretrained network {name!r}; the known ones are {known}.")
    return found


def build_graph(name: str, arrays: Arrays | Mapping[str, object]) -> bytes:
    """The ONNX file of a network, from its named arrays; the same arrays give the same bytes.

    Args:
        name: which network.
        arrays: its weights, as a weights folder holds them in `.npz` files. Kernels of convolutions are
            (out, in, mel, time) for maps, (out, in, time) for sequences; dense kernels (in, out).

    Raises:
        EncoderError: an array is missing or of the wrong shape.
    """
    spec = encoder_spec(name)
    try:
        return spec.build(arrays)  # type: ignore[arg-type]  # shapes and types are what is tried here
    except KeyError as error:
        raise EncoderError(
            f"The weights of {name} lack the array {error.args[0]!r}; get the archive anew."
        ) from None
    except (ValueError, IndexError, TypeError) as error:
        raise EncoderError(f"The weights of {name} hold an array of the wrong shape ({error}).") from error
