"""The systems that the paper compares itself with, and simple ones of today, to be run on the same splits.

- `baseline`  what a system is: its inputs, its classifier, what was claimed for it
- `descriptor`, `inputs`  numbers computed from sound for one system, kept in the feature store
- `choosing`  settings chosen inside the training part, the same way for all
- `cross_validation`  a system on every split; resumable
- `cost`  what one more recording costs
- `reference`  where a system was published
- `registry`  systems by name; `systems/`: one file each
- `analysis/`, `classifiers/`  what systems are built of: numbers from sound, and estimators
"""
