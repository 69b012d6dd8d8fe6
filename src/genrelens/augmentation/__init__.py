"""The same recording changed: shorter, recoded, from another studio or decade.

- `protocol`: what a variant is, so that its inputs can be kept under its key
- `effects`, `codecs`: single changes of sound
- `chains`: the variants that a recipe trains on
- `perturbations`: the changes under which robustness is measured
"""
