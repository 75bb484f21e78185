"""A **result** is what one tool made of the test lines: a file with gold, characters, P(content)
and predicted of every line, without its text, and beside it a file with what the tool cost.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from pages import Line


@dataclass(frozen=True)
class Cost:
    """What a tool needed: seconds to choose its settings and to fit, and bytes on the disk."""

    tool: str
    seconds: float | None = None
    bytes: int | None = None
    ranks: bool = True
    """Whether P(content) ranks the lines; a rule only says yes or no."""


def write_result(
    folder: Path, cost: Cost, lines: list[Line], probabilities: list[float], predicted: list[bool]
) -> Path:
    """Writes both files, named by how many results `folder` has; the path of the first."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{len(list(folder.glob('*.tsv'))):02}.tsv"
    with path.open("w", encoding="ascii") as file:
        for line, probability, keep in zip(lines, probabilities, predicted, strict=True):
            file.write(f"{line.is_content:d}\t{len(line.text)}\t{float(probability)!r}\t{keep:d}\n")
    path.with_suffix(".json").write_text(json.dumps(asdict(cost)), encoding="utf-8")
    return path
