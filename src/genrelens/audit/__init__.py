"""What is wrong with a collection, before a model is trained on it.

- `check`: the whole; `file_scan`: one decoding of a file for all checks
- `fingerprint`, `repeats`: the same recording twice
- `batch_leak`: features that depend on the order of files; `source_confound`: files that predict the genre
- `label_errors`: labels that the sound contradicts; `probe`: the small classifier behind both
- `feature_tables`: stored features as others publish them
"""
