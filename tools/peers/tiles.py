#!/usr/bin/env python3
"""Tiles over HTTP of GeoCRM and of martin, in turns over the same records, into one table.

    tiles.py GEOCRM HOME POSTGIS MARTIN SCRATCH BENCHMARKS.md COMMAND ...

HOME is a loaded folder of GeoCRM, whose own database is read while GEOCRM serves it: places, regions and accounts
go into a database of their own in the cluster at the connection POSTGIS, projected once, with the functions of
`martin_functions.py`. Two martins serve it, one that keeps no tile and one that does; COMMAND is the load (`tile_load`), which
finds them by its environment. Without POSTGIS or MARTIN (empty) GeoCRM is measured alone and martin named as missing.
"""

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

import h3.api.basic_int as h3
import psycopg
import shapely
from martin_functions import FUNCTIONS, INDEXES
from run import write

DATABASE, CONNECTIONS = "tiles", 16
# The resolution of the hexagons that GeoCRM draws at zoom 9.
RESOLUTION = 7
KINDS = "apartment terraced corner semi_detached detached".split()
MERCATOR = "ST_Transform(ST_SetSRID(ST_MakePoint(lng_e7 / 1e7, lat_e7 / 1e7), 4326), 3857)"
PARENT = f"(h3 & ~(15::bigint << 52)) | ({RESOLUTION}::bigint << 52) | ((1::bigint << {3 * (15 - RESOLUTION)}) - 1)"
CODE = "array_position(ARRAY['" + "', '".join(KINDS) + "'], housing_type::text) - 1"

TABLES = {
    "regions (id int PRIMARY KEY, code text, name text, shape geometry(MultiPolygon, 3857))": (
        "SELECT id, code, name, ST_Transform(shape, 3857) FROM regions WHERE level = 'neighbourhood'"
    ),
    "places (id bigint, place geometry(Point, 3857), region_id int, cell bigint, housing_type smallint, building_year smallint)": (
        f"SELECT id, {MERCATOR}, region_id, {PARENT}, {CODE}, building_year FROM addresses"
    ),
    "accounts (id uuid, place geometry(Point, 3857), name text, kind text, status text, place_state text, "
    "revenue_cents bigint, housing_type smallint, building_year smallint)": (
        f"SELECT id, {MERCATOR}, name, kind, status, place_state, revenue_cents, {CODE}, building_year "
        "FROM accounts WHERE lng_e7 IS NOT NULL"
    ),
}


def database_of(home):
    """The database of a GeoCRM that starts now, once it answers."""
    for _ in range(600):
        try:
            return psycopg.connect(f"host={home / 'database/run'} user=geocrm_owner dbname=geocrm", autocommit=True)
        except psycopg.OperationalError:
            time.sleep(0.5)
    raise SystemExit(f"the database in {home} does not answer")


def fill(source, target):
    target.execute("CREATE EXTENSION postgis")
    for columns, query in TABLES.items():
        name = columns.split(" ")[0]
        target.execute(f"CREATE TABLE {columns}")
        with source.cursor().copy(f"COPY ({query}) TO STDOUT") as rows, target.cursor().copy(f"COPY {name} FROM STDIN") as to:
            for piece in rows:
                to.write(piece)
    target.execute("CREATE TABLE hexagons (cell bigint PRIMARY KEY, shape geometry(Polygon, 3857))")
    cells = [cell for (cell,) in target.execute("SELECT DISTINCT cell FROM places").fetchall()]
    target.execute("CREATE TEMPORARY TABLE outlines (cell bigint, shape geometry)")
    with target.cursor().copy("COPY outlines FROM STDIN") as to:
        for cell in cells:
            outline = shapely.Polygon([(lng, lat) for lat, lng in h3.cell_to_boundary(cell)])
            to.write_row((cell, f"SRID=4326;{outline.wkt}"))
    target.execute("INSERT INTO hexagons SELECT cell, ST_Transform(shape, 3857) FROM outlines")
    counted = [target.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("places", "accounts", "regions", "hexagons")]
    print("martin's database: {:,} places, {:,} accounts, {:,} regions, {:,} hexagons".format(*counted))


def prepare(geocrm, home, postgis):
    """The connection of martin's database, made anew."""
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with psycopg.connect(postgis, autocommit=True) as cluster:
        cluster.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        cluster.execute(f"CREATE DATABASE {DATABASE}")
        # Sixteen tiles are made at once, so one query has no need of two cores.
        cluster.execute(f"ALTER DATABASE {DATABASE} SET max_parallel_workers_per_gather = 0")
    target = psycopg.connect(f"{postgis} dbname={DATABASE}", autocommit=True)
    server = subprocess.Popen([geocrm, "--home", str(home), "serve", "--port", "0"], **quiet)
    try:
        with database_of(home) as source:
            fill(source, target)
    finally:
        server.terminate()
        server.wait()
    # VACUUM wants to be alone, so these come one by one.
    for statement in INDEXES.strip().rstrip(";").split(";"):
        target.execute(statement)
    target.execute(FUNCTIONS)
    parts = dict(part.split("=", 1) for part in postgis.split())
    target.close()
    return f"postgresql://{parts['user']}@{urllib.parse.quote(parts['host'], safe='')}/{DATABASE}"


@contextlib.contextmanager
def serving(martin, connection, scratch, cache_mb):
    """Host and port of a martin that answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    settings = scratch / f"martin-{cache_mb}.yaml"
    settings.write_text(
        f"listen_addresses: '{address}'\nworker_processes: 2\ncache_size_mb: {cache_mb}\npostgres:\n"
        f"  connection_string: '{connection}'\n  pool_size: {CONNECTIONS}\n"
        "  auto_publish:\n    functions:\n      from_schemas: public\n    tables: false\n"
    )
    with (scratch / f"martin-{cache_mb}.log").open("w") as log:
        process = subprocess.Popen([martin, "--config", str(settings)], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://{address}/health").read()
                break
            time.sleep(0.2)
        else:
            raise RuntimeError(f"martin does not answer: {(scratch / f'martin-{cache_mb}.log').read_text()[-500:]}")
        yield address
    finally:
        process.terminate()
        process.wait()


def load(command, martins):
    """The lines of the load, shown while they come."""
    process = subprocess.Popen(command, env=os.environ | martins, stdout=subprocess.PIPE, text=True)
    lines = []
    for line in process.stdout:
        print(line, end="", flush=True)
        lines.append(line.rstrip())
    if process.wait():
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    return lines


def table(lines, about):
    """Rows of works and sides; the ratio is ours over theirs where both do the same."""
    what = next(line for line in lines if "connections" in line)
    out = [
        f"### Tiles over HTTP (W4): {what}; load {os.getloadavg()[0]:.1f}",
        "",
        "| work | case | tiles a second | least – most | p50 / p99 ms | bytes | client's cores | ours over it |",
        "|---|---|---|---|---|---|---|---|",
    ]
    ours = {}
    for line in lines[lines.index(what) + 1 :]:
        row = re.match(r"(.{14}) (.{48}) +(\S+) +(\S+ - \S+) +(\S+) +(\S+) +(\S+) +(\S+)$", line)
        if not line.strip() or line.startswith("work"):
            continue
        if not row:
            raise SystemExit(f"a line of the load cannot be read: {line}")
        work, case, rate = row[1].strip(), row[2].strip(), float(row[3])
        ours.setdefault((work, case), rate)
        beside = {"never seen": "filters never seen", "kept": "finished tiles"}.get(case.rpartition(", ")[2])
        # At zoom 12 GeoCRM draws sums of cells, and every account by itself is another tile.
        alike = case.startswith("martin") and not (work.endswith("z12") and "account_points" in case)
        ratio = f"**{ours[work, beside] / rate:,.1f}×**" if alike else ""
        spread = " – ".join(f"{int(end):,}" for end in row[4].split(" - "))
        times = f"{float(row[5]):.1f} / {float(row[6]):.1f}"
        out.append(f"| {work} | {case} | {rate:,.0f} | {spread} | {times} | {int(row[7]):,} | {row[8]} | {ratio} |")
    return "\n".join([*out, "", about])


def main():
    geocrm, home, postgis, martin, scratch, page, *command = sys.argv[1:]
    scratch = Path(scratch)
    scratch.mkdir(parents=True, exist_ok=True)
    if postgis and martin:
        connection = prepare(geocrm, Path(home), postgis)
        version = subprocess.run([martin, "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]
        with serving(martin, connection, scratch, 0) as plain, serving(martin, connection, scratch, 512) as keeping:
            lines = load(command, {"BENCH_HOME": home, "BENCH_MARTIN": plain, "BENCH_MARTIN_KEEPING": keeping})
        about = (
            f"martin {version} with 16 connections to PostGIS and functions over ST_AsMVT. At zoom 12 GeoCRM draws sums of 8 × 8 "
            "cells, as `account_cells` does; `account_points` draws every account, as GeoCRM does from zoom 13 on."
        )
    else:
        lines, about = load(command, {"BENCH_HOME": home}), f"Missing here: {'martin' if postgis else 'PostGIS, so martin too'}."
    text = table(lines, about)
    print(text)
    write(Path(page), "tiles", text)


if __name__ == "__main__":
    main()
