"""Training: from a recipe and a data set to a bundle (extra `train`).

- `recipes`: TOML files that say how; `recipe_files/` holds the package's own
- `data`, `clips`: tracks and their rows; one input's rows as one array
- `trainer`: one interface; `sequential` on a processor, `stacked` (with `stacked_networks`) on a GPU
- `epochs`, `progress`, `adam`, `allocator`: an epoch's chance, early stopping, the optimiser, the C allocator
- `heads`, `head_networks`: classifiers on vectors; `members`: any member of a recipe, one way
- `crossvalidation`: every member on every split, and on all tracks; `run_folder`, `workers`: kept, spread
- `results`, `joining`: scores of members and votes; how votes are joined and calibrated
- `build`: the bundle; `records`: run records and loss curves
- `augmentation` and its effects: training tracks in other clothes
"""
