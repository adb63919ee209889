"""What a step did, in the words of its log line."""

from collections.abc import Mapping

WORDS = {
    "sketch": {"sketched": "articles sketched", "words": "words"},
    "link": {
        "candidates": "pairs compared",
        "accepted": "joined",
        "linked": "only linked",
        "refused": "kept apart",
        "pairs_cut": "pairs under crowded keys passed over",
        "changed": "articles of earlier nights changed",
        "verdicts": "pairs that persons spoke of",
    },
    "publish": {"written": "partitions written", "linked": "taken over unchanged"},
}
"""Step → its counts in the order they are said, each with its words; what is not here is said by its own name."""


def told(step: str, counts: Mapping[str, int]) -> str:
    """The counts that are not zero, as one line."""
    words = WORDS.get(step, {})
    order = [*(name for name in words if name in counts), *(name for name in counts if name not in words)]
    said = [f"{counts[name]:,} {words.get(name, name.replace('_', ' '))}" for name in order if counts[name]]
    return ", ".join(said) or "nothing to do"
