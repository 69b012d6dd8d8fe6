"""Training: from a recipe and a data set to a bundle (extra `train`).

- `data`, `inputs`, `matrix`: tracks and their rows; one input's rows as one array
- `fit`: one interface; `sequential` on a processor, `stacked` (with `stacked_networks`) on a GPU
- `epochs`, `early_stopping`, `adam`, `allocator`: random order and dropout, when to stop, the optimiser,
  memory
- `members`: any member of a recipe, one way; `finetuning`, `batchnorm`: encoders that are fine-tuned or
  recalibrated
- `cross_validation`: the one trainer: every member on every split of any plans, and on all tracks
- `options`, `inner_folds`: the trainer's options; divisions of a training part
- `parts`, `input_rows`, `run_folder`: trainings as tasks for processes, their rows, and where they are stored
- `detector_rows`, `recorded_data`: what OOD detectors learn from
- `fusion`, `results`: how members are fused and calibrated; their scores
- `build`: a recipe measured (`evaluate_recipe`), and the bundle; `records`: run records and loss curves
"""
