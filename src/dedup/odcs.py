"""The data contract of the published tables in the Open Data Contract Standard (v3.1.0, bitol.io), as YAML.

Made from the same classes as the Parquet schemas and the data dictionary, so the three cannot disagree.
"""

import json
from collections.abc import Iterator
from typing import Any

import dataframely as dy
import polars as pl

from dedup import contract

API_VERSION = "v3.1.0"
LOGICAL = {
    pl.String: "string",
    pl.Boolean: "boolean",
    pl.Int64: "integer",
    pl.UInt32: "integer",
    pl.Float64: "number",
    pl.Datetime: "timestamp",
    pl.List: "array",
}
PHYSICAL = {
    pl.String: "VARCHAR",
    pl.Boolean: "BOOLEAN",
    pl.Int64: "BIGINT",
    pl.UInt32: "UINTEGER",
    pl.Float64: "DOUBLE",
    pl.Datetime: "TIMESTAMP WITH TIME ZONE",
    pl.List: "VARCHAR[]",
}
"""As DuckDB names the types of the files."""


def data_contract() -> str:
    """The whole contract, one schema a table, `dt` first in each."""
    document = {
        "apiVersion": API_VERSION,
        "kind": "DataContract",
        "id": "dedup-published",
        "name": "Cleaned and deduplicated Thai news",
        "version": f"{contract.VERSION}.0.0",
        "status": "active",
        "description": {
            "purpose": "Scraped Thai news, one row a kept text, with evidence for every article that is not kept.",
            "usage": "Read the partitions below `current`; a version is replaced whole and never changed in place.",
            "limitations": "dt is the night of the crawl, not the day of publication. Columns are only added within a "
            "major version.",
        },
        "servers": [{"server": "current", "type": "local", "path": "./{model}/dt=*/*.parquet", "format": "parquet"}],
        "schema": [_table(name, schema) for name, schema in contract.TABLES.items()],
    }
    return "\n".join(_yaml(document)) + "\n"


def _table(name: str, schema: type[dy.Schema]) -> dict[str, Any]:
    night = {
        "name": "dt",
        "logicalType": "date",
        "physicalType": "DATE",
        "description": "The night (crawl date) of the partition",
        "required": True,
        "partitioned": True,
        "partitionKeyPosition": 1,
    }
    return {
        "name": name,
        "physicalName": name,
        "logicalType": "object",
        "physicalType": "table",
        "description": (schema.__doc__ or "").split(": ", 1)[-1],
        "properties": [night, *(_property(column, kind) for column, kind in schema.columns().items())],
    }


def _property(name: str, column: dy.Column) -> dict[str, Any]:
    kind = column.dtype.base_type()
    described = {
        "name": name,
        "logicalType": LOGICAL[kind],
        "physicalType": PHYSICAL[kind],
        "description": (column.metadata or {})["description"],
        "required": not column.nullable,
    }
    if kind is pl.List:
        described["items"] = {"logicalType": "string"}
    if column.primary_key:
        described |= {"primaryKey": True, "primaryKeyPosition": 1, "unique": True}
    return described


def _yaml(value: Any, indent: str = "") -> Iterator[str]:
    """Block YAML of mappings, lists and scalars; a scalar as JSON writes it, which is YAML too."""
    for key, item in value.items():
        if isinstance(item, dict):
            yield f"{indent}{key}:"
            yield from _yaml(item, indent + "  ")
        elif isinstance(item, list):
            yield f"{indent}{key}:"
            for entry in item:
                first, *rest = _yaml(entry, indent + "    ")
                yield f"{indent}  - {first.strip()}"
                yield from rest
        else:
            yield f"{indent}{key}: {json.dumps(item, ensure_ascii=False)}"
