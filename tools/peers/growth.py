#!/usr/bin/env python3
"""How does the cost of the engine grow? Asks it W1 to W3 over rows of several sizes and polygons of several shapes,
fits exponents; then what it costs to find the processor as others left it. Writes three tables.

    growth.py FOLDER GEOCRM_PEERS BENCHMARKS.md ROWS ...

An exponent of 1 means twice the rows cost twice the time, 0 that they cost nothing. The polygons lie around the
biggest town; each series changes one thing and keeps the others: vertices, length of the edge, rows inside. The
tables replace the parts of the page between their markers.
"""

import json
import os
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import shapely
from run import System, figure, write

ROUNDS, WARM, SAMPLE = 21, 4, 200_000
PAUSE_S, PASSED_BYTES = 0.05, 256_000_000
# Kilometres of 1e-7 degrees at the latitude of the towns.
NORTH_KM, EAST_KM = 1.1132e-5, 1.1132e-5 * float(np.cos(np.radians(52.1)))
FLAT = 0.62


class Place:
    """Where the polygons lie, and a sample that tells how many of the rows one holds."""

    def __init__(self, folder):
        scene = json.loads((folder / "scene.json").read_text())
        west, south, east, north = scene["viewports"]["12"]["boxes"][0]
        self.centre = np.array([(west + east) / 2, (south + north) / 2])
        self.views = scene["viewports"]
        lng, lat = (np.fromfile(folder / f"{name}_e7.column", np.int32) for name in ("lng", "lat"))
        picked = np.random.default_rng(1).integers(0, len(lng), SAMPLE)
        self.lng, self.lat = lng[picked], lat[picked]

    def ring(self, xy):
        """Whole coordinates of a shape around the centre, given in degrees of longitude."""
        return np.floor(self.centre + xy * np.array([1e7, 1e7 * FLAT])).astype(np.int64)

    def inside(self, ring):
        area = shapely.Polygon(ring)
        shapely.prepare(area)
        return float(shapely.intersects_xy(area, self.lng, self.lat).mean())

    def holding(self, shape, share):
        """The shape as large as it must be to hold a share of the rows."""
        low, high = 0.001, 3.0
        for _ in range(30):
            size = (low + high) / 2
            low, high = (size, high) if self.inside(self.ring(shape * size)) < share else (low, size)
        return self.ring(shape * high)


def star(vertices, teeth=0.0):
    """A bulging circle; `teeth` is how far every second vertex stands out of it and every other in."""
    angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    radius = 1 + 0.25 * np.sin(3 * angle + 1) + 0.12 * np.sin(7 * angle)
    radius *= 1 + teeth * np.where(np.arange(vertices) % 2, 1, -1)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


def box(vertices, aspect):
    """A rectangle whose edge is always as long, with vertices along it."""
    width = 2 / (1 + aspect)
    height = 2 - width
    along = np.linspace(0, 2 * (width + height), vertices, endpoint=False)
    corners = np.cumsum([0, width, height, width, height])
    x = np.interp(along, corners, [0, width, width, 0, 0]) - width / 2
    y = np.interp(along, corners, [0, 0, height, height, 0]) - height / 2
    return np.column_stack([x, y])


def edge_km(ring):
    steps = np.diff(np.vstack([ring, ring[:1]]), axis=0) * np.array([EAST_KM, NORTH_KM])
    return float(np.hypot(steps[:, 0], steps[:, 1]).sum())


def series(place):
    """Title, what changes and the polygons of each series."""
    five = place.holding(star(200), 0.05)
    reach = edge_km(place.holding(box(400, 1), 0.05)) / edge_km(place.ring(box(400, 1)))
    return [
        ("more vertices on the same edge", "vertices", [place.holding(star(n), 0.05) for n in (50, 200, 800, 3_200, 12_800)]),
        (
            "a longer edge, 800 vertices, as much inside",
            "edge",
            [place.holding(star(800, teeth), 0.05) for teeth in (0.0, 0.02, 0.06, 0.15, 0.3)],
        ),
        (
            "less inside, 400 vertices, the same edge",
            "inside",
            [place.ring(box(400, aspect) * 2 * reach) for aspect in (1, 4, 16, 64)],
        ),
        ("the same shape, larger", "inside", [place.holding(star(200), share) for share in (0.001, 0.01, 0.05, 0.2, 0.5)]),
    ], five


def time_ms(system, question, between=lambda: None):
    """Median wall milliseconds, median CPU, and the last answer; `between` is done before each question."""
    answers = []
    for turn in range(WARM + ROUNDS):
        between()
        answers.append(system.ask(question(turn)))
    walls = statistics.median(answer["wall_ms"] for answer in answers[WARM:])
    return walls, statistics.median(answer["cpu_ms"] for answer in answers[WARM:]), answers[-1]


def polygon(ring, filtered):
    text = f"W3 {filtered} " + " ".join(f"{x},{y}" for x, y in ring.tolist())
    return lambda _: text


def exponent(sizes, times):
    """Slope of the straight line through the logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(times), 1)[0])


def works(place, ring):
    def window(zoom):
        view = place.views[zoom]
        boxes = [" ".join(str(v) for v in box) for box in view["boxes"]]
        return lambda turn: f"W2 {view['resolution']} {boxes[turn % len(boxes)]}"

    return [
        ("W1 sums of 13,000 neighbourhoods", lambda _: "W1"),
        *[(f"W2 hexagons of a window, zoom {zoom}", window(zoom)) for zoom in ("8", "10", "12")],
        ("W3 polygon of 200 vertices, 5 % inside", polygon(ring, 0)),
        ("W3 the same, filtered", polygon(ring, 1)),
    ]


def rows_table(seed, sizes, times, abouts):
    lines = [
        f"### How the engine's cost grows with the rows, seed {seed}, 2 threads, load {os.getloadavg()[0]:.1f}",
        "",
        f"Wall / CPU milliseconds, medians of {ROUNDS}. Exponent: of all sizes, then of the last step.",
        "",
        "| work | " + " | ".join(f"{rows:,} rows" for rows in sizes) + " | exponent, wall | exponent, CPU |",
        "|---|" + "---|" * (len(sizes) + 2),
    ]
    for work, measured in times.items():
        cells = [f"{figure(wall)} / {figure(cpu)}" for wall, cpu, _ in measured]
        for part in (0, 1):
            values = [max(answer[part], 1e-3) for answer in measured]
            cells.append(f"{exponent(sizes, values):.2f}, {exponent(sizes[-2:], values[-2:]):.2f}")
        lines.append(f"| {work} | " + " | ".join(cells) + " |")
    lines.append("| loading, s | " + " | ".join(f"{about['load_s']:.1f}" for about in abouts) + " | | |")
    lines.append("| column bytes a row | " + " | ".join(f"{about['bytes_per_row']}" for about in abouts) + " | | |")
    return "\n".join(lines)


def shapes_table(seed, rows, measured):
    lines = [
        f"### How the time of a polygon grows (W3), {rows:,} rows, seed {seed}, load {os.getloadavg()[0]:.1f}",
        "",
        f"Wall milliseconds, medians of {ROUNDS}; the exponent says how the time grows with what the series changes.",
        "",
        "| series | vertices | edge, km | rows inside | no filter | filter |",
        "|---|---|---|---|---|---|",
    ]
    for title, changes, shapes in measured:
        for ring, plain, filtered in shapes:
            count = plain[2]["count"]
            share = f"{count:,} ({100 * count / rows:.1f} %)"
            times = f"{plain[0]:.3f} | {filtered[0]:.3f}"
            lines.append(f"| {title} | {len(ring):,} | {edge_km(ring):,.0f} | {share} | {times} |")
        size = {
            "vertices": [len(ring) for ring, *_ in shapes],
            "edge": [edge_km(ring) for ring, *_ in shapes],
            "inside": [max(plain[2]["count"], 1) for _, plain, _ in shapes],
        }[changes]
        slopes = [exponent(size, [shape[part][0] for shape in shapes]) for part in (1, 2)]
        lines.append(f"| *exponent by {changes}* | | | | *{slopes[0]:.2f}* | *{slopes[1]:.2f}* |")
    return "\n".join(lines)


def cold_table(seed, rows, system, place, ring):
    """The same questions one after the other, after a pause, and after somebody else has used the caches."""
    other = np.ones(PASSED_BYTES // 8, np.int64)

    def overwritten():
        np.add(other, 1, out=other)

    befores = [lambda: None, lambda: time.sleep(PAUSE_S), overwritten]
    lines = [
        f"### What it costs to find the caches empty, {rows:,} rows, seed {seed}, 2 threads, load {os.getloadavg()[0]:.1f}",
        "",
        f"Wall / CPU milliseconds, medians of {ROUNDS}: one question after the other; each after a pause of "
        f"{PAUSE_S * 1000:.0f} ms; each after another process has changed {PASSED_BYTES // 1_000_000} MB.",
        "",
        "| work | one after the other | after a pause | after another's work |",
        "|---|---|---|---|",
    ]
    for work, question in works(place, ring):
        cells = []
        for between in befores:
            wall, cpu, _ = time_ms(system, question, between)
            cells.append(f"{figure(wall)} / {figure(cpu)}")
        lines.append(f"| {work} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main():
    folder, engine, page = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    sizes = sorted(int(rows) for rows in sys.argv[4:])
    place = Place(folder / str(sizes[0]))
    shapes, ring = series(place)
    times, abouts, measured, cold = {}, [], [], ""
    for rows in sizes:
        system = System("geocrm", [engine, str(folder / str(rows))])
        abouts.append(system.about)
        for work, question in works(place, ring):
            times.setdefault(work, []).append(time_ms(system, question))
        if rows == sizes[-1]:
            for title, changes, rings in shapes:
                asked = [(r, time_ms(system, polygon(r, 0)), time_ms(system, polygon(r, 1))) for r in rings]
                measured.append((title, changes, asked))
            cold = cold_table(folder.name, rows, system, place, ring)
        system.stop()
        print(f"{rows} rows asked", flush=True)
    for name, text in (
        ("growth with rows", rows_table(folder.name, sizes, times, abouts)),
        ("growth with polygons", shapes_table(folder.name, sizes[-1], measured)),
        ("cold caches", cold),
    ):
        print(text + "\n")
        write(page, name, text)


if __name__ == "__main__":
    main()
