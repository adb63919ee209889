"""The walls of the design: an engine is known in one place, and rooms open only the way the work flows."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "src" / "dedup"
MODULES = {path.stem: path for path in PACKAGE.rglob("*.py") if path.stem != "__init__"}
ROOMS = {path.parent.name: path.parent for path in PACKAGE.glob("*/__init__.py")}

ONLY = {
    "prefect": set(),
    "pythainlp": {"tokens", "newmm"},
    "datasketch": {"signatures"},
    "trafilatura": {"extract"},
    "lxml": {"extract", "pagemeta"},
    "zstandard": {"decompress"},
    "numba": {
        "flat",
        "triggers",
        "tidy",
        "signorder",
        "charmap",
        "digests",
        "jsonmembers",
        "distinctlines",
        "lookup",
        "linecounts",
        "judging",
        "headlinelists",
        "edges",
        "bodies",
        "components",
        "measures",
        "newmm",
        "hashes",
        "shingles",
        "signatures",
        "overlap",
        "wordids",
        "postings",
        "flattexts",
        "occurrences",
    },
    "scipy": set(),
    "rich": {"cli", "arguments", "running", "keeping", "looking", "exporting", "scoring", "sizing", "scoretables"},
    "argparse": {"cli", "arguments", "running", "keeping", "looking", "exporting", "scoring", "sizing"},
    "distributed": {"cluster"},
    "dask": set(),
    "obstore": {"objects"},
    "deltalake": {"delta"},
    "jinja2": {"pages"},
    "pickle": set(),
}
VOCABULARY = {"errors", "settings", "schemas"}
OPENS = {
    "reading": set(),
    "cleaning": set(),
    "words": set(),
    "matching": {"words"},
    "persons": {"cleaning", "matching"},
    "scoring": {"words", "matching", "persons"},
    "showing": {"words", "cleaning", "matching", "persons", "scoring"},
    "remote": set(),
}
"""Which other rooms a room may look into. Steps, index and publishing stand above them all."""


def imports(path: Path) -> set[str]:
    """Everything a file imports, `dedup.x` for a name taken from the package itself."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "dedup":
            found.update(f"dedup.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("engine", ONLY)
def test_engine_is_imported_only_where_it_belongs(engine: str) -> None:
    users = {name for name, path in MODULES.items() if any(found.split(".")[0] == engine for found in imports(path))}
    assert users <= ONLY[engine]


@pytest.mark.parametrize("module", sorted(VOCABULARY))
def test_vocabulary_imports_nothing_above_it(module: str) -> None:
    own = {found.removeprefix("dedup.") for found in imports(MODULES[module]) if found.startswith("dedup")}
    assert own <= VOCABULARY


@pytest.mark.parametrize("room", sorted(OPENS))
def test_room_opens_only_the_way_the_work_flows(room: str) -> None:
    seen = {
        found.split(".")[1]
        for path in ROOMS[room].glob("*.py")
        for found in imports(path)
        if "." in found and found.startswith("dedup.")
    }
    assert (seen & ROOMS.keys()) - {room} <= OPENS[room]


@pytest.mark.parametrize("room", ["cleaning", "words", "matching"])
def test_middle_is_pure(room: str) -> None:
    """No stage knows where its frames are kept."""
    seen = {found for path in ROOMS[room].glob("*.py") for found in imports(path)}
    assert not seen & {"dedup.index", "dedup.atomic", "dedup.versions", "dedup.publish", "dedup.pipeline"}


@pytest.mark.parametrize("module", sorted(MODULES))
def test_file_is_one_idea_long(module: str) -> None:
    lines = MODULES[module].read_text(encoding="utf-8").count("\n")
    assert lines <= 450, f"{module}.py has {lines} lines: split it by idea"
