"""All that a model card says of a bundle beside its accuracy, by models that never saw the track.

- `held_out`: each track answered by the models of the split that tested it
- `measure`: the whole; `rows`: its results as one flat list; `sampling`: which tracks stand for all
- `perturbed`: changed sound; `ablation`: each member's part; `domain_probe`: one collection or the other
- `ood_rates`, `recorded_rates`: how often sounds are refused or given a genre
"""
