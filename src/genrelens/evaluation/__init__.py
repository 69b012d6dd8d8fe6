"""Honest measurement: splits, metrics and leak checks on arrays and labels.

- `protocols`  how tracks are divided into training and test parts (`make_splits`, `PROTOCOLS`)
- `splits`     the parts as data, written out and read back
- `folds`      the dealing itself: stratified, grouped
- `metrics`    accuracy, calibration, intervals and paired comparisons
"""
