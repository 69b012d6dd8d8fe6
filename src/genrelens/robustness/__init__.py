"""Measurements for the model card beyond accuracy, by models that were not trained on the track.

- `held_out`: each track answered by the models of the split that tested it
- `measure`: the whole; `rows`: its results as one flat list; `sampling`: samples of tracks
- `perturbed`: changed sound; `ablation`: what each member adds; `domain_probe`: how well collections are told
  apart
- `ood_rates`, `recorded_rates`: how often sounds are refused or given a genre
"""
