"""The first step: a night's files become clean articles and quarantine rows.

    deliver   one file → records, texts repaired             (`deliver`: files in parallel)
    clean     some sources' records → articles, refused      (`clean`: sources in parallel)
    gather    the slices → the night's tables

The line model of a source needs all its records of the night, so the work is cut by file first and then by source.
Slices are Parquet files beside the checkpoint; workers get paths and give counts. What a killed run had finished of
them is not done again. A record that breaks its slice is refused, and the night prepared as if it had not been
delivered (`salvage`).
"""

import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from uuid import uuid4

import polars as pl

from dedup import salvage, streams
from dedup.clean import SHOWN_CHARS, SourceSlice, clean, part_bytes, source_groups, source_places
from dedup.deliver import FileSlice, deliver, delivered_places, poison_of
from dedup.fingerprint import rules_here
from dedup.index import Counts, Index, digest
from dedup.inputs import Inputs, UnsteadyError, inputs_of
from dedup.parallel import SliceMap
from dedup.poison import Note, Poison, PoisonError
from dedup.reading.read import ReadReason
from dedup.schemas import QUARANTINE_ORDER, READING_ORDER
from dedup.settings import Settings
from dedup.survey import Delivery


def prepare(
    index: Index, delivery: Delivery, settings: Settings, run_slices: SliceMap, *, poison: Sequence[Poison] = ()
) -> Counts:
    """Make the checkpoint `prepare` of one night: `articles`, `quarantine`, `files`, `lines`, `titles`, `removed`
    (by outlet) and `removed_lines` (by record).

    `poison` are records that a later step broke on; with those that break this one they are remembered for as long
    as the night's files stay the same. A file that changed while it was read counts as unsteady: what was read of it
    is there, and the next run reads it again.
    The counts: files, records, articles, quarantined, removed_lines, and unsteady_files if there are any.
    """
    inputs = inputs_of(delivery, index.looks(delivery.night))
    if poison:
        _note(index, delivery.night, inputs).add(poison)
    while True:
        note = _note(index, delivery.night, inputs)
        try:
            return _without(note.read(), inputs, index, delivery, settings, run_slices)
        except PoisonError as found:
            note.add(found.records)
        except UnsteadyError as found:
            inputs = inputs.unsteady(found.names)


def read_ahead(index: Index, delivery: Delivery, settings: Settings, run_slices: SliceMap) -> Counts:
    """Read a night's files before it is its turn: `prepare` then finds them read. Counts records.

    What it cannot read it leaves to `prepare`, and so it does what changed meanwhile.
    """
    inputs = inputs_of(delivery, index.looks(delivery.night))
    note = _note(index, delivery.night, inputs)
    poison = note.read()
    if index.is_done(delivery.night, "prepare", _made_from(index, delivery.night, inputs, poison)):
        return {}
    delivered = index.begin_slices(delivery.night, "read", *_read_from(inputs, poison, settings))
    try:
        read = _read(delivered, delivery, poison, settings, run_slices)
    except PoisonError as found:
        note.add(found.records)
        return {}
    if inputs.moved(delivery):
        shutil.rmtree(delivered)
    return {"records": sum(read.values())}


def _without(
    poison: list[Poison],
    inputs: Inputs,
    index: Index,
    delivery: Delivery,
    settings: Settings,
    run_slices: SliceMap,
) -> Counts:
    """The checkpoint, with the poison in quarantine. Raises PoisonError naming more of it, and UnsteadyError."""
    night = delivery.night
    before = [known for known in index.nights() if known < night]
    made_from = _made_from(index, night, inputs, poison)
    stamp = index.stamp(night, "prepare")
    if stamp is not None and stamp.digest == made_from:
        return stamp.counts
    counts: Counts = {}
    read_from = _read_from(inputs, poison, settings)
    with (
        index.checkpoint(night, "prepare", made_from, counts) as folder,
        index.slices(night, "read", *read_from) as delivered,
    ):
        n_read = _read(delivered, delivery, poison, settings, run_slices)
        unsteady = inputs.steady & (inputs.moved(delivery) | _unread(delivered))
        if unsteady:
            raise UnsteadyError(unsteady)
        earlier = [index.folder(known, "prepare") for known in before[-settings.clean.window_nights :]]
        groups = source_groups(delivered, settings)
        with index.slices(night, "clean", made_from, *read_from, groups, part_bytes(settings)) as cleaned:
            cpu_seconds = salvage.SLICE_RECORDS * settings.run.record_seconds
            sources = [
                SourceSlice(group, night, i, delivered, cleaned, earlier, settings, cpu_seconds)
                for i, group in enumerate(groups)
            ]
            step = salvage.Step("clean", clean, source_places, settings.run.record_seconds)
            salvage.results(run_slices, step, sources)
            counts.update(_gather(delivered, cleaned, folder, n_read, night))
        if n_unsteady := inputs.n_unsteady:
            counts["unsteady_files"] = n_unsteady
    return counts


def _read_from(inputs: Inputs, poison: list[Poison], settings: Settings) -> tuple[object, ...]:
    """What the slices of the files are made from; of an unsteady file, which is read as it is now, nobody can say."""
    anew = uuid4().hex if inputs.n_unsteady else ""
    return inputs.rows, *poison, rules_here(settings.match.engine), anew


def _read(
    delivered: Path, delivery: Delivery, poison: list[Poison], settings: Settings, run_slices: SliceMap
) -> dict[str, int]:
    """Read every file into slices; the records of each. Raises PoisonError."""
    record_seconds = settings.run.record_seconds
    cpu_seconds = salvage.SLICE_RECORDS * record_seconds
    files = [
        FileSlice(file, delivery.night, i, delivered, settings, poison_of(file, poison), cpu_seconds)
        for i, file in enumerate(delivery.files)
    ]
    read = salvage.results(run_slices, salvage.Step("read", deliver, delivered_places, record_seconds), files)
    return {task.delivered.file.name: counts["records"] for task, counts in zip(files, read, strict=True)}


def _unread(slices: Path) -> set[str]:
    """Names of the files that the disk did not give, or not to their end."""
    is_unread = pl.col("reasons").list.contains(ReadReason.UNREADABLE_FILE)
    refused = sorted(slices.glob("refused-*.parquet"))
    if not refused:
        return set()
    return set(streams.selected(refused, lambda scan: scan.filter(is_unread).select("file"))["file"])


def prepare_digest(index: Index, delivery: Delivery) -> str:
    """What a night's articles are made from: its files, but for poison, and what the night before was made from."""
    inputs = inputs_of(delivery, index.looks(delivery.night))
    return _made_from(index, delivery.night, inputs, _note(index, delivery.night, inputs).read())


def _made_from(index: Index, night: date, inputs: Inputs, poison: list[Poison]) -> str:
    before = [known for known in index.nights() if known < night][-1:]
    return digest("prepare", inputs.rows, [_digest(index, known) for known in before], *poison)


def _note(index: Index, night: date, inputs: Inputs) -> Note:
    return Note(index.root / f"dt={night}" / "poison.json", digest(inputs.rows))


def _digest(index: Index, night: date) -> str:
    stamp = index.stamp(night, "prepare")
    return stamp.digest if stamp else ""


def _gather(delivered: Path, cleaned: Path, folder: Path, n_read: dict[str, int], night: date) -> Counts:
    """The night's tables from the slices, each in a total order, a chunk of rows at a time.

    Slices are in the order of sources: what stands source by source is one slice after another.
    """

    def runs(*names: str) -> list[Path]:
        found = (place.glob(f"{name}-*.parquet") for name in names for place in (delivered, cleaned))
        return [path for paths in found for path in sorted(paths)]

    streams.gather(
        runs("refused", "screened"), folder / "quarantine.parquet", QUARANTINE_ORDER, nulls_last=True, night=night
    )
    streams.gather(runs("articles"), folder / "articles.parquet", READING_ORDER)
    for name in ("lines", "titles", "removed_lines"):
        streams.gather(runs(name), folder / f"{name}.parquet")
    shown = pl.col("text").str.slice(0, SHOWN_CHARS), "reason", pl.col("n_articles").cast(pl.UInt32).alias("n_lines")
    removed = streams.selected(runs("removed"), lambda scan: scan.select("source", *shown))
    removed = removed.sort("source", "n_lines", "text", "reason", descending=[False, True, False, False])
    removed.write_parquet(folder / "removed.parquet")
    files = _files(n_read, folder)
    files.write_parquet(folder / "files.parquet")
    return {
        "files": files.height,
        "records": sum(n_read.values()),
        "articles": int(files["n_articles"].sum()),
        "quarantined": int(files["n_quarantined"].sum()),
    }


def _files(n_read: dict[str, int], folder: Path) -> pl.DataFrame:
    """One row a file: what was read, and what was written of it. The conservation check rests on it."""
    read = pl.DataFrame({"file": list(n_read), "n_read": list(n_read.values())}, schema_overrides={"n_read": pl.Int64})
    for name, table in (("n_articles", "articles"), ("n_quarantined", "quarantine")):
        rows = pl.scan_parquet(folder / f"{table}.parquet").select("file").group_by("file")
        written = rows.agg(pl.len().cast(pl.Int64).alias(name)).collect()
        read = read.join(written, on="file", how="left")
    return read.with_columns(pl.col("n_articles", "n_quarantined").fill_null(0)).sort("file")
