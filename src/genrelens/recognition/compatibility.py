"""Whether this version computes the inputs that a bundle was trained on."""

from __future__ import annotations

from genrelens.bundle import Bundle
from genrelens.encoders import find_encoder
from genrelens.errors import BundleError, shown
from genrelens.recognition.inputs import canonical_input, describe_input


def check_inputs(bundle: Bundle) -> None:
    """Raises where this version computes a bundle's inputs in another way than at its training.

    Raises:
        BundleError: the inputs differ; or the bundle needs an unknown network, or other weights.
    """
    manifest = bundle.manifest
    where = shown(bundle.path)
    for name, parameters in manifest.inputs.items():
        ours = describe_input(canonical_input(name))
        for key in sorted(set(parameters) & set(ours)):
            if parameters[key] != ours[key]:
                raise BundleError(
                    f"{where} wants {name} with {key} = {parameters[key]}, this genrelens computes "
                    f"{ours[key]}; install the version that wrote it, or train again"
                )
    for encoder in manifest.encoders:
        known = find_encoder(encoder.name)
        if known is None:
            raise BundleError(
                f"{where} computes inputs with {encoder.name!r}, which this genrelens does not know"
            )
        published = known.upstream.sha256 if known.upstream else ""
        if encoder.file is None and encoder.upstream_sha256 != published:
            raise BundleError(f"{where} was trained with other weights of {encoder.name}; train it again")
