"""The paper's single models as cells: an architecture on an input, by one name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from genrelens.errors import RecipeError
from genrelens.paper.published import AVERAGED, COLUMNS, FEATURE_NAMES, TABLE_1, TABLE_2, TRANSFER


@dataclass(frozen=True)
class Cell:
    """One number of Table 1.

    Args:
        name: `ARCHITECTURE/INPUT`; the transfer vector is called `transfer` whatever network gives it.
        architecture: one of the paper's five.
        input: the input's name in the feature store.
    """

    name: str
    architecture: str
    input: str

    @property
    def paper(self) -> float:
        """The paper's accuracy, in percent."""
        return TABLE_1[self.name]


def all_cells(transfer: str = "choi2017") -> list[Cell]:
    """The 38 cells in the paper's order, the MLPs last.

    Args:
        transfer: the encoder that gives the transfer vector.

    Example:
        >>> cells = all_cells()
        >>> len(cells), cells[0], cells[-1].input
        (38, Cell(name='cnn_max/mel', architecture='cnn_max', input='mel'), 'choi2017')
    """
    cells = [Cell(f"{column}/{name}", column, name) for name in FEATURE_NAMES for column in COLUMNS]
    return [*cells, Cell(AVERAGED, "mlp", "averaged"), Cell(TRANSFER, "mlp", transfer)]


def choose_cells(patterns: str | None, transfer: str = "choi2017") -> list[Cell]:
    """Cells by name or pattern, separated by commas; None takes all.

    Raises:
        RecipeError: a pattern fits no cell.

    Example:
        >>> [cell.name for cell in choose_cells("mlp/*,cnn_avg/mel")]
        ['cnn_avg/mel', 'mlp/averaged', 'mlp/transfer']
    """
    cells = all_cells(transfer)
    if patterns is None:
        return cells
    wanted = [pattern.strip() for pattern in patterns.split(",") if pattern.strip()]
    for pattern in wanted:
        if not any(fnmatchcase(cell.name, pattern) for cell in cells):
            raise RecipeError(
                f"no cell is called {pattern}; cells are ARCHITECTURE/INPUT, such as cnn_avg/mel"
            )
    return [cell for cell in cells if any(fnmatchcase(cell.name, pattern) for pattern in wanted)]


def ensembles(cells: Sequence[Cell]) -> dict[str, list[Cell]]:
    """The paper's ensembles that these cells allow: CNNs of one column with the MLPs.

    A column with fewer than all nine features makes an ensemble of what there is, from three members on.

    Example:
        >>> {name: len(members) for name, members in ensembles(all_cells()).items()}
        {'cnn_max': 11, 'cnn_max_lstm': 11, 'cnn_avg': 11, 'cnn_avg_lstm': 11}
    """
    networks = [cell for cell in cells if cell.architecture == "mlp"]
    found = {column: [cell for cell in cells if cell.architecture == column] + networks for column in TABLE_2}
    return {
        column: members
        for column, members in found.items()
        if len(members) >= 3 and members[0].architecture == column
    }
