"""A recipe, a bundle or a pair of collections under a protocol.

- `evaluate`: trained anew on every split, tested on the rest
- `bundle_answers`: a finished bundle; nothing is trained
- `collections`: two collections as one data set
"""
