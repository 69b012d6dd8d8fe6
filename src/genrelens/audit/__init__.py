"""What is wrong with a collection before anything is learnt from it.

- `check`: the whole; `file_scan`: one decoding of a file for everything that is asked of it
- `fingerprint`, `repeats`: the same recording twice
- `batch_leak`: features that know the order of files; `source_confound`: genre told by how files were made
- `label_errors`: labels that the sound contradicts; `probe`: the small classifier behind both
- `feature_tables`: stored features as others publish them
"""
