"""Write the sample: three nights of six invented outlets in every input format, with the truth about each record.

    python data/make_sample.py [FOLDER]

The stories stand in `sample_texts/`, the outlets' page furniture in `sample_pages.toml`; all of it is invented. The
same texts and the same seed give the same files (FOLDER is `data/sample` by default).
"""

import csv
import gzip
import html
import io
import json
import re
import shutil
import sys
import tomllib
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import zstandard

HERE = Path(__file__).parent
SEED = 2569
NIGHTS = (date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22))
BANGKOK = timezone(timedelta(hours=7))
PAGES = tomllib.loads((HERE / "sample_pages.toml").read_text(encoding="utf-8"))
OUTLETS = tuple(PAGES["outlet"])
TITLES = PAGES["other"]["titles"]
# One file per story: all of the first outlet, and about half of the second one's stories as HTML pages.
TEXT_OUTLET, PAGE_OUTLET = "lamnam", "rungarun"
MID_SHARE = 0.6  # of the stories have a list of headlines between their paragraphs

# Junk, by kind: what the screen has to say, and the outlets that deliver it, one a night.
JUNK = {
    "empty": ("empty", ("rungarun", "lamnam", "khuankhan")),
    "null": ("null", ("thungthong", "phuphapost", "haadsai")),
    "furniture": ("furniture-only", ("phuphapost", "khuankhan", "lamnam")),
    "english": ("not-thai", ("haadsai", "rungarun", "thungthong")),
    "repeated": ("repetitive", ("khuankhan", "haadsai", "rungarun")),
    "short": ("too-short", ("rungarun", "thungthong", "phuphapost")),
    "missing": ("too-short", ("phuphapost", "rungarun", "khuankhan")),
}
# Verbatim copies with damage: night, outlet, kind, the date as delivered where that is what is wrong.
DAMAGED = (
    (0, "phuphapost", "cp874", None),
    (0, "rungarun", "utf8", None),
    (1, "khuankhan", "utf8", None),
    (1, "haadsai", "cp874", None),
    (2, "thungthong", "lost", None),
    (0, "haadsai", "html", None),
    (0, "khuankhan", "html", None),
    (1, "phuphapost", "html", None),
    (2, "haadsai", "html", None),
    (0, "khuankhan", "date", "31/11/2569 10:15"),
    (1, "phuphapost", "date", "45 พ.ย. 2569 25:61 น."),
    (1, "thungthong", "date", "4102444800"),
    (2, "rungarun", "date", "2069-11-22T09:30:00+07:00"),
)


@dataclass(frozen=True)
class Draft:
    """One record before it has an id; `night` and `copy` are ordinals, `published` is Bangkok's clock."""

    outlet: str
    night: int
    published: datetime
    story_id: str
    relation: str
    edit: str
    title: str | None
    paragraphs: tuple[str, ...]
    desk: str
    page: int  # the article's number in the outlet's addresses: a re-crawl has its first crawl's
    copy: int = 0  # which form of the address
    expect: str = "keep"
    kind: str = "story"
    date: str | None = None
    id: str = ""


# -- texts ---------------------------------------------------------------------------------------------------------

_DATED = re.compile(r"(\d{1,2})(?:\s?[-–]\s?(\d{1,2}))? (พฤศจิกายน|ธันวาคม|พ\.ย\.|ธ\.ค\.)(?! 25(?!69))")
_MONTHS = {"พฤศจิกายน": 11, "ธันวาคม": 12, "พ.ย.": 11, "ธ.ค.": 12}


def stories() -> list[dict[str, Any]]:
    """The base stories in a fixed order; those written for the week after the last night are moved to it."""
    files = sorted(path for path in (HERE / "sample_texts").glob("*.toml") if path.stem != "wire_special")
    found = [story for path in files for story in tomllib.loads(path.read_text(encoding="utf-8"))["story"]]
    return [_week_earlier(story) if _day(story) > NIGHTS[-1] else story for story in found]


def _day(story: dict[str, Any]) -> date:
    """The first day that the story names, or the first night."""
    match = _DATED.search("\n".join(story["paragraphs"]))
    return date(2026, _MONTHS[match[3]], int(match[1])) if match else NIGHTS[0]


def _week_earlier(texts: Any) -> Any:
    """All strings with their days a week earlier: the days of the week stay right."""
    if isinstance(texts, str):
        return _DATED.sub(_moved, texts)
    if isinstance(texts, list):
        return [_week_earlier(text) for text in texts]
    return {name: _week_earlier(text) for name, text in texts.items()}


def _moved(match: re.Match[str]) -> str:
    month = _MONTHS[match[3]]
    days = [date(2026, month, int(day)) - timedelta(days=7) for day in match.groups()[:2] if day]
    forms = ("พ.ย.", "ธ.ค.") if "." in match[3] else ("พฤศจิกายน", "ธันวาคม")
    names = [forms[day.month - 11] for day in days]
    if len(set(names)) == 1:
        return "–".join(str(day.day) for day in days) + f" {names[0]}"
    return "–".join(f"{day.day} {name}" for day, name in zip(days, names, strict=True))


# -- what other outlets make of a story ----------------------------------------------------------------------------


def light(paragraphs: list[str], rng: Random) -> list[str]:
    """Some words replaced, each where it first stands."""
    text, left = "\n".join(paragraphs), rng.randint(4, 7)
    for old, new in PAGES["edit"]["swaps"]:
        if left and old in text:
            text, left = text.replace(old, new, 1), left - 1
    return text.split("\n")


def medium(story: dict[str, Any], rng: Random) -> list[str]:
    """Another first paragraph, and one of the others dropped."""
    rest = list(story["paragraphs"][1:])
    if len(rest) > 1:
        del rest[rng.randrange(len(rest))]
    return [story["lead_rewrite"], *rest]


def heavy(story: dict[str, Any], rng: Random) -> list[str]:
    """Another first paragraph; half of the others moved or cut, the rest with words replaced."""
    rest = list(story["paragraphs"][1:])
    if len(rest) > 2:
        rest[0], rest[1] = rest[1], rest[0]
    for i in rng.sample(range(len(rest)), (len(rest) + 1) // 2):
        rest[i] = _cut(rest[i])
    return [story["lead_rewrite"], *light(rest, rng)]


def _cut(paragraph: str) -> str:
    """The paragraph without its last clauses, about a third of it; Thai puts blanks between clauses."""
    ends = [match.start() for match in re.finditer(" ", paragraph) if 0.5 < match.start() / len(paragraph) < 0.8]
    fits = [end for end in ends if paragraph[:end].count("“") == paragraph[:end].count("”")]
    return paragraph[: min(fits, key=lambda end: abs(end - 0.67 * len(paragraph)))] if fits else paragraph


def excerpt(paragraphs: list[str]) -> list[str]:
    """The beginning: whole paragraphs, then clauses, 40 to 60 % of the text."""
    wanted, taken = 0.5 * sum(map(len, paragraphs)), list[str]()
    for paragraph in paragraphs:
        if sum(map(len, taken)) + len(paragraph) > 1.2 * wanted:
            break
        taken.append(paragraph)
    if sum(map(len, taken)) < 0.8 * wanted:
        taken.append(_cut(paragraphs[len(taken)]))
    return taken


def updated(story: dict[str, Any]) -> list[str]:
    """The story with its newer figures and what has happened since."""
    text = "\n".join(story["paragraphs"])
    for old, new in story["update_replace"]:
        if old not in text:
            raise ValueError(f"update_replace of {story['slug']}: {old!r} does not stand in the story")
        text = text.replace(old, new)
    return [*text.split("\n"), story["update"]]


# -- records -------------------------------------------------------------------------------------------------------


def drafts() -> list[Draft]:
    """Every record that is delivered whole, with its id, in the order of night, publication and making."""
    texts = stories()
    copies = [draft for i, story in enumerate(texts) for draft in _copies(story, i)]
    made = [*copies, *_wire(), *_roundups(copies), *_junk(), *_damaged(copies)]
    made.sort(key=lambda draft: (draft.night, draft.published))
    numbers: Counter[str] = Counter()
    named = []
    for draft in made:
        numbers[draft.outlet] += 1
        name = f"{draft.outlet}-{numbers[draft.outlet]:04d}"
        is_page = draft.relation in {"original", "syndicated"} and numbers[draft.outlet] % 2 == 0
        is_file = draft.outlet == TEXT_OUTLET or (draft.outlet == PAGE_OUTLET and is_page)
        # A file of its own has no field for an id: its place below the night's folder names it.
        named.append(replace(draft, id=f"{draft.outlet}/{name}" if is_file else name))
    return named


def _at(night: int, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(NIGHTS[night], time(hour), BANGKOK) + timedelta(minutes=minute)


def _night_of(story: dict[str, Any], i: int) -> int:
    """Not before the day that the story is about; of the older ones every fourth in the second night."""
    day = _day(story)
    return NIGHTS.index(day) if day in NIGHTS else int(i % 4 == 3)


def _copies(story: dict[str, Any], i: int) -> Iterator[Draft]:
    """A story and what the outlets make of it."""
    rng = Random(f"{SEED} {story['slug']}")
    night, text = _night_of(story, i), story["paragraphs"]
    later = min(night + 1, len(NIGHTS) - 1)
    owner = OUTLETS[i % len(OUTLETS)]
    others = rng.sample([outlet for outlet in OUTLETS if outlet != owner], len(OUTLETS) - 1)
    first = _at(night, 15, rng.randint(0, 180))
    title, (other, third) = story["title"], story["alt_titles"]
    versions = [
        (owner, "original", "none", title, text, night),
        (others[0], "syndicated", "verbatim", title, text, night),
        (others[1], "syndicated", "light", other, light(text, rng), night),
        (others[2], "syndicated", "medium", third, medium(story, rng), later),
        (others[3], "syndicated", "heavy", rng.choice([other, third]), heavy(story, rng), night),
        (others[4], "excerpt", "verbatim", other, excerpt(text), night),
        (others[0], "expanded", "verbatim", title, [*text, *story["extra"]], later),
        (owner, "update", "light", title, updated(story), later),
    ]
    made = []
    for outlet, relation, edit, headline, paragraphs, at in versions:
        is_later = relation in {"update", "expanded"}
        after = timedelta(minutes=rng.randint(20, 110) * (1 + is_later)) if relation != "original" else timedelta()
        published = (first if at == night else _at(at, 7)) + after
        number = 20_000 + 10 * i + (9 if is_later else OUTLETS.index(outlet))
        named = f"story-{story['slug']}"
        made.append(
            Draft(outlet, at, published, named, relation, edit, headline, tuple(paragraphs), story["desk"], number)
        )
    yield from made
    original, verbatim, lightly = made[:3]
    crawls = [(original, night + 1), (verbatim, night + 1), (lightly, night + 1), (original, night + 2)]
    for form, (crawled, at) in enumerate(crawls):
        if at < len(NIGHTS):
            yield replace(crawled, night=at, relation="recrawl", edit="verbatim", copy=1 + form % 2)


def _wire() -> Iterator[Draft]:
    """The daily series, each day at two outlets, and the stories around one shared paragraph."""
    wire = tomllib.loads((HERE / "sample_texts" / "wire_special.toml").read_text(encoding="utf-8"))
    for i, series in enumerate(wire["series"]):
        for day in series["days"]:
            night = NIGHTS.index(date.fromisoformat(day["night"]))
            text = tuple(paragraph.format_map(day["values"]) for paragraph in series["paragraphs"])
            title = series["title"].format_map(day["values"])
            named = f"series-{series['name']}-{day['night']}"
            for j, outlet in enumerate((OUTLETS[2 * i], OUTLETS[(2 * i + 3) % len(OUTLETS)])):
                published = _at(night, 8, 45 * i + 20 * j)
                page = 30_000 + 100 * night + 10 * i + j
                yield Draft(outlet, night, published, named, "series", "verbatim", title, text, series["desk"], page)
    for i, frame in enumerate(wire["frame"]):
        night = NIGHTS.index(date.fromisoformat(frame["night"]))
        text = (*frame["before"], wire["background"]["text"], *frame["after"])
        outlet, named = OUTLETS[(5 * i + 1) % len(OUTLETS)], f"bg0000-{i}"
        published, page = _at(night, 12, 17 * i), 31_000 + i
        yield Draft(
            outlet, night, published, named, "shared-background", "distinct", frame["title"], text, frame["desk"], page
        )


def _roundups(copies: list[Draft]) -> Iterator[Draft]:
    """One a night: headlines and first two paragraphs of four of its stories."""
    for night, day in enumerate(NIGHTS):
        held = [draft for draft in copies if draft.night == night and draft.relation == "original"][:4]
        text = tuple(line for draft in held for line in (draft.title or "", *draft.paragraphs[:2]))
        title = f"สรุปข่าวเด่นประจำวันที่ {day.day} พฤศจิกายน 2569"
        outlet = OUTLETS[2 * night]
        published, page = _at(night, 21, 30), 32_000 + night
        yield Draft(
            outlet, night, published, f"roundup-{night:04d}", "roundup", "verbatim", title, text, "ข่าวเด่น", page
        )


def _junk() -> Iterator[Draft]:
    texts = PAGES["junk"]
    of_kind = {"empty": (), "null": (), "furniture": (), "english": tuple(texts["english"])}
    of_kind |= {"repeated": (texts["repeated"] * 40,), "short": (texts["short"],), "missing": (texts["missing"],)}
    titles = {"null": None, "missing": texts["missing_title"], "english": "Ferry pier to open a month late"}
    for i, (kind, (verdict, outlets)) in enumerate(JUNK.items()):
        for night, outlet in enumerate(outlets):
            title = titles.get(kind, TITLES[3 * night + i])
            published, page = _at(night, 10, 13 * i), 33_000 + 10 * i + night
            named = f"bad{10 * night + i:05d}"
            yield Draft(
                outlet, night, published, named, "junk", "none", title, of_kind[kind], "ทั่วไป", page,
                expect=f"reject:{verdict}", kind=kind,
            )  # fmt: skip


def _damaged(copies: list[Draft]) -> Iterator[Draft]:
    """Verbatim copies that are damaged: mojibake, tags in the text, dates that are none."""
    expected = {"html": ("html", "repair"), "date": ("bad-date", "keep-or-reject:date")}
    for i, (night, outlet, kind, delivered) in enumerate(DAMAGED):
        originals = [draft for draft in copies if draft.relation == "original" and draft.night <= night]
        whole = sorted(originals, key=lambda draft: -draft.night)[(4 + i) % 7]
        relation, expect = expected.get(kind, ("mojibake", "repair-or-reject:encoding"))
        published = _at(night, 19, 7 * i)
        yield replace(
            whole, outlet=outlet, night=night, published=published, relation=relation, edit="verbatim",
            page=34_000 + i, expect=expect, kind=kind, date=delivered,
        )  # fmt: skip


# -- pages ---------------------------------------------------------------------------------------------------------


class Newsstand:
    """Which headlines an outlet's lists may carry on a night, and the stories they belong to."""

    def __init__(self, made: list[Draft]) -> None:
        self._held: dict[tuple[str, int], dict[str, str]] = defaultdict(dict)
        for draft in made:
            if draft.title and draft.relation != "junk":
                self._held[draft.outlet, draft.night].setdefault(draft.title, draft.story_id)

    def headlines(self, draft: Draft, rng: Random, count: int) -> list[str]:
        """`count` headlines of other stories: the outlet's own and ones that stand in lists only."""
        held = self._held[draft.outlet, draft.night].items()
        own = [title for title, story in held if story != draft.story_id and title != draft.title]
        return rng.sample(own, min(count, len(own))) if rng.random() < 0.7 else rng.sample(TITLES, count)


@dataclass(frozen=True)
class Page:
    """A record's page in parts: lines, and lists of headlines under their headings."""

    head: list[str]
    mid: list[str]  # with its heading; empty if the page has none
    at: int  # paragraphs before `mid`
    tail: list[list[str]]


def page(draft: Draft, stand: Newsstand) -> Page:
    """What the outlet puts around this story in this night."""
    rng = Random(f"{SEED} {draft.id} {draft.night}")
    outlet = PAGES["outlet"][draft.outlet]
    slots = {"title": draft.title or "", "desk": draft.desk, "byline": rng.choice(outlet["bylines"])}
    slots |= {"date": shown_date(draft), "views": f"{rng.randint(120, 48_000):,}"}

    def block(part: str | dict[str, Any]) -> list[str]:
        if isinstance(part, str):
            return [part.format_map(slots)]
        return [part["heading"], *stand.headlines(draft, rng, rng.randint(part["least"], part["most"]))]

    head = [line for part in outlet["head"] for line in block(part)]
    n = len(draft.paragraphs)
    mid = block(outlet["mid"]) if n > 2 and rng.random() < MID_SHARE else []
    return Page(head, mid, rng.randint(1, max(1, n - 2)), [block(part) for part in outlet["tail"]])


def delivered_text(draft: Draft, stand: Newsstand) -> str | None:
    """The text field: the story with the page around it, or the damage that this record is about."""
    if draft.kind == "null":
        return None
    if draft.kind in {"empty", "english", "repeated", "short", "missing"}:
        return "\n\n".join(draft.paragraphs)
    parts, story = page(draft, stand), list(draft.paragraphs)
    blocks = [*parts.head, *story, *("\n".join(block) for block in parts.tail)]
    if parts.mid:
        blocks.insert(len(parts.head) + parts.at, "\n".join(parts.mid))
    text = str(PAGES["outlet"][draft.outlet]["gap"]).join(blocks)
    return text if draft.kind in {"story", "furniture", "date"} else _damage(draft, text)


def _damage(draft: Draft, text: str) -> str:
    if draft.kind == "html":
        return "<div class='content'>" + "".join(f"<p>{html.escape(p)}&nbsp;</p>" for p in draft.paragraphs) + "</div>"
    if draft.kind == "cp874":
        return text.encode("cp874", "ignore").decode("latin-1")
    if draft.kind == "utf8":
        return "".join(_cp1252(byte) for byte in text.encode())
    return "".join("\ufffd" if i % 29 == 7 else letter for i, letter in enumerate(text))


def _cp1252(byte: int) -> str:
    """A byte as browsers read it in windows-1252: the five that it lacks are control characters."""
    return chr(byte) if byte in {0x81, 0x8D, 0x8F, 0x90, 0x9D} else bytes([byte]).decode("cp1252")


def delivered_html(draft: Draft, stand: Newsstand) -> str:
    """The whole page, for the outlet that delivers pages."""
    parts, name = page(draft, stand), PAGES["outlet"][draft.outlet]["name"]
    title = html.escape(draft.title or "")

    def listed(block: list[str]) -> str:
        items = "".join(f'<li><a href="#">{html.escape(line)}</a></li>' for line in block[1:])
        return f"<aside><h3>{block[0]}</h3><ul>{items}</ul></aside>\n"

    story = [f"<p>{html.escape(line)}</p>\n" for line in draft.paragraphs]
    if parts.mid:
        story.insert(parts.at, listed(parts.mid))
    tail = [listed(block) if len(block) > 1 else f"<div>{block[0]}</div>\n" for block in parts.tail]
    return (
        f'<!doctype html>\n<html lang="th"><head><meta charset="utf-8"><title>{title} - {name}</title>\n'
        f'<meta property="og:title" content="{title}"><link rel="canonical" href="{address(draft)}">\n'
        f'<meta property="article:published_time" content="{draft.published.isoformat()}">'
        f'<meta property="article:section" content="{draft.desk}"></head>\n'
        f"<body><nav>{html.escape(parts.head[0])}</nav>\n<main><article><h1>{title}</h1>\n"
        f"{''.join(story)}</article></main>\n<footer>\n{''.join(tail)}</footer></body></html>\n"
    )


def address(draft: Draft) -> str:
    return str(
        PAGES["outlet"][draft.outlet]["urls"][draft.copy].format(page=draft.page, **PAGES["outlet"][draft.outlet])
    )


# -- fields --------------------------------------------------------------------------------------------------------

_SHORT_MONTH, _LONG_MONTH = "พ.ย.", "พฤศจิกายน"  # all of it happens in November
_THAI_DIGITS = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")


def crawled_at(draft: Draft) -> datetime:
    """One outlet after the other, late in the evening."""
    return _at(draft.night, 23, 5 + 7 * OUTLETS.index(draft.outlet)) + timedelta(seconds=draft.page % 300)


def shown_date(draft: Draft) -> str:
    """The publication date as this outlet writes it."""
    at, year = draft.published, draft.published.year + 543
    forms = {
        "phuphapost": f"{at.day} {_SHORT_MONTH} {year} {at:%H:%M} น.",
        "haadsai": _ago(crawled_at(draft) - at),
        "thungthong": str(int(at.timestamp())),
        "khuankhan": f"{at:%d/%m}/{year} {at:%H:%M}",
        "lamnam": f"{at.day} {_LONG_MONTH} {year} เวลา {at:%H.%M} น.".translate(_THAI_DIGITS),
    }
    return draft.date or forms.get(draft.outlet, at.isoformat())


def _ago(passed: timedelta) -> str:
    minutes = int(passed.total_seconds()) // 60
    if minutes < 60:
        return f"{minutes} นาทีที่แล้ว"
    return f"{minutes // 60} ชั่วโมงที่แล้ว" if minutes < 1440 else f"{minutes // 1440} วันที่แล้ว"


def delivered(draft: Draft, stand: Newsstand) -> dict[str, Any]:
    """The record under the names that the outlet's scraper uses."""
    rng = Random(f"{SEED} {draft.id} fields")
    bylines = PAGES["outlet"][draft.outlet]["bylines"]
    values = {
        "id": draft.id,
        "url": address(draft),
        "source": draft.outlet,
        "title": draft.title,
        "text": delivered_text(draft, stand),
        "published": shown_date(draft),
        "crawled_at": crawled_at(draft).isoformat(),
        "category": draft.desk,
        "views": rng.randint(120, 48_000),
        "byline": rng.choice(bylines),
    }
    return {theirs: values[ours] for ours, theirs in PAGES["fields"][draft.outlet].items()}


# -- files ---------------------------------------------------------------------------------------------------------


def write(folder: Path) -> None:
    """`raw/` and `truth.parquet` below `folder`; what stood in `raw/` before is removed."""
    raw, made = folder / "raw", drafts()
    if raw.exists():
        shutil.rmtree(raw)
    stand = Newsstand(made)
    for night, day in enumerate(NIGHTS):
        place = raw / f"crawl_date={day}"
        place.mkdir(parents=True)
        for outlet in OUTLETS:
            held = [draft for draft in made if draft.night == night and draft.outlet == outlet]
            files = [draft for draft in held if "/" in draft.id]
            for draft in files:
                _write_file(draft, stand, place)
            rows = [delivered(draft, stand) for draft in held if draft not in files]
            if rows:
                _WRITERS[outlet](rows, place / outlet, night)
    (raw / f"crawl_date={NIGHTS[2]}" / "notes.docx").write_bytes(b"PK\x03\x04" + Random(SEED).randbytes(300))
    truth(made).write_parquet(folder / "truth.parquet", compression_level=19)


def _write_file(draft: Draft, stand: Newsstand, place: Path) -> None:
    """One story, one file."""
    path = place / f"{draft.id}.{'txt' if draft.outlet == TEXT_OUTLET else 'html'}"
    path.parent.mkdir(exist_ok=True)
    if draft.outlet != TEXT_OUTLET:
        content = delivered_html(draft, stand)
    else:
        content = delivered_text(draft, stand) or ""
        content = f"{draft.title}\n\n{content}\n" if content else ""
    path.write_bytes(content.encode())


def _lines(rows: list[dict[str, Any]]) -> list[bytes]:
    return [json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows]


def _write_jsonl(rows: list[dict[str, Any]], path: Path, night: int) -> None:
    """Plain lines; in the first night an error page of the proxy stands among them."""
    lines = _lines(rows)
    if night == 0:
        lines.insert(len(lines) // 2, b"<html><body><h1>502 Bad Gateway</h1></body></html>\n")
    path.with_suffix(".jsonl").write_bytes(b"".join(lines))


def _write_gz(rows: list[dict[str, Any]], path: Path, night: int) -> None:
    """Gzip; in the second night the scraper was killed while it wrote one record more."""
    lines = _lines(rows)
    if night != 1:
        path.with_suffix(".jsonl.gz").write_bytes(gzip.compress(b"".join(lines), mtime=0))
        return
    packer = zlib.compressobj(wbits=31)
    cut = lines[0].replace(b"0", b"9")[: len(lines[0]) // 2]
    packed = packer.compress(b"".join(lines) + cut) + packer.flush(zlib.Z_SYNC_FLUSH)
    path.with_suffix(".jsonl.gz").write_bytes(packed)


def _write_zst(rows: list[dict[str, Any]], path: Path, night: int) -> None:
    """Zstandard; in the second night one line holds bytes of no encoding."""
    lines = _lines(rows)
    if night == 1:
        lines.insert(1, b'{"_id": "haadsai-x", "title": "\xff\xfe\xfd", "content": "\xdb\xdc\xff"}\n')
    path.with_suffix(".jsonl.zst").write_bytes(zstandard.ZstdCompressor(level=19).compress(b"".join(lines)))


def _write_parquet(rows: list[dict[str, Any]], path: Path, night: int) -> None:
    """Typed columns: seconds since 1970, an instant, a list of categories."""
    frame = pl.DataFrame(rows, infer_schema_length=None).with_columns(
        pl.col("publish_date").cast(pl.Int64),
        pl.col("crawl_time").str.to_datetime(time_unit="ms", time_zone="UTC"),
        pl.concat_list("categories").alias("categories"),
    )
    frame.write_parquet(path.with_suffix(".parquet"), compression_level=19)


def _write_csv(rows: list[dict[str, Any]], path: Path, night: int) -> None:
    """Rows whose text spans lines; in the first night the last row opens a quote and never closes it."""
    table = io.StringIO()
    writer = csv.DictWriter(table, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    broken = 'khuankhan-x,https://www.khuankhan.example/?p=1,พาดหัวที่ขาด,"เนื้อข่าวที่ไม่มีเครื่องหมายปิด\r\n' if night == 0 else ""
    path.with_suffix(".csv").write_bytes((table.getvalue() + broken).encode())


_WRITERS = {
    "rungarun": _write_jsonl,
    "phuphapost": _write_gz,
    "haadsai": _write_zst,
    "thungthong": _write_parquet,
    "khuankhan": _write_csv,
}


def truth(made: list[Draft]) -> pl.DataFrame:
    """One row a record that is delivered whole, as `data/sample/README.md` describes it."""
    columns = {
        "id": [draft.id for draft in made],
        "story_id": [draft.story_id for draft in made],
        "relation": [draft.relation for draft in made],
        "edit": [draft.edit for draft in made],
        "source": [draft.outlet for draft in made],
        "published": [draft.published.isoformat() for draft in made],
        "crawl_date": [str(NIGHTS[draft.night]) for draft in made],
        "expect": [draft.expect for draft in made],
        "clean_text": [None if draft.relation == "junk" else "\n".join(draft.paragraphs) for draft in made],
    }
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "sample")
