"""What a night is made from: its files, each by the digest of its bytes, and whether they held still while read."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from dedup.index import file_digest
from dedup.looks import Look, Remembered, look_of
from dedup.reading.rawfiles import RawFile
from dedup.survey import Delivery

UNSTEADY = "unsteady"
"""In place of a digest: what was read of the file is not what it holds. No digest is like it, so the next run reads
the file again."""


@dataclass(frozen=True)
class Inputs:
    """The files of a night: `rows` have name, fallback night and digest of each; `looks` how each looked before."""

    rows: tuple[tuple[str, str | None, str], ...]
    looks: dict[str, Look] = field(default_factory=dict)

    def moved(self, delivery: Delivery) -> set[str]:
        """Names of the files that do not look as they did before their bytes were read."""
        return {one.file.name for one in delivery.files if look_of(one.file.path) != self.looks[one.file.name]}

    def unsteady(self, names: Iterable[str]) -> "Inputs":
        """The same, but nothing is claimed of these files."""
        known = set(names)
        rows = ((name, otherwise, UNSTEADY if name in known else made) for name, otherwise, made in self.rows)
        return replace(self, rows=tuple(rows))

    @property
    def n_unsteady(self) -> int:
        """How many files nothing is claimed of."""
        return sum(made == UNSTEADY for _, _, made in self.rows)

    @property
    def steady(self) -> set[str]:
        """Names of the files whose bytes are known."""
        return {name for name, _, made in self.rows if not made.startswith((UNSTEADY, "error ", "refused "))}


def inputs_of(delivery: Delivery, kept: Path) -> Inputs:
    """The night's input, exactly; the file `kept` remembers digests (`Remembered`)."""
    # Before the bytes are: what changes later shows.
    looks = {one.file.name: look_of(one.file.path) for one in delivery.files}
    remembered = Remembered(kept)
    rows = []
    for one in delivery.files:
        made = _made_from(one.file, looks[one.file.name], remembered)
        rows.append((one.file.name, str(one.otherwise) if one.otherwise else None, made))
    remembered.keep()
    return Inputs(tuple(rows), looks)


class UnsteadyError(Exception):
    """Files that changed, went away or failed while they were read; the night is done again without a claim on them."""

    def __init__(self, names: set[str]) -> None:
        """`names`: of these files."""
        super().__init__(", ".join(sorted(names)))
        self.names = names


def _made_from(file: RawFile, look: Look, remembered: Remembered) -> str:
    """The digest of a file, or why it has none."""
    if file.refusal is not None:  # nor is it opened: a named pipe would keep us waiting
        return f"refused {file.refusal.reason}: {file.refusal.detail}"
    made = remembered.recall(file.name, look)
    if made is None:
        try:
            made = file_digest(file.path)
        except OSError as error:  # the reader quarantines it, with the reason
            return f"error {error.errno}"
        remembered.note(file.name, file.path, look, made)
    return str(made)
