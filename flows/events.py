"""What the job tells other flows and automations.

dedup.version.published     once a run that changed anything; resource dedup.home.<path>
dedup.partition.published   once a night whose articles changed; resource dedup.partition.<night>
dedup.gate.refused          a run was refused; its payload has the sentence to act on
"""

from datetime import date
from pathlib import Path

from prefect.events import emit_event

from dedup.errors import DedupError
from dedup.pipeline import Job

PARTITION = "dedup.partition.published"
VERSION = "dedup.version.published"
REFUSED = "dedup.gate.refused"


def _home(home: Path | str) -> dict[str, str]:
    return {"prefect.resource.id": f"dedup.home.{home}", "prefect.resource.name": str(home)}


def changed_nights(before: dict[str, str], now: dict[str, str]) -> list[date]:
    """The nights whose articles are others now; both are the `partitions` of a version's manifest."""
    changed = [path for path, made_from in now.items() if before.get(path) != made_from]
    return sorted(date.fromisoformat(path[-10:]) for path in changed if path.startswith("articles/dt="))


def published(job: Job, version: str, before: dict[str, str]) -> None:
    """Tell that a version, and the partitions that are new in it, can be read."""
    nights = changed_nights(before, job.versions.manifest(version)["partitions"])
    told = {"version": version, "home": str(job.home), "published": str(job.versions.current)}
    for night in nights:
        name = f"dedup.partition.{night}"
        emit_event(
            event=PARTITION,
            resource={"prefect.resource.id": name, "prefect.resource.name": f"articles of {night}"},
            related=[{**_home(job.home), "prefect.resource.role": "home"}],
            payload={**told, "night": str(night)},
        )
    emit_event(event=VERSION, resource=_home(job.home), payload={**told, "nights": [str(night) for night in nights]})


def refused(home: str, error: DedupError) -> None:
    """Tell that a run was refused, and why."""
    emit_event(event=REFUSED, resource=_home(home), payload={"kind": type(error).__name__, "sentence": str(error)})
