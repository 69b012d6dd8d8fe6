"""A recipe, a bundle, a published system or a pair of collections under a protocol.

- `evaluate`: a recipe trained anew on every split, as `training.build.evaluate_recipe` does, on any tracks
- `bundle_answers`: a finished bundle; nothing is trained
- `baseline_answers`: a published system, fitted anew on every split
- `split_answers`: answers of what was trained on every split, as results
- `predictions`: another tool's predictions, from a table
- `collections`: two collections as one data set
"""
