"""How the index is made: two runs whose fingerprints differ never mix their results."""

from functools import cache
from importlib.metadata import version

import polars as pl

from dedup.index import LAYOUT_VERSION, digest
from dedup.matching import stories, verify
from dedup.settings import Settings
from dedup.words.signatures import signature_scheme
from dedup.words.tokens import tokenizer_fingerprint
from dedup.words.wordids import WORD_ID_VERSION

CLEANING_VERSION = "3"
"""Raised with every change to repair, boilerplate, dates, URLs or screen that changes an article."""


@cache
def rules_here(engine: str) -> dict[str, str]:
    """Name → version of what makes a slice's bytes in this process, whatever the settings: not to be mixed in a run."""
    return {
        "dedup": version("dedup"),
        "polars": pl.__version__,
        "cleaning": CLEANING_VERSION,
        "tokenizer": tokenizer_fingerprint(engine),
        "datasketch": version("datasketch"),
        "words": WORD_ID_VERSION,
    }


def fingerprint(settings: Settings) -> dict[str, str]:
    """Name → value of everything that a remembered result depends on.

    How work is spread is not in it, and neither are verdicts: they enter the digests of just the nights they concern.
    """
    return {
        "cleaning": CLEANING_VERSION,
        "tokenizer": tokenizer_fingerprint(settings.match.engine),
        "signatures": signature_scheme(settings.match.num_perm, settings.match.seed),
        "words": WORD_ID_VERSION,
        "rules": f"{verify.RULE_VERSION}/{stories.RULE_VERSION}",
        "read": digest(settings.read.model_dump()),
        "clean": digest(settings.clean.model_dump()),
        "match": digest(settings.match.model_dump(exclude={"verdicts"})),
        "index": digest(settings.index.model_dump()),
        "layout": LAYOUT_VERSION,
    }
