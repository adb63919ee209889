"""How far the index has gone on since a version was made: what the next run would show readers again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dedup.index import Index


@dataclass(frozen=True)
class Drift:
    """Nights that a version and the index do not have alike, oldest first."""

    new: tuple[str, ...]  # the version does not have them
    changed: tuple[str, ...]  # done again since
    gone: tuple[str, ...]  # the index does not have them

    def __str__(self) -> str:
        """What it means, for a person."""
        if not (self.new or self.changed or self.gone):
            return "The index is just what this version was made from: the next run changes nothing, unless files do."
        said = [
            f"{what}: {nights[0]}{f' to {nights[-1]}' if len(nights) > 1 else ''}"
            for what, nights in (("later", self.new), ("done again since", self.changed), ("gone", self.gone))
            if nights
        ]
        return (
            f"The index has gone on since this version was made ({'; '.join(said)}), and the next run publishes from "
            f"the index: readers will see that again. Pause the schedule until what was delivered is mended, then run "
            f"with --from {min(self.new + self.changed + self.gone)}."
        )


def drift(manifest: Mapping[str, Any], index: Index) -> Drift | None:
    """What the index has otherwise than a version; None where the manifest does not name its index state."""
    if "index" not in manifest:
        return None
    then: dict[str, str] = manifest["index"]
    now = index.state()
    return Drift(
        new=tuple(sorted(now.keys() - then.keys())),
        changed=tuple(sorted(night for night in now.keys() & then.keys() if now[night] != then[night])),
        gone=tuple(sorted(then.keys() - now.keys())),
    )
