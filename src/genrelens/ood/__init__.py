"""Out-of-distribution (OOD) detectors: what is no music, or unlike the music that a bundle was trained on.

- `detectors`: the kinds of detector, fitted and written as ONNX
- `synthetic_sounds`: sounds from formulas; `recorded_sounds`: folders of recorded ones
"""
