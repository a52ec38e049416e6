#!/usr/bin/env python3
"""Asks the engine's geocoder and Addok the same addresses in turns and writes how fast and how often right they are.

    geocoding.py FOLDER SCRATCH GEOCRM_PEERS BENCHMARKS.md

Both are processes that have loaded the addresses of `addresses.py` and take stretches of the questions by turns. A
line of text goes to both; the fields, as an import has them, to ours alone. The table replaces the part of the page
between its markers; without Addok it says so.
"""

import os
import statistics
import sys
from pathlib import Path

from run import System, figure, write

STRETCH, ROUNDS = 100, 3
NAMES = {
    "postcode": "with postcode",
    "no_postcode": "without postcode",
    "typo": "typo in the street",
    "addition": "unknown addition",
    "absent": "street that does not exist",
}


class Measured:
    def __init__(self):
        self.times, self.right, self.sure_wrong, self.asked, self.cpu, self.rates = [], 0, 0, 0, 0.0, []

    def add(self, answer, expected):
        self.times += answer["wall_ms"]
        self.cpu += answer["cpu_ms"]
        self.asked += len(expected)
        self.rates.append(len(expected) / sum(answer["wall_ms"]) * 1e3)
        for found, sure, key in zip(answer["ids"], answer["sure"], expected, strict=True):
            # Of an address that does not exist the right answer is not to be sure.
            self.right += found == key if key >= 0 else not sure
            self.sure_wrong += sure and found != key

    def single(self):
        times = sorted(self.times)
        p99 = times[min(len(times) * 99 // 100, len(times) - 1)]
        return f"{small(statistics.median(times))} / {small(p99)}, CPU {small(self.cpu / self.asked)}"

    def shares(self):
        return f"{100 * self.right / self.asked:.1f} %, {100 * self.sure_wrong / self.asked:.1f} %"

    def batch(self):
        rates = sorted(self.rates)
        middle = statistics.median(rates)
        return f"{middle:,.0f} ({rates[0]:,.0f} – {rates[-1]:,.0f}), CPU {small(self.cpu / self.asked)} ms each"


def small(ms):
    return f"{ms:.3f}" if ms < 1 else figure(ms)


def stretches(kinds, kind):
    first, count = kinds.index(kind), kinds.count(kind)
    return [(at, min(STRETCH, first + count - at)) for at in range(first, first + count, STRETCH)]


def measure(ways, kinds, keys):
    """By kind of question and by who answers, in turns."""
    found = {}
    for kind in NAMES:
        for turn, (first, count) in enumerate(stretches(kinds, kind)):
            expected = keys[first : first + count]
            order = ways[turn % len(ways) :] + ways[: turn % len(ways)]
            for name, way, system in order:
                system.ask(f"{way} {first} 1")
                answer = system.ask(f"{way} {first} {count}")
                found.setdefault((kind, name), Measured()).add(answer, expected)
    first, count = kinds.index("mix"), kinds.count("mix")
    for turn in range(ROUNDS):
        for name, way, system in ways[:: 1 if turn % 2 else -1]:
            if way != "parts":
                answer = system.ask(f"batch {first} {count}")
                found.setdefault(("mix", name), Measured()).add(answer, keys[first : first + count])
    return found


def table(seed, systems, found, kinds, count, missing):
    ours, theirs = systems[0], systems[1] if len(systems) > 1 else None
    lines = [
        f"### Geocoding (W5): {count:,} addresses, seed {seed}, load {os.getloadavg()[0]:.1f}",
        "",
        f"{kinds.count('postcode'):,} questions of each kind, asked in turns. Milliseconds of one question: median / p99, then CPU of all "
        "processes; share of right answers, and of wrong ones given as sure (for a street that does not exist, right is not to be sure).",
        "",
        "| question | geocrm, fields | right, sure but wrong | geocrm, line of text | right, sure but wrong |"
        + (f" Addok {theirs.about['version']}, line of text | right, sure but wrong |" if theirs else ""),
        "|---|---|---|---|---|" + ("---|---|" if theirs else ""),
    ]
    names = ["fields", "line"] + (["addok"] if theirs else [])
    for kind, title in NAMES.items():
        cells = []
        for name in names:
            measured, ratio = found[kind, name], ""
            if name == "addok":
                times = statistics.median(measured.times) / statistics.median(found[kind, "line"].times)
                ratio = f"**{times:,.0f}×** "
            cells += [ratio + measured.single(), measured.shares()]
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    lines += ["", f"A second in batch on both cores, mix of 40 % with postcode, 20 % without, 20 % typo, 10 % unknown addition, 10 % absent, "
              f"{kinds.count('mix'):,} lines of text, median (least – most) of {ROUNDS} rounds in turns:", ""]
    for name, title in (("line", "geocrm"), ("addok", f"Addok {theirs.about['version']}" if theirs else "")):
        if title:
            measured = found["mix", name]
            lines.append(f"- {title}: {measured.batch()}; right, sure but wrong: {measured.shares()}")
    if theirs:
        rates = [statistics.median(found["mix", name].rates) for name in ("line", "addok")]
        lines.append(f"- ratio: **{rates[0] / rates[1]:,.0f}×**")
    lines += ["", "Loading: " + ", ".join(f"{s.name} {s.about['load_s']:.1f} s, {s.about['bytes'] / 1e6:,.0f} MB" for s in systems) + "."]
    if theirs:
        lines.append("Addok is told which word is the house number and how labels are written here; sure is a door of a score of 0.9 or more.")
    else:
        lines.append(f"Missing here: {missing}.")
    return "\n".join(lines)


def main():
    folder, scratch, engine, page = Path(sys.argv[1]), sys.argv[2], sys.argv[3], Path(sys.argv[4])
    rows = [line.split("\t") for line in (folder / "questions.tsv").read_text().splitlines()]
    kinds, keys = [row[0] for row in rows], [int(row[6]) for row in rows]
    with (folder / "addresses.tsv").open("rb") as addresses:
        count = sum(1 for _ in addresses)
    systems, missing = [System("geocrm", [engine, str(folder)])], ""
    try:
        worker = str(Path(__file__).with_name("addok_worker.py"))
        systems.append(System("addok", [sys.executable, worker, str(folder), scratch]))
    except RuntimeError as error:
        missing = str(error)
    ways = [("fields", "parts", systems[0]), ("line", "line", systems[0])]
    ways += [("addok", "line", system) for system in systems[1:]]
    text = table(folder.parent.name, systems, measure(ways, kinds, keys), kinds, count, missing)
    for system in systems:
        system.stop()
    print(text)
    write(page, f"geocoding {count}", text)


if __name__ == "__main__":
    main()
