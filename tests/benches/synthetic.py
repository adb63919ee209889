"""Articles without end: a raw folder of any size, made from the sample's words and page furniture, seeded.

    python -m tests.benches.synthetic 100000 /tmp/raw --nights 10

Texts are drawn unit by unit, running phrases of the sample's stories and single words of PyThaiNLP's dictionary, both
by Zipf and Mandelbrot's law, so that articles share wording by chance about as news does. Three in ten are copies of an
earlier article in another outlet: as it stands, with words replaced, cut, or extended. Outlets are of very different
size: the first has about a third of all records. Written as it is drawn, so memory does not grow.
"""

import argparse
import json
import tomllib
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import numpy.typing as npt
from pythainlp.corpus import thai_words

from dedup.words.tokens import words

DATA = Path(__file__).parent.parent.parent / "data"
FIRST_NIGHT = date(2026, 11, 1)
OUTLETS = 12
COPIES = 0.30
REMEMBERED = 20_000
"""Articles that a copy may be made of: the newest."""
UNIT_BYTES = 23.2
"""Bytes of UTF-8 in a unit, on average."""

Units = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Language:
    """Units of text, and the sums of their weights."""

    units: list[str]
    weights: npt.NDArray[np.float64]

    def draw(self, n: int, random: np.random.Generator) -> Units:
        """The numbers of n units."""
        return np.searchsorted(self.weights, random.random(n)).astype(np.int32)

    def text(self, drawn: Units) -> str:
        """Phrases of seven units, paragraphs of six phrases."""
        units = [self.units[at] for at in drawn]
        phrases = ["".join(units[at : at + 7]) for at in range(0, len(units), 7)]
        return "\n".join(" ".join(phrases[at : at + 6]) for at in range(0, len(phrases), 6))


def language(random: np.random.Generator) -> Language:
    """Running phrases of the sample's stories with two fifths of the weight, words of the dictionary with the rest."""
    stories = [story for path in sorted((DATA / "sample_texts").glob("*.toml")) for story in _stories(path)]
    running = [word for story in stories for paragraph in story["paragraphs"] for word in words(paragraph)]
    starts = random.permutation(len(running) - 5)
    phrases = ["".join(running[at : at + 2 + at % 4]).strip() for at in starts]
    known = sorted(thai_words())
    lone = [known[at] for at in random.permutation(len(known))]
    often = sorted(set(running), key=lambda word: (-running.count(word), word))[:2_000]
    lone = [*often, *lone]
    weights = np.concatenate([0.4 * _zipf(len(phrases), 300.0), 0.6 * _zipf(len(lone), 2.7)])
    return Language([*phrases, *lone], np.cumsum(weights) / weights.sum())


def _zipf(n: int, shift: float) -> npt.NDArray[np.float64]:
    weights = 1 / (np.arange(n) + shift)
    return np.asarray(weights / weights.sum())


def _stories(path: Path) -> list[dict[str, Any]]:
    stories: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8")).get("story", [])
    return stories


@dataclass
class Outlet:
    """One of the sample's outlets under a number of its own, and its newest headlines."""

    source: str
    page: dict[str, Any]
    titles: deque[str] = field(default_factory=lambda: deque(maxlen=40))

    def laid_out(self, title: str, body: str, slots: dict[str, str], random: np.random.Generator) -> str:
        """The text of a page: furniture above, within and below the story."""
        gap = self.page["gap"]
        head = [line.format(title=title, **slots) for line in self.page["head"]]
        first, *rest = body.split("\n")
        lines = [*head, first, *self._listed(self.page["mid"], random), *rest]
        for entry in self.page["tail"]:
            lines += self._listed(entry, random) if isinstance(entry, dict) else [entry.format(**slots)]
        return str(gap).join(lines)

    def _listed(self, entry: dict[str, Any], random: np.random.Generator) -> list[str]:
        n = int(random.integers(entry["least"], entry["most"] + 1))
        chosen = random.choice(len(self.titles), min(n, len(self.titles)), replace=False)
        return [entry["heading"], *(self.titles[at] for at in chosen)]


def outlets() -> list[Outlet]:
    """`OUTLETS` outlets on the pages of the sample's."""
    pages = tomllib.loads((DATA / "sample_pages.toml").read_text(encoding="utf-8"))["outlet"]
    names = sorted(pages)
    return [Outlet(f"{names[n % len(names)]}{n + 1:02d}", pages[names[n % len(names)]]) for n in range(OUTLETS)]


def drawn_articles(n: int, n_bytes: int, spoken: Language, random: np.random.Generator) -> Iterator[Units]:
    """The units of n articles; three in ten are made from an earlier one."""
    kept: deque[Units] = deque(maxlen=REMEMBERED)
    sizes = np.exp(random.normal(0, 0.45, n)) * n_bytes / UNIT_BYTES / np.exp(0.45**2 / 2)
    for size in np.maximum(sizes, 25).astype(int):
        if kept and random.random() < COPIES:
            yield _copy(kept[int(random.integers(len(kept)))], spoken, random)
        else:
            kept.append(spoken.draw(size, random))
            yield kept[-1]


def _copy(original: Units, spoken: Language, random: np.random.Generator) -> Units:
    kind = random.random()
    if kind < 0.4:
        return original
    if kind < 0.7:
        replaced = random.random(len(original)) < 0.05
        return np.where(replaced, spoken.draw(len(original), random), original)
    if kind < 0.85:
        return original[: int(len(original) * random.uniform(0.4, 0.8))]
    return np.concatenate([original, spoken.draw(len(original) // 3, random)])


def write(raw: Path, n: int, *, nights: int = 10, n_bytes: int = 3_000, seed: int = 1) -> int:
    """Write n records in `nights` nights below `raw`; the characters in their titles and texts."""
    random = np.random.default_rng(seed)
    spoken, known = language(random), outlets()
    articles = drawn_articles(n, n_bytes, spoken, random)
    shares = np.cumsum(_zipf(len(known), 0.5))
    characters = 0
    for at in range(nights):
        night = FIRST_NIGHT + timedelta(days=at)
        folder = raw / f"crawl_date={night}"
        folder.mkdir(parents=True)
        with ExitStack() as files:
            streams = [
                files.enter_context((folder / f"{outlet.source}.jsonl").open("w", encoding="utf-8")) for outlet in known
            ]
            for number in range(n * at // nights, n * (at + 1) // nights):
                chosen = int(np.searchsorted(shares, random.random()))
                title = spoken.text(spoken.draw(9, random)).replace("\n", " ")
                body = spoken.text(next(articles))
                characters += _deliver(streams[chosen], known[chosen], number, night, title, body, random)
    return characters


def _deliver(
    stream: TextIO, outlet: Outlet, number: int, night: date, title: str, body: str, random: np.random.Generator
) -> int:
    page = outlet.page
    at = datetime(night.year, night.month, night.day, tzinfo=UTC) - timedelta(minutes=int(random.integers(30, 1_200)))
    slots = {
        "desk": "ข่าวทั่วไป",
        "byline": page["bylines"][number % len(page["bylines"])],
        "views": f"{int(random.integers(20, 60_000)):,}",
        "date": at.strftime("%d/%m/%Y %H:%M น."),
        "name": page["name"],
        "domain": page["domain"],
    }
    text = outlet.laid_out(title, body, slots, random)
    outlet.titles.append(title)
    record = {
        "id": f"{outlet.source}-{number:09d}",
        "url": f"https://www.{outlet.source}.example/news/{number}",
        "source": outlet.source,
        "title": title,
        "text": text,
        "published": at.isoformat(),
        "crawled_at": f"{night}T18:00:00+00:00",
        "category": "ข่าวทั่วไป",
    }
    stream.write(json.dumps(record, ensure_ascii=False) + "\n")
    return len(title) + len(text)


def main() -> None:
    """Write a folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", type=int)
    parser.add_argument("raw", type=Path)
    parser.add_argument("--nights", type=int, default=10)
    parser.add_argument("--bytes", type=int, default=3_000, help="of UTF-8 in an article's own text, on average")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    characters = write(args.raw, args.records, nights=args.nights, n_bytes=args.bytes, seed=args.seed)
    print(f"{args.records:,} records, {characters:,} characters in {args.raw}")


if __name__ == "__main__":
    main()
