"""Every error this package raises on purpose.

    DedupError              a person can act on the message; retrying changes nothing
    ├── SettingsError       a setting is unknown, out of range or contradicts another
    ├── InputError          the raw folder or a night in it cannot be used at all
    ├── FingerprintError    remembered state was made by another tokenizer, scheme or setting
    ├── GateError           a night is far from its outlets' own history; nothing was published
    ├── PoisonError         records break a step (see `poison`)
    ├── SliceError          a slice of work cannot be done, and no record is to blame
    ├── InvariantError      a promise of the design would be broken; nothing was published
    ├── ClusterError        the Dask cluster is not there, or cannot do the work
    ├── StoreError          object storage refuses, or is not there
    ├── OvertakenError      another run published to the same home first; nothing of this one is visible
    └── LockedError         another run holds this home

A bad *record* is never an error: it becomes a quarantine row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


class DedupError(Exception):
    """Root of the tree. The message says what, where, and what to do next."""


class SettingsError(DedupError):
    """A setting is unknown, out of range or contradicts another."""


class InputError(DedupError):
    """The raw folder, or a night in it, cannot be used at all."""


class FingerprintError(DedupError):
    """Remembered state was made with other settings, tokenizer or scheme."""


@dataclass(frozen=True)
class Finding:
    """A gate that an outlet's night did not pass: what was found and what is usual, a number of records or a share."""

    night: date
    source: str
    gate: str
    found: float
    usual: float

    def __str__(self) -> str:
        """As the sentence has it."""
        return f"{self.night} {self.gate}:{self.source} {self.found:.4g}, usually {self.usual:.4g}"


class GateError(DedupError):
    """A night is far from its outlets' own history; readers keep the version before."""

    def __init__(self, message: str, findings: Sequence[Finding] = ()) -> None:
        """With each failing gate besides the sentence, for whoever can show a table."""
        super().__init__(message)
        self.findings = tuple(findings)


class InvariantError(DedupError):
    """A promise of the design would be broken; nothing was published."""


class LockedError(DedupError):
    """Another run holds this home."""


class SliceError(DedupError):
    """A slice of work cannot be done, and no record is to blame."""


class ClusterError(DedupError):
    """The Dask cluster is not there, or its workers cannot do the work; what is finished is kept."""


class StoreError(DedupError):
    """Object storage refuses, or is not there; readers keep the version before."""


class OvertakenError(DedupError):
    """Another run published to the same home first; nothing of this one is visible."""
