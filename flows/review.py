"""The review flow: pages for a person who judges the matcher."""

from typing import Any

from prefect import flow, runtime, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State

from dedup import places
from dedup.settings import load
from dedup.showing.review import Written
from dedup.showing.review import review as write_pages
from flows import forms, steps
from flows.markdown import code
from flows.reports import link_to

PATIENCE = 60  # minutes, while a run brings a home on object storage up to date


def _run_name() -> str:
    story = runtime.flow_run.parameters.get("story")
    return f"review of {story}" if story else f"review {steps.today()}"


@flow(name="review", flow_run_name=_run_name, timeout_seconds=2 * 3600, persist_result=False)
def review(home: forms.Place = forms.HOME, story: str = forms.STORY, pairs: forms.Pairs = forms.PAIRS) -> State[Any]:
    """Pages with texts side by side: what differs is marked, and why they were joined or kept apart is said.

    Without a story: the pairs nearest to the line on both sides of it, and the largest stories. With a story's id, or
    the id of any article in it: that story whole. The pages go to `HOME/review` and replace those before; nothing that
    is published changes. Of a home on object storage they stay on the machine that runs this, in its cache folder.
    """

    @task(name="pages", task_run_name="pages", cache_policy=NO_CACHE, **steps.patience(PATIENCE, steps.can_pass))
    def pages() -> Written:
        here = places.home_here(home, load())
        return write_pages(here, here / "review", story=story.strip() or None, borderline=pairs)

    def work() -> steps.Outcome:
        forms.check_whole("Home", home)
        written = pages()
        address = link_to(written.index.parents[1], written.index)
        lines = [f"**{written.n_pairs}** pairs and **{written.n_stories}** stories.", ""]
        lines += [f"[Open the pages]({address})", ""] if address else []
        lines.append(f"On the machine that made them: {code(str(written.index))}")
        create_markdown_artifact("\n".join(lines), key="dedup-review", description="Texts side by side")
        facts = {"index": str(written.index), "n_pairs": written.n_pairs, "n_stories": written.n_stories}
        return f"{written.n_pairs} pairs and {written.n_stories} stories: {written.index}", facts

    return steps.ended(work, home)
