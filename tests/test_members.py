import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from dedup.errors import InvariantError
from dedup.index import Index
from dedup.members import Members
from dedup.settings import Settings

WINDOW = Settings(index={"window_nights": 1})  # type: ignore[arg-type]


def test_rows_stand_in_the_order_of_the_articles(at_once: Path) -> None:
    index = Index(at_once / "index")
    members = Members.checked(index, Settings())
    for night in index.nights():
        rows = members.of(night)
        assert rows["article_id"].equals(index.read([night], "prepare", "articles")["article_id"])
        assert rows["source"].null_count() == rows["story_id"].null_count() == 0


def test_night_beyond_the_window_is_what_its_followers_left(small_home: Callable[[int], Path]) -> None:
    index = Index(small_home(1) / "index")
    first, second, third = index.nights()
    members = Members.checked(index, WINDOW)
    assert list(members.window) == [second, third]
    assert members.followers(first) == [first, second]
    held = Members.checked(index, Settings()).of(first)
    assert_frame_equal(members.of(first), held)


def test_article_without_a_row_is_named(at_once: Path, tmp_path: Path) -> None:
    index = Index(shutil.copytree(at_once / "index", tmp_path / "index"))
    newest = index.nights()[-1]
    rows = index.read([newest], "link", "members")
    rows.filter(rows["night"] != newest).write_parquet(index.folder(newest, "link") / "members.parquet")
    with pytest.raises(InvariantError, match="in no story"):
        Members.checked(index, Settings())
