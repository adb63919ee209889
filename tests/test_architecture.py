"""The walls of the design: an engine is known in one place, and stages do not know each other."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "src" / "dedup"
MODULES = {path.stem: path for path in PACKAGE.glob("*.py")}

ONLY = {
    "prefect": set(),
    "pythainlp": {"tokens", "newmm"},
    "datasketch": {"signatures"},
    "trafilatura": {"extract"},
    "lxml": {"extract", "pagemeta"},
    "zstandard": {"decompress"},
    "numba": {"newmm", "automata", "shingles", "signatures", "overlap", "wordids", "postings", "flattexts"},
    "scipy": {"components"},
    "rich": {"cli"},
    "argparse": {"cli"},
    "jinja2": {"report"},
    "pickle": set(),
}
VOCABULARY = {"errors", "settings", "schemas"}


def imports(module: str) -> set[str]:
    """Top-level names of everything a module imports; `dedup.x` counts as `dedup.x`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "dedup":
            found.update(f"dedup.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("engine", ONLY)
def test_engine_is_imported_only_where_it_belongs(engine: str) -> None:
    users = {name for name in MODULES if any(found.split(".")[0] == engine for found in imports(name))}
    assert users <= ONLY[engine]


@pytest.mark.parametrize("module", sorted(VOCABULARY))
def test_vocabulary_imports_nothing_above_it(module: str) -> None:
    own = {found.removeprefix("dedup.") for found in imports(module) if found.startswith("dedup")}
    assert own <= VOCABULARY


@pytest.mark.parametrize("module", sorted(MODULES))
def test_file_is_one_idea_long(module: str) -> None:
    lines = MODULES[module].read_text(encoding="utf-8").count("\n")
    assert lines <= 450, f"{module}.py has {lines} lines: split it by idea"
