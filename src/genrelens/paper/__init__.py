"""The paper's tables made again, next to the paper's own numbers.

- `published`  what Ghosal and Kolekar 2018 print: Table 1, Table 2, the others they quote
- `cells`      the 38 single models as cells by name
- `runs`       what the trainer (`training.cross_validation`) found of every cell on every split
- `member_analysis`  cells fused to ensembles: majority, soft, stacked
- `reproduce`  the whole: cells, protocols, ensembles, tables
- `tables`     the tables as rows, CSV and Markdown
- `comparison`, `recipe_answers`, `comparison_tables`  other systems on the same splits: measured, as rows
- `latex`, `references`  the tables and their publications for a paper of one's own
- `comparable`, `explanations`  what may be compared with the paper's numbers, and the causes of a difference
- `report/`    one page of HTML
"""
