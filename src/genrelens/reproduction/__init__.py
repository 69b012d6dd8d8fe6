"""Evaluation runs and the paper's tables, made again beside the paper's own numbers.

- `paper`      what Ghosal and Kolekar 2018 print: Table 1, Table 2, the others they quote
- `cells`      the 38 single models as cells by name
- `fitting`    a member trained on every split of a protocol, with its accuracy after every epoch
- `runs`       records on disk, so that a run goes on where it stopped
- `joining`    cells joined to ensembles: majority, soft, stacked
- `reproduce`  the whole: cells, protocols, ensembles, tables
- `evaluate`   one recipe or bundle under one protocol
- `tables`     the tables as rows, CSV and Markdown
- `report`     one page of HTML; `charts` and `raster` draw for it
"""
