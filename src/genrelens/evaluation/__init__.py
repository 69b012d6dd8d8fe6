"""Honest measurement on arrays and labels: this room opens no recording and knows no model.

- `protocols`, `splits`, `folds`: how tracks are divided into training and test parts
- `artists`, `artists_apart`: who plays, and what a protocol keeps apart; `gtzan`: what is known about GTZAN
- `metrics`, `uncertainty`, `proportions`: how good answers are, and how sure that is
- `results`: what a system answered under a protocol, and the numbers that follow
"""
