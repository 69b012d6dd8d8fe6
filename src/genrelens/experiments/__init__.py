"""A recipe, a bundle or a pair of collections under a protocol.

- `evaluate`: a recipe trained anew on every split, as `training.build.evaluate_recipe` does, on any tracks
- `bundle_answers`: a finished bundle; nothing is trained
- `predictions`: another tool's predictions, from a table
- `collections`: two collections as one data set
"""
