"""The five formats: a file → its records, each mapped or refused, in file order."""

from collections.abc import Callable, Iterable

from dedup.reading.csvrows import csv_rows
from dedup.reading.decompress import whole
from dedup.reading.fields import FIELDS, Events, event, mapper
from dedup.reading.parquetrows import parquet_rows
from dedup.reading.rawfiles import Format, RawFile
from dedup.reading.rawlines import RawLine, decode, raw_lines, undecodable
from dedup.reading.refusals import ReadReason, Refusal, Refused, stands_twice
from dedup.reading.strictjson import parse_object
from dedup.settings import ReadSettings


def read_events(file: RawFile, settings: ReadSettings) -> Events:
    """Every record of the file, delivered or refused, in the file's order."""
    if file.refusal or file.format is None:
        detail = "no format is known by this name"
        yield Refused(file.refusal or Refusal(ReadReason.UNKNOWN_FORMAT, detail), source=file.source)
        return
    yield from _READERS[file.format](file, settings)


def json_events(lines: Iterable[RawLine], file: RawFile, settings: ReadSettings) -> Events:
    """What each line is, one by one; nothing where it is blank."""
    map_record = mapper(settings.aliases, file.source)
    for line in lines:
        text = "" if line.refusal else decode(line.raw)
        if line.refusal or text is None:
            yield _unread(line, line.refusal or undecodable(), file)
        elif text and not text.isspace():
            parsed = parse_object(text)
            if isinstance(parsed, Refusal):
                is_cut = parsed.reason is ReadReason.NOT_JSON and not line.is_ended
                cut = Refusal(ReadReason.TRUNCATED, "the file ends in the middle of this record")
                yield _unread(line, cut if is_cut else parsed, file)
            else:
                yield event(map_record(parsed), line.number, line.raw, len(line.raw))


def _jsonl(file: RawFile, settings: ReadSettings) -> Events:
    return json_events(raw_lines(file.path, file.compression, settings=settings), file, settings)


def _csv(file: RawFile, settings: ReadSettings) -> Events:
    map_record = mapper(settings.aliases, file.source)
    header: list[str] | None = None
    for row in csv_rows(raw_lines(file.path, file.compression, settings=settings), settings=settings):
        line = RawLine(row.line, row.offset, row.raw, is_ended=True)
        fields = row.refusal or _decoded(row.fields, row.raw)
        if header is None:
            fields = fields if isinstance(fields, Refusal) else _header(fields)
            if isinstance(fields, Refusal):
                detail = f"the header cannot be used, and no row was read: {fields.detail}"
                yield _unread(line, Refusal(fields.reason, detail), file)
                return
            header = fields
            missing = map_record(dict.fromkeys(header)).refusal
            if missing and missing.reason is ReadReason.MISSING_TEXT:  # perhaps no header, but the first record
                yield _unread(line, missing, file)
        elif isinstance(fields, Refusal):
            yield _unread(line, fields, file)
        elif [name.strip() for name in fields] == header:
            yield _unread(line, Refusal(ReadReason.REPEATED_HEADER, "the header once more"), file)
        elif len(fields) != len(header):
            detail = f"{len(fields)} fields, the header names {len(header)}"
            yield _unread(line, Refusal(ReadReason.BAD_CSV, detail), file)
        else:
            mapped = map_record({name: value or None for name, value in zip(header, fields, strict=True)})
            yield event(mapped, row.line, row.raw, len(row.raw))


def _decoded(fields: list[bytes], raw: bytes) -> list[str] | Refusal:
    """The fields of a row, all in one encoding."""
    try:
        return [field.decode("utf-8") for field in fields]
    except UnicodeDecodeError:
        return undecodable() if decode(raw) is None else [field.decode("cp874") for field in fields]


def _header(fields: list[str]) -> list[str] | Refusal:
    names = [name.strip() for name in fields]
    twice = stands_twice(names)
    return names if twice is None else Refusal(ReadReason.DUPLICATE_KEY, f"the column {twice!a} stands twice")


def _text(file: RawFile, settings: ReadSettings) -> Events:
    """One article: all of the file is its text, the first line that is not blank its title."""
    return _page(file, settings, lambda text: {"title": text.lstrip().partition("\n")[0].strip() or None, "text": text})


def _html(file: RawFile, settings: ReadSettings) -> Events:
    return _page(file, settings, lambda text: {"html": text})


def _page(file: RawFile, settings: ReadSettings, fields_of: Callable[[str], dict[str, str | None]]) -> Events:
    raw, refusal = whole(file.path, file.compression, settings=settings)
    text = None if refusal else decode(raw)
    if refusal or text is None:
        yield Refused(refusal or undecodable(), raw or None, 1, source=file.source)
        return
    own_names = mapper({field: [field] for field in FIELDS}, file.source)
    yield event(own_names(fields_of(text)), 1, raw, len(raw))


def _unread(line: RawLine, refusal: Refusal, file: RawFile) -> Refused:
    return Refused(refusal, line.raw or None, line.number, line.offset, file.source)


_READERS: dict[Format, Callable[[RawFile, ReadSettings], Events]] = {
    Format.JSONL: _jsonl,
    Format.PARQUET: parquet_rows,
    Format.CSV: _csv,
    Format.TEXT: _text,
    Format.HTML: _html,
}
