"""An example of a flow that lives on what the job publishes: it waits for a night's partition, then asks it something.

Copy it for your own questions. It needs DuckDB, and it reads through the pointer once, so that a version published
meanwhile does not disturb it.
"""

import time
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import duckdb
import polars as pl
from prefect import flow, runtime, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from pydantic import Field

from dedup import pipeline, places
from dedup.errors import InputError, LockedError
from dedup.settings import load
from flows import forms, steps
from flows.markdown import table

POLL = 15.0  # seconds

MOST_REPRINTED = """
select title, first_source as first, n_sources as outlets, n_members as articles
from read_parquet($partition)
where n_sources > 1
order by outlets desc, articles desc, article_id
limit 20
"""

Minutes = Annotated[int, Field(ge=0, le=1440)]
PATIENCE = forms.shown("Patience", "Minutes to wait for the partition, 0 to 1,440.", 60)
WHICH = forms.shown("Night", "The crawl date to ask about; None takes the newest published night.", None)


def partition_of(home: str, night: date | None) -> Path | None:
    """The folder of a night's articles in the current version; None while it is not there.

    What is on object storage is fetched first, unless a run is doing so.
    """
    try:
        here = places.home_here(home, load())
    except LockedError:
        return None
    current = pipeline.versions_of(here).current.resolve()
    if night is not None:
        return next(iter(current.glob(f"articles/dt={night}")), None)
    return max(current.glob("articles/dt=*"), default=None)


def _run_name() -> str:
    return f"morning {runtime.flow_run.parameters.get('night') or steps.today()}"


@flow(name="morning", flow_run_name=_run_name, timeout_seconds=25 * 3600, persist_result=False)
def morning(
    home: forms.Place = forms.HOME, night: date | None = WHICH, patience_minutes: Minutes = PATIENCE
) -> State[Any]:
    """The new stories that most outlets printed, for the morning's meeting: an example of a downstream flow.

    The deployment starts by itself when a run has published something (event `dedup.version.published`). Started by
    hand for a night that is not there yet, it waits.
    """

    @task(name="wait", task_run_name="wait", cache_policy=NO_CACHE)
    def wait() -> Path:
        deadline = time.monotonic() + 60 * patience_minutes
        while (found := partition_of(home, night)) is None:
            if time.monotonic() >= deadline:
                raise InputError(f"{home}: no articles of {night or 'any night'} after {patience_minutes} minutes")
            time.sleep(POLL)
        return found

    @task(name="query", task_run_name="query", cache_policy=NO_CACHE)
    def query(partition: Path) -> pl.DataFrame:
        cursor = duckdb.connect().execute(MOST_REPRINTED, {"partition": f"{partition}/*.parquet"})
        columns = [column[0] for column in cursor.description or []]
        return pl.DataFrame(cursor.fetchall(), schema=columns, orient="row")

    def work() -> steps.Outcome:
        forms.check_whole("Home", home)
        partition = wait()
        stories = query(partition)
        text = f"## New stories that most outlets printed, {partition.name.removeprefix('dt=')}\n\n{table(stories)}"
        create_markdown_artifact(text, key="morning-stories", description="Example of a downstream flow")
        said = f"The {stories.height} new stories that most outlets printed."
        return said, {"partition": str(partition), "n_stories": stories.height}

    return steps.ended(work, home)
