"""Five pictures of what is published: `marimo run notebooks/stories.py -- --home HOME`; `marimo edit` changes them."""

import marimo

app = marimo.App(width="medium", app_title="Stories")

with app.setup:
    import os
    from pathlib import Path

    import altair as alt
    import marimo as mo
    import polars as pl

    BLUE, PALE, INK = "#22607f", "#9cc3d5", "#1d2433"
    MOST_OUTLETS = 20


@app.cell
def tables():
    current = Path(mo.cli_args().get("home") or os.environ.get("DEDUP_HOME") or "data/home") / "published" / "current"
    mo.stop(not current.is_dir(), mo.md(f"Nothing is published in `{current}`: give `-- --home HOME`."))

    def table(name):
        return pl.scan_parquet(f"{current}/{name}/**/*.parquet", hive_partitioning=True, try_parse_hive_dates=True)

    nights = table("nights").sort("dt").collect()
    return nights, table


@app.cell
def asked(nights):
    newest = mo.ui.slider(1, nights.height, value=min(nights.height, 30), label="newest nights", show_value=True)
    mo.vstack([mo.md(f"# Stories up to {nights['dt'].max()}"), newest])
    return (newest,)


@app.cell
def shown(newest, nights, table):
    is_shown = pl.col("dt") >= nights["dt"][-newest.value]
    members = table("members").filter(is_shown)
    return is_shown, members


@app.cell
def stories_per_night(is_shown, nights):
    counts = {"new stories": pl.col("n_new_stories"), "articles": pl.col("n_articles")}
    per_night = (
        alt.Chart(
            nights.filter(is_shown).select("dt", **counts).unpivot(index="dt", variable_name="of", value_name="n")
        )
        .mark_bar()
        .encode(
            x=alt.X("yearmonthdate(dt):O", title=None),
            xOffset=alt.XOffset("of:N", sort=[*counts]),
            y=alt.Y("n:Q", title=None),
            color=alt.Color("of:N", title=None, scale=alt.Scale(domain=[*counts], range=[BLUE, PALE])),
            tooltip=["dt:T", "of:N", "n:Q"],
        )
        .properties(width="container", height=220)
    )
    mo.vstack(
        [mo.md("## Stories per night\nA story counts in the night it was first seen; articles count each."), per_night]
    )
    return (per_night,)


@app.cell
def who_is_first(is_shown, table):
    counts_of = ["n_begun", "n_reprinted"]
    begun = table("outlets").filter(is_shown).group_by("source").agg(pl.col(counts_of).sum()).collect()
    first_publishers = (
        alt.Chart(begun.sort(*counts_of, "source", descending=[True, True, False]).head(MOST_OUTLETS))
        .mark_bar(color=BLUE)
        .encode(
            x=alt.X("n_begun:Q", title="stories begun"),
            y=alt.Y("source:N", title=None, sort="-x"),
            tooltip=["source:N", "n_begun:Q", alt.Tooltip("n_reprinted:Q", title="articles others ran of them")],
        )
        .properties(width="container")
    )
    mo.vstack([mo.md("## Who is first"), first_publishers])
    return (first_publishers,)


@app.cell
def who_runs_whose(is_shown, table):
    pairs = (
        table("sources")
        .filter(is_shown, pl.col("source") != pl.col("first_source"))
        .group_by("first_source", "source")
        .agg(articles=pl.col("n_articles").sum(), minutes=pl.col("median_lag_minutes").median())
        .sort("first_source", "source")
        .collect()
    )
    cells = alt.Chart(pairs).encode(
        x=alt.X("source:N", title="ran it later"),
        y=alt.Y("first_source:N", title="was first"),
        tooltip=["first_source:N", "source:N", "articles:Q", alt.Tooltip("minutes:Q", title="median minutes")],
    )
    is_dark = f"datum.articles > {(pairs['articles'].max() or 0) / 2}"
    reprints = alt.layer(
        cells.mark_rect().encode(color=alt.Color("articles:Q", scale=alt.Scale(range=["#edf3f6", BLUE]), legend=None)),
        cells.mark_text().encode(text="articles:Q", color=alt.condition(is_dark, alt.value("#fff"), alt.value(INK))),
    ).properties(width="container", height=max(36 * pairs["first_source"].n_unique(), 60))
    mo.vstack([mo.md("## Who runs whose stories"), reprints])
    return (reprints,)


@app.cell
def how_fast(members, table):
    waits = (
        members.join(table("articles").select("story_id", "first_source").unique(), on="story_id")
        .filter(pl.col("source") != pl.col("first_source"), pl.col("lag_minutes").is_not_null())
        .group_by("story_id")
        .agg(hours=pl.col("lag_minutes").min() / 60)
        .sort("story_id")
        .collect()
    )
    first_reprints = (
        alt.Chart(waits)
        .mark_bar(color=BLUE)
        .encode(
            x=alt.X("hours:Q", bin=alt.Bin(maxbins=40), title="hours until the first other outlet had it"),
            y=alt.Y("count()", title="stories"),
        )
        .properties(width="container", height=220)
    )
    half = f"Half of the stories that others took up were taken up within {waits['hours'].median() or 0:.1f} hours."
    mo.vstack([mo.md(f"## How fast\n{half}"), first_reprints])
    return (first_reprints,)


@app.cell
def whose_own(members):
    exclusive = (
        members.select("story_id", "source")
        .unique()
        .with_columns(is_own=pl.len().over("story_id") == 1)
        .group_by("source")
        .agg(stories=pl.len(), share=pl.col("is_own").mean())
        .sort("share", "source", descending=[True, False])
        .collect()
    )
    own_stories = (
        alt.Chart(exclusive.head(MOST_OUTLETS))
        .mark_bar(color=BLUE)
        .encode(
            x=alt.X("share:Q", title=None, axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1])),
            y=alt.Y("source:N", title=None, sort="-x"),
            tooltip=["source:N", "stories:Q", alt.Tooltip("share:Q", format=".1%")],
        )
        .properties(width="container")
    )
    mo.vstack([mo.md("## Whose stories are its own\nThe share of an outlet's stories that no other ran."), own_stories])
    return (own_stories,)


if __name__ == "__main__":
    app.run()
