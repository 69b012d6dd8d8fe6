"""Measurement on arrays and labels: this package opens no recording and knows no model.

- `protocols`: how tracks are divided into training and test parts, by name; `protocol`: what a protocol is
- `builtin_protocols`: this package's own; `split_check`: the check of those of other packages
- `splits`, `folds`: splits as data; folds of like make-up
- `artists`, `artists_apart`: who plays, and what a protocol keeps apart; `gtzan`: what is known about GTZAN
- `metrics`, `uncertainty`, `proportions`: how good answers are, and how sure that is
- `results`: what a system answered under a protocol, and the numbers that follow
"""
