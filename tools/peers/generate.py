#!/usr/bin/env python3
"""Generates the work that all systems are given: points in and around towns, in one file for those that read
Parquet and in one plain column per property for those that do not, and the questions as text.

    generate.py ROWS SEED FOLDER

Coordinates are whole 1e-7 degrees and the summed amount is whole, so that every system must give the same sums.
"""

import json
import sys
from pathlib import Path

import h3.api.basic_int as h3
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from scipy.spatial import cKDTree

WEST, SOUTH, EAST, NORTH = 3.3, 50.7, 7.3, 53.6
TOWNS, NEIGHBOURHOODS = 400, 13_000
FINEST = 10


def towns(random):
    """Centres, shares of the points and spreads; the n-th town has n^-0.8 of the first one's points."""
    centres = np.column_stack(
        [
            random.uniform(WEST + 0.15, EAST - 0.15, TOWNS),
            random.uniform(SOUTH + 0.1, NORTH - 0.1, TOWNS),
        ]
    )
    shares = np.arange(1, TOWNS + 1) ** -0.8
    shares /= shares.sum()
    spreads = 0.008 + 0.09 * np.sqrt(shares / shares[0]) * random.uniform(0.6, 1.2, TOWNS)
    return centres, shares, spreads


def points(random, count, world):
    """Nineteen of twenty in a town, the others anywhere."""
    centres, shares, spreads = world
    town = random.choice(TOWNS, count, p=shares)
    lng = centres[town, 0] + random.standard_normal(count) * spreads[town]
    lat = centres[town, 1] + random.standard_normal(count) * spreads[town] * 0.62
    outside = (lng <= WEST) | (lng >= EAST) | (lat <= SOUTH) | (lat >= NORTH)
    anywhere = outside | (random.random(count) < 0.05)
    lng[anywhere] = random.uniform(WEST, EAST, anywhere.sum())
    lat[anywhere] = random.uniform(SOUTH, NORTH, anywhere.sum())
    return np.floor(lng * 1e7).astype(np.int32), np.floor(lat * 1e7).astype(np.int32)


def parent(cells, resolution):
    """The cell that holds a cell: its digits beyond the resolution are all ones."""
    cleared = cells & ~np.uint64(0xF << 52) | np.uint64(resolution << 52)
    return cleared | np.uint64((1 << 3 * (15 - resolution)) - 1)


def star(random, world):
    """A polygon of 200 vertices around the biggest town that holds one point in twenty."""
    lng, lat = points(np.random.default_rng(1), 200_000, world)
    angle = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    radius = 1 + 0.25 * np.sin(3 * angle + 1) + 0.12 * np.sin(7 * angle)
    radius += random.uniform(-0.06, 0.06, 200)
    centre = world[0][0]
    low, high = 0.001, 2.0
    for _ in range(30):
        size = (low + high) / 2
        ring = np.column_stack(
            [
                np.floor((centre[0] + size * radius * np.cos(angle)) * 1e7),
                np.floor((centre[1] + 0.62 * size * radius * np.sin(angle)) * 1e7),
            ]
        )
        area = shapely.Polygon(ring)
        shapely.prepare(area)
        held = shapely.contains_xy(area, lng, lat).mean()
        low, high = (size, high) if held < 0.05 else (low, size)
    return ring.astype(int).tolist()


def viewports(world):
    """Windows of 1920 by 1080 pixels over the twelve biggest towns, at three zooms."""
    out = {}
    for zoom, resolution in ((8, 6), (10, 7), (12, 9)):
        width, height = 1920 / 512 / 2**zoom * 360, 1080 / 512 / 2**zoom * 360
        boxes = []
        for lng, lat in world[0][:12]:
            tall = height * np.cos(np.radians(lat))
            box = (lng - width / 2, lat - tall / 2, lng + width / 2, lat + tall / 2)
            boxes.append([int(np.floor(v * 1e7)) for v in box])
        out[str(zoom)] = {"resolution": resolution, "boxes": boxes}
    return out


def main():
    rows, seed, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    out = folder / f"{rows}"
    out.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    world = towns(random)
    centres = np.column_stack(points(random, NEIGHBOURHOODS, world))
    lng, lat = points(random, rows, world)
    cells = np.fromiter(
        (h3.latlng_to_cell(y, x, FINEST) for x, y in zip((lng / 1e7).tolist(), (lat / 1e7).tolist(), strict=True)),
        np.uint64,
        rows,
    )
    columns = {
        "id": np.arange(rows, dtype=np.int64),
        "lng_e7": lng,
        "lat_e7": lat,
        # 0 nothing, 1 prospect, 2 customer.
        "kind": random.choice(np.array([2, 1, 0], np.uint8), rows, p=[0.05, 0.25, 0.70]),
        "housing": random.choice(
            np.arange(8, dtype=np.uint8), rows, p=[0.30, 0.22, 0.16, 0.12, 0.08, 0.06, 0.04, 0.02]
        ),
        "year": random.integers(1900, 2025, rows).astype(np.int16),
        "amount": np.floor(random.lognormal(6, 1, rows) * 100).astype(np.int64),
        "neighbourhood": cKDTree(centres).query(np.column_stack([lng, lat]))[1].astype(np.int32),
        "h3_10": cells.astype(np.int64),
    }
    for name, values in columns.items():
        values.tofile(out / f"{name}.column")
    for resolution in (9, 7, 6):
        columns[f"h3_{resolution}"] = parent(cells, resolution).astype(np.int64)
    pq.write_table(pa.table(columns), out / "place.parquet", row_group_size=500_000)
    scene = {"rows": rows, "seed": seed, "polygon": star(random, world), "viewports": viewports(world)}
    (out / "scene.json").write_text(json.dumps(scene))
    print(f"{rows} rows, seed {seed}, in {out}")


if __name__ == "__main__":
    main()
