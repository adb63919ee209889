"""What was measured, as a table in the terminal, a page and a plot; figures in, text out."""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

Run = dict[str, Any]

STEPS = ("start", "read", "clean", "sketch", "link", "publish")
"""Start is imports, workers and the survey of the folder; read is reading and repair of texts."""
COLOURS = {"start": "#7f7f7f", "read": "#3b6ea8", "clean": "#c2571a", "sketch": "#2f7d4f", "link": "#8a4fa0",
           "publish": "#a83232", "whole": "#111111"}  # fmt: skip
MEGA, GIGA = 1e6, 1e9


def step_of(part: str) -> str:
    """The step that a measured part belongs to."""
    if part == "prepare: deliver":
        return "read"
    step = part.partition(":")[0]
    return {"prepare": "clean", "between": "start"}.get(step, step)


def by_step(run: Run, fact: str) -> dict[str, float]:
    """A fact of a run by step: `wall` and `cpu` are added up, memory is the largest."""
    found: dict[str, float] = dict.fromkeys(STEPS, 0.0)
    for part, facts in run["parts"].items():
        step = step_of(part)
        found[step] = found[step] + facts[fact] if fact in ("wall", "cpu") else max(found[step], facts[fact])
    return found


def exponent(small: Run, large: Run, step: str) -> float | None:
    """b in CPU ~ records^b between two sizes; None where a step is too short to tell."""

    def cpu(run: Run) -> float:
        return float(run["cpu"]) if step == "whole" else by_step(run, "cpu")[step]

    if min(cpu(small), cpu(large)) < 0.2 or small["records"] >= large["records"]:
        return None
    return math.log(cpu(large) / cpu(small)) / math.log(large["records"] / small["records"])


def families(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """Runs that differ in size only, small ones first."""
    found: dict[str, list[Run]] = {}
    for run in sorted(runs, key=lambda run: (run["family"], run["records"])):
        found.setdefault(run["family"], []).append(run)
    return found


# -- tables -------------------------------------------------------------------------------------------------------

Table = tuple[list[str], list[list[str]]]


def whole_table(runs: Sequence[Run]) -> Table:
    """One row a run."""
    head = ["input", "records", "records/s", "M characters/s", "CPU µs/record", "× tokenizer", "largest process GB",
            "all processes GB", "index B/record", "published B/record", "load before"]  # fmt: skip
    rows = [
        [
            run["name"],
            f"{run['records']:,}",
            f"{run['records'] / run['wall']:,.0f}",
            f"{run['characters'] / run['wall'] / MEGA:.2f}",
            f"{run['cpu'] / run['records'] * MEGA:,.0f}",
            f"{run['cpu'] / run['tokenizer_seconds']:.1f}",
            f"{run['largest'] / GIGA:.2f}",
            f"{run['together'] / GIGA:.2f}",
            f"{run['index_bytes'] / run['records']:,.0f}",
            f"{run['published_bytes'] / run['records']:,.0f}",
            f"{run['load_before']:.1f}",
        ]
        for run in runs
    ]
    return head, rows


def steps_table(run: Run) -> Table:
    """One row a step of one run."""
    head = ["step", "wall s", "CPU s", "share of CPU", "records/s", "M characters/s", "largest GB", "all GB"]
    wall, cpu, largest, together = (by_step(run, fact) for fact in ("wall", "cpu", "largest", "together"))
    rows = [
        [
            step,
            f"{wall[step]:,.1f}",
            f"{cpu[step]:,.1f}",
            f"{cpu[step] / run['cpu']:.1%}",
            f"{run['records'] / wall[step]:,.0f}" if wall[step] else "–",
            f"{run['characters'] / wall[step] / MEGA:.2f}" if wall[step] else "–",
            f"{largest[step] / GIGA:.2f}",
            f"{together[step] / GIGA:.2f}",
        ]
        for step in STEPS
    ]
    return head, rows


def growth_table(runs: Sequence[Run]) -> Table:
    """One row a pair of neighbouring sizes, and one for the smallest and the largest: exponents by step."""
    pairs = list(pairwise(runs))
    if len(runs) > 2:
        pairs.append((runs[0], runs[-1]))
    rows = []
    for small, large in pairs:
        found = [exponent(small, large, step) for step in (*STEPS[1:], "whole")]
        named = f"{small['records']:,} → {large['records']:,}"
        rows.append([named, *("–" if value is None else f"{value:.2f}" for value in found)])
    return ["records", *STEPS[1:], "whole"], rows


def _plain(table: Table) -> str:
    head, rows = table
    widths = [max(len(row[at]) for row in [head, *rows]) for at in range(len(head))]
    lines = [
        "  ".join(cell.rjust(width) if at else cell.ljust(width) for at, (cell, width) in enumerate(sized))
        for sized in (list(zip(row, widths, strict=True)) for row in [head, *rows])
    ]
    return "\n".join(lines)


def _markdown(table: Table) -> str:
    head, rows = table
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def printed(known: dict[str, Any]) -> str:
    """Everything for the terminal."""
    blocks = [_plain(whole_table(known["runs"]))]
    for runs in families(known["runs"]).values():
        blocks += [f"{run['name']}\n{_plain(steps_table(run))}" for run in runs]
        if len(runs) > 1:
            blocks.append(f"growth of CPU, {runs[0]['family']} (1 is linear)\n{_plain(growth_table(runs))}")
    return "\n\n".join(blocks)


def page(known: dict[str, Any], picture: str) -> str:
    """The results page."""
    on = known["machine"]
    blocks = [
        "# Benchmarks",
        "Made by `make bench BENCH=--page` from `tests/benches/results.json`; not edited by hand. Each run is a fresh "
        "process into an empty home, from raw files to published tables. Times are of the wall and depend on what "
        "else the machine did (its load is given); CPU is user and system time of all processes. The steps are timed "
        "one after another; a run as users have it (the table of peers) "
        "reads, cleans and sketches the next nights while one is linked.",
        f"Machine: {on['cpu']}, {on['cores']} cores, {on['memory'] / GIGA:.0f} GB; Python {on['python']}, "
        + ", ".join(f"{name} {on[name]}" for name in ("polars", "numba", "numpy", "pythainlp", "datasketch"))
        + ".",
        "`synthetic` sets are made up (`tests/benches/synthetic.py`): 3 kB of UTF-8 an article and furniture around "
        "it, 30 % copies, twelve outlets of which the largest has a third, ten nights. A set of another name was given "
        "with `--raw`, and its multiples say the same in other words (`tests/benches/multiples.py`): `dev` is 11,865 "
        "records of eight outlets in nine nights, 10.7 kB of JSON each. `× tokenizer` is the CPU of the whole job "
        "against that of the compiled tokenizer alone on the same texts. Memory is resident memory, sampled "
        "twenty times a second; what processes share is counted in each.",
        _markdown(whole_table(known["runs"])),
        f"![CPU by step and memory against the number of records]({picture})",
    ]
    for runs in families(known["runs"]).values():
        blocks += [f"## {runs[-1]['name']} by step", _markdown(steps_table(runs[-1]))]
        if len(runs) > 1:
            blocks.append(f"Growth of CPU: b in CPU ~ records^b, 1 is linear.\n\n{_markdown(growth_table(runs))}")
    blocks += _peers(known.get("peers", []))
    return "\n\n".join(blocks) + "\n"


def _peers(sessions: Iterable[dict[str, Any]]) -> list[str]:
    blocks = []
    for session in sessions:
        ours = max(made["records_per_second"] for made in session["made"] if made["who"].startswith("dedup"))
        rows = [
            [
                made["who"],
                f"{made['records_per_second']:,.0f}",
                f"{ours / made['records_per_second']:.1f}",
                f"{made['cpu'] / session['records'] * MEGA:,.0f}",
                f"{made['together'] / GIGA:.2f}",
                f"{made['removed']:,}",
            ]
            for made in session["made"]
        ]
        head = ["", "records/s", "dedup is × faster", "CPU µs/record", "all processes GB", "records found to be copies"]
        blocks += [
            f"## Peers on {session['name']}",
            f"{session['records']:,} records, two processes each, one after another in one session on "
            f"{session['measured']} (load before: {session['load_before']:.1f}). "
            "Scripts and their packages: `tests/benches/peers/`.",
            _markdown((head, rows)),
        ]
    return blocks


# -- plot ---------------------------------------------------------------------------------------------------------


def plot(known: dict[str, Any]) -> str:
    """An SVG of two panels for each family of several sizes: CPU by step and memory, against records."""
    panels = []
    for family, runs in families(known["runs"]).items():
        if len(runs) < 2:
            continue
        sizes = [run["records"] for run in runs]
        cpu = {step: [by_step(run, "cpu")[step] / run["records"] * MEGA for run in runs] for step in STEPS[1:]}
        memory = {fact: [run[fact] / GIGA for run in runs] for fact in ("largest", "together")}
        panels += [
            _panel(f"{family}: CPU µs a record", sizes, cpu, COLOURS),
            _panel(f"{family}: GB at the peak", sizes, memory, {"largest": "#3b6ea8", "together": "#c2571a"}),
        ]
    rows = math.ceil(len(panels) / 2)
    placed = "".join(f'<g transform="translate({at % 2 * 420} {at // 2 * 270})">{p}</g>' for at, p in enumerate(panels))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 840 {270 * max(rows, 1)}" font-family="sans-serif" '
        f'font-size="11" role="img"><title>CPU and memory of dedup against the number of records</title>'
        f'<rect width="100%" height="100%" fill="#fff"/>{placed}</svg>\n'
    )


def _panel(title: str, sizes: list[int], lines: dict[str, list[float]], colours: dict[str, str]) -> str:
    """One diagram, 400 × 250: records on a logarithmic axis, values from nought."""
    left, right, top, foot = 50.0, 320.0, 30.0, 215.0
    low, high = math.log10(sizes[0]), math.log10(sizes[-1])
    most = max((value for values in lines.values() for value in values), default=1.0) * 1.05 or 1.0

    def x(size: int) -> float:
        return round(left + (math.log10(size) - low) / (high - low) * (right - left), 1)

    def y(value: float) -> float:
        return round(foot - value / most * (foot - top), 1)

    drawn = [f'<text x="{left}" y="16" font-weight="bold">{title}</text>']
    for quarter in range(5):
        value = most * quarter / 4
        drawn.append(f'<path d="M{left} {y(value)}H{right}" stroke="#ddd"/>')
        drawn.append(f'<text x="{left - 5}" y="{y(value) + 4}" text-anchor="end" fill="#555">{value:.3g}</text>')
    for size in sizes:
        drawn.append(f'<text x="{x(size)}" y="{foot + 16}" text-anchor="middle" fill="#555">{size:,}</text>')
    ends: list[float] = []
    for name, values in sorted(lines.items(), key=lambda line: -line[1][-1]):
        path = "L".join(f"{x(size)} {y(value)}" for size, value in zip(sizes, values, strict=True))
        drawn.append(f'<path d="M{path}" fill="none" stroke="{colours[name]}" stroke-width="2"/>')
        ends.append(max(y(values[-1]) + 4, (ends[-1] + 13) if ends else 0.0))
        drawn.append(f'<text x="{right + 6}" y="{ends[-1]}" fill="{colours[name]}">{name} {values[-1]:.3g}</text>')
    return "".join(drawn)
