"""What persons say that stands as of a night: every applied pair since the first night, and the stories it is in.

The window forgets articles; a verdict must not. An article of a pair that gets no row in a night (it has left the
window, or nothing new joins it) is recalled for the sake of its story, as long as that story can still change.
"""

from datetime import date

import polars as pl

from dedup.errors import InvariantError
from dedup.index import Index
from dedup.matching.overrule import KEY, Opinion
from dedup.matching.stories import ALIAS_SCHEMA, Stories
from dedup.persons.spoken import PAIR_SCHEMA

STANDING_SCHEMA = {
    **PAIR_SCHEMA,
    "rule": pl.String,  # what the matcher makes of the two texts
    "is_joined_by_itself": pl.Boolean,  # whether the matcher had them in one story in their night
    "left_story": pl.String,  # as of now
    "right_story": pl.String,
}
NAME = "person"
SIDES = ("left", "right")


def standing_as_of(index: Index, *night: date) -> pl.DataFrame:
    """`STANDING_SCHEMA` as the links of a night left it; nothing where no person ever spoke."""
    paths = [index.folder(known, "link") / f"{NAME}.parquet" for known in night]
    found = [pl.read_parquet(path) for path in paths if path.is_file()]
    return pl.concat([pl.DataFrame(schema=STANDING_SCHEMA), *found])


def new(pairs: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Pairs of a night (`spoken.PAIR_SCHEMA` and `rule`) as they are before their night is linked.

    `known` has `article_id` and `story_id` of those that are older; of one that is there twice the first row counts.
    """
    known = known.unique("article_id", keep="first", maintain_order=True)
    for side in SIDES:
        story = known.select(pl.col("article_id").alias(f"{side}_id"), pl.col("story_id").alias(f"{side}_story"))
        pairs = pairs.join(story, on=f"{side}_id", how="left", maintain_order="left")
    return pairs.with_columns(is_joined_by_itself=pl.lit(None, pl.Boolean)).select(*STANDING_SCHEMA)


def ends(standing: pl.DataFrame) -> pl.DataFrame:
    """The articles of the pairs, once each: `article_id`, `night`, `story_id`."""
    sides = [
        standing.select(article_id=f"{side}_id", night=f"{side}_night", story_id=f"{side}_story") for side in SIDES
    ]
    latest = pl.concat(sides).sort("article_id", "story_id", nulls_last=True)
    return latest.unique("article_id", keep="first", maintain_order=True)


def recalled(standing: pl.DataFrame, articles: pl.Series, carry: pl.DataFrame) -> pl.DataFrame:
    """The ends that get no row while their story is looked at: those not among `articles`, and settled ones.

    `carry` has `article_id`, `story_id` and `canonical_id` of the articles that had a row before.
    """
    settled = carry.filter(~pl.col("canonical_id").is_in(articles.implode()))["article_id"]
    has_row = pl.col("article_id").is_in(articles.implode()) & ~pl.col("article_id").is_in(settled.implode())
    return ends(standing).filter(~has_row, pl.col("story_id").is_in(carry["story_id"].implode()))


def carried(carry: pl.DataFrame, recalled: pl.DataFrame) -> pl.DataFrame:
    """`carry` with the recalled articles: each in its story, and kept for by an article that is beyond reach."""
    own = recalled.select("article_id", "story_id", canonical_id=pl.lit(""))
    return pl.concat([carry.join(own, on="article_id", how="anti"), own])


def beside(pairs: pl.DataFrame, members: pl.DataFrame, aliases: pl.DataFrame) -> pl.DataFrame:
    """The pairs with `is_joined_by_itself`, from the stories of the same night without them."""
    alone = with_stories(pairs, members, aliases).select(*PAIR_SCHEMA, is_alone=are_joined())
    found = pairs.join(alone, on=list(PAIR_SCHEMA), how="left", maintain_order="left")
    return found.with_columns(is_joined_by_itself="is_alone").select(*STANDING_SCHEMA)


def unborn(alone: pl.DataFrame, stories: Stories) -> pl.DataFrame:
    """Aliases for the stories of a night that would be there but for a person, and bear the id of one of its articles.

    `alone` are the members of the stories without that person.
    """
    borne = pl.concat([stories.members["story_id"], stories.aliases["old_story_id"]]).implode()
    gone = alone.filter(~pl.col("story_id").is_in(borne)).select(old_story_id="story_id").unique()
    now = stories.members.select("story_id", old_story_id="article_id")
    return gone.join(now, on="old_story_id").select(*ALIAS_SCHEMA).sort("old_story_id")


def with_stories(standing: pl.DataFrame, stories: pl.DataFrame, aliases: pl.DataFrame) -> pl.DataFrame:
    """The pairs with the story of each end now: that of its row in `stories`, or the one before under its new name."""
    renamed = pl.col("story_id").replace(aliases["old_story_id"], aliases["story_id"])
    now = (
        ends(standing)
        .with_columns(before=renamed)
        .drop("story_id")
        .join(stories.select("article_id", "story_id"), on="article_id", how="left")
        .select("article_id", story=pl.coalesce("story_id", "before"))
    )
    for side in SIDES:
        of_side = now.select(pl.col("article_id").alias(f"{side}_id"), pl.col("story").alias(f"{side}_story"))
        standing = standing.drop(f"{side}_story").join(of_side, on=f"{side}_id", how="left")
    return standing.select(*STANDING_SCHEMA).sort(*KEY, "left", "right", "verdict")


def are_joined() -> pl.Expr:
    """Whether the two articles of a pair stand in one story."""
    return pl.col("left_story") == pl.col("right_story")


def check_standing(standing: pl.DataFrame) -> None:
    """Every verdict that was applied holds. Raises InvariantError naming one that does not."""
    broken = standing.filter(are_joined() != (pl.col("verdict") == Opinion.SAME))
    if broken.height:
        row = broken.row(0, named=True)
        raise InvariantError(
            f"{broken.height} verdicts do not hold; {row['left']}, {row['right']}: {row['verdict']}, but articles "
            f"{row['left_id']} and {row['right_id']} stand in stories {row['left_story']} and {row['right_story']}. "
            f"Nothing was published."
        )
