"""The published tables as Delta Lake tables: one commit a table for each version, replacing the nights that changed.

HOME/published/delta/<table>/    partitioned by dt; the commits say which published version they are

A commit carries what each night was made from, so the tables are brought to any published version by what differs,
after a rollback too, and a killed run is finished by the next. Delta knows no unsigned numbers: counts are Int64.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError, TableNotFoundError

from dedup import contract
from dedup.errors import StoreError
from dedup.index import Counts, digest
from dedup.versions import Versions

VERSION_KEY, NIGHTS_KEY = "dedup_version", "dedup_nights"
"""Names in a commit's own metadata: the published version, and night → what its partition was made from (JSON)."""

LOOK_BACK = 50
"""Commits that are looked through for ours; behind so many others the table is written whole."""

Nights = dict[str, str]


@dataclass(frozen=True)
class Commit:
    """The last commit of ours in a table."""

    version: str | None = None
    nights: Nights | None = None


def bring_to_current(versions: Versions, root: str, *, keep_days: int) -> Counts:
    """Commit what the current version changed to every table below `root`; the counts: replaced (nights of tables).

    Files that no commit of the last `keep_days` needs are deleted. Raises StoreError; what was committed stays, and the
    next call does the rest.
    """
    name = versions.current_name()
    manifest = versions.manifest(name)
    replaced = 0
    try:
        for table in contract.TABLES:
            made_from = partitions_of(manifest, table)
            if not made_from and not DeltaTable.is_deltatable(f"{root}/{table}"):
                continue  # a version from before there was such a table
            replaced += _commit(versions.folder(str(name)), f"{root}/{table}", table, str(name), made_from)
            DeltaTable(f"{root}/{table}").vacuum(
                24 * keep_days, dry_run=False, enforce_retention_duration=False, full=True
            )
    except (DeltaError, OSError) as error:
        raise StoreError(f"{root}: the Delta tables are behind version {name} ({error}); run again") from error
    return {"replaced": replaced}


def partitions_of(manifest: dict[str, dict[str, str]], table: str) -> Nights:
    """Night → what its partition of the table was made from, and how."""
    how = manifest.get("metadata", {})
    start = f"{table}/dt="
    partitions = manifest.get("partitions", {}).items()
    return {path.removeprefix(start): digest(how, made) for path, made in partitions if path.startswith(start)}


def last_commit(address: str) -> Commit:
    """The newest commit of ours; others, such as an OPTIMIZE, say nothing of versions."""
    try:
        history = DeltaTable(address).history(LOOK_BACK)
    except TableNotFoundError:
        return Commit()
    ours = next((commit for commit in history if VERSION_KEY in commit), {})
    return Commit(ours.get(VERSION_KEY), json.loads(ours.get(NIGHTS_KEY, "null")))


def _commit(folder: Path, address: str, table: str, version: str, wanted: Nights) -> int:
    """One commit that makes the table the version's; the nights replaced."""
    before = last_commit(address)
    if (before.version, before.nights) == (version, wanted):
        return 0
    known = before.nights or {}
    changed = sorted(night for night in wanted | known if wanted.get(night) != known.get(night))
    said = CommitProperties({VERSION_KEY: version, NIGHTS_KEY: json.dumps(wanted, sort_keys=True)})
    if not changed:
        present = DeltaTable(address)
        present.create_write_transaction([], "append", present.schema(), ["dt"], commit_properties=said)
        return 0
    rows = _rows([folder / table / f"dt={night}" for night in changed if night in wanted], address)
    if set(known) <= set(changed):  # all of it: the columns may be others, too
        write_deltalake(
            address, rows, mode="overwrite", schema_mode="overwrite", partition_by=["dt"], commit_properties=said
        )
    else:
        nights = ", ".join(f"DATE '{night}'" for night in changed)
        write_deltalake(address, rows, mode="overwrite", predicate=f"dt IN ({nights})", commit_properties=said)
    return len(changed)


def _rows(partitions: list[Path], address: str) -> pa.RecordBatchReader:
    """The rows of some partitions, one in memory at a time; none of them in the columns that the table has."""
    files = [path for partition in partitions for path in sorted(partition.glob("*.parquet"))]
    schema = delta_schema(pq.read_schema(files[0])) if files else pa.schema(DeltaTable(address).schema())

    def batches() -> Iterator[pa.RecordBatch]:
        for file in files:
            night = file.parent.name.removeprefix("dt=")
            dated = pl.read_parquet(file, hive_partitioning=False).with_columns(dt=pl.lit(night).str.to_date())
            yield from dated.select(schema.names).to_arrow().cast(schema).to_batches()

    return pa.RecordBatchReader.from_batches(schema, batches())


def delta_schema(published: pa.Schema) -> pa.Schema:
    """The columns of a published file with `dt`, unsigned numbers as Int64."""
    fields = [pa.field(field.name, _signed(field.type)) for field in published]
    return pa.schema([*fields, pa.field("dt", pa.date32())])


def _signed(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_unsigned_integer(kind):
        return pa.int64()
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(_signed(kind.value_type))
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    return kind
