"""Training: from a recipe and a data set to a bundle (extra `train`).

- `data`, `inputs`, `matrix`: tracks and their rows; one input's rows as one array
- `fit`: one interface; `sequential` on a processor, `stacked` (with `stacked_networks`) on a GPU
- `epochs`, `early_stopping`, `adam`, `allocator`: an epoch's chance, when to stop, the optimiser, memory
- `members`: any member of a recipe, one way; `finetuning`, `batchnorm`: encoders trained on or measured anew
- `cross_validation`: the one trainer: every member on every split of any plans, and on all tracks
- `options`, `inner_folds`: what it is told, who chooses the epoch; divisions of a training part
- `parts`, `input_rows`, `run_folder`: trainings as tasks for processes, their rows, and where they are kept
- `detector_rows`, `recorded_data`: what OOD detectors learn from
- `fusion`, `results`: how members are joined and calibrated; their scores
- `build`: a recipe measured (`evaluate_recipe`), and the bundle; `records`: run records and loss curves
"""
