#!/usr/bin/env python3
"""Asks all systems the same questions in turns and writes how their times compare.

    run.py ROWS SEED FOLDER GEOCRM_PEERS BENCHMARKS.md [SYSTEM ...]

Every system is a process that has loaded the same rows (`worker.py`; the engine in `crates/olap/examples`).
Each question goes to one after the other, round after round; the first rounds are not counted. Answers are
compared; a different one is shown, not hidden. The table replaces the part of the page between its markers.
"""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

# Every window of W2 is asked twice or more.
ROUNDS, WARM = 25, 2


class System:
    def __init__(self, name, command):
        self.name = name
        environment = os.environ | {"RAYON_NUM_THREADS": "2"}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self.about = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} (its program ended with {self.process.wait()}, see its message)")
        return json.loads(line)

    def ask(self, question):
        self.process.stdin.write(question + "\n")
        self.process.stdin.flush()
        return self.answer()

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


def works(scene):
    """Name of each work and its question in a round."""
    ring = " ".join(f"{x},{y}" for x, y in scene["polygon"])

    def window(zoom):
        view = scene["viewports"][zoom]
        boxes = [" ".join(str(v) for v in box) for box in view["boxes"]]
        return lambda turn: f"W2 {view['resolution']} {boxes[turn % len(boxes)]}"

    return [
        ("W1 sums of 13,000 neighbourhoods", lambda _: "W1"),
        *[(f"W2 hexagons of a window, zoom {zoom}", window(zoom)) for zoom in ("8", "10", "12")],
        ("W3 polygon of 200 vertices", lambda _: f"W3 0 {ring}"),
        ("W3 the same, filtered", lambda _: f"W3 1 {ring}"),
    ]


def measure(systems, questions):
    """Times of every system and work, and where the answers differ."""
    times, differences = {}, []
    for work, question in questions:
        for turn in range(WARM + ROUNDS):
            # Who is first changes, and who follows whom, so that nobody always follows the slowest.
            order = systems[turn % len(systems) :] + systems[: turn % len(systems)]
            order = order[:: -1 if turn // len(systems) % 2 else 1]
            answers = {system.name: system.ask(question(turn)) for system in order}
            ours = answers["geocrm"]
            for name, answer in answers.items():
                if turn >= WARM:
                    times.setdefault((work, name), []).append((answer["wall_ms"], answer["cpu_ms"]))
                if any(answer[key] != ours[key] for key in ("groups", "count", "sum")) and work[:2] != "W3":
                    differences.append(f"{work}: {name} {answer}, geocrm {ours}")
                elif (answer["count"], answer["sum"]) != (ours["count"], ours["sum"]):
                    differences.append(f"{work}: {name} {answer}, geocrm {ours}")
    return times, sorted(set(differences))


def figure(ms):
    return f"{ms:.0f}" if ms >= 100 else f"{ms:.1f}" if ms >= 10 else f"{ms:.2f}"


def table(scene, systems, missing, times, differences, questions):
    rows = scene["rows"]
    load = os.getloadavg()[0]
    lines = [
        f"### {rows:,} rows, seed {scene['seed']}, 2 threads, load {load:.1f}",
        "",
        f"Wall milliseconds: median (least – most) of {ROUNDS} rounds in turns, then CPU; ×: the other's median over ours.",
        "",
        "| work | geocrm | " + " | ".join(f"{s.name} {s.about['version']}" for s in systems[1:]) + " |",
        "|---|---|" + "---|" * (len(systems) - 1),
    ]
    for work, _ in questions:
        cells = []
        own = statistics.median(wall for wall, _ in times[work, "geocrm"])
        for system in systems:
            walls = [wall for wall, _ in times[work, system.name]]
            median, cpu = statistics.median(walls), statistics.median(c for _, c in times[work, system.name])
            ratio = "" if system.name == "geocrm" else f"**{median / own:.1f}×** "
            cells.append(
                f"{ratio}{figure(median)} ({figure(min(walls))} – {figure(max(walls))}), CPU {figure(cpu)}"
            )
        lines.append(f"| {work} | " + " | ".join(cells) + " |")
    lines.append("")
    loads = ", ".join(f"{s.name} {s.about['load_s']:.1f} s" for s in systems)
    lines.append(f"Loading: {loads}. The engine takes {systems[0].about['bytes_per_row']} column bytes a row.")
    if any(system.name in ("polars", "duckdb") for system in systems):
        lines.append("Polars and DuckDB give the rows of a polygon's box; Shapely tests them in two threads.")
    if any(system.name == "postgis" for system in systems):
        lines.append("PostgreSQL's CPU time is the serving process's alone, without its parallel workers.")
    if missing:
        lines.append(f"Missing here: {', '.join(missing)}.")
    lines.append(f"Answers that differ: {len(differences)}." if differences else "All answers are equal.")
    return "\n".join(lines)


def write(page, name, text):
    """Puts a table between the markers of its name, which are added where they are missing."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before = page.read_text()
    if begin not in before:
        before = f"{before.rstrip()}\n\n{begin}\n{end}\n"
    head, rest = before.split(begin)
    page.write_text(f"{head}{begin}\n{text}\n{end}{rest.split(end)[1]}")


def main():
    rows, seed, folder, engine, page, *names = sys.argv[1:]
    data = Path(folder) / rows
    scene = json.loads((data / "scene.json").read_text())
    if scene["seed"] != int(seed):
        raise SystemExit(f"{data} holds the rows of seed {scene['seed']}; remove it")
    worker = [sys.executable, str(Path(__file__).with_name("worker.py"))]
    systems, missing = [System("geocrm", [engine, str(data)])], []
    for name in names:
        try:
            systems.append(System(name, [*worker, name, str(data)]))
        except RuntimeError as error:
            missing.append(str(error))
        print(f"{name}: {'missing' if systems[-1].name != name else 'loaded'}", flush=True)
    questions = works(scene)
    times, differences = measure(systems, questions)
    for line in differences:
        print(f"DIFFERENT: {line}")
    text = table(scene, systems, missing, times, differences, questions)
    for system in systems:
        system.stop()
    print(text)
    write(Path(page), f"peers {rows}", text)


if __name__ == "__main__":
    main()
