"""Recipes: TOML files that say how an ensemble is trained, read into checked values. No torch.

- `load`: from a name or a file to a `Recipe`; what is misspelt is refused here
- `values`: the typed values themselves
- `files/`: the package's own recipes
"""
