"""Classifiers on one vector a recording, written as small ONNX networks (extra `train`).

- `head`: the kinds by name, and what they have in common
- `kernel`: kernel machines on k-means centres; `mlp`: several multilayer perceptrons in one network
"""
