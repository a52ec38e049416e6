#!/usr/bin/env python3
"""One of the other systems, held ready: loads the generated rows, says `ready` and then answers one question a
line, so that all systems can be asked in turns.

    worker.py polars|duckdb|chdb|postgis FOLDER

Questions: `W1`; `W2 RESOLUTION WEST SOUTH EAST NORTH`; `W3 FILTERED X,Y X,Y ...` with whole 1e-7 degrees.
Answers: one JSON line with wall_ms, cpu_ms, groups, count and sum. Two threads everywhere. The clock stops when the
answer is in this process in the form its library gives fastest; adding it up to be compared is not measured, as
it is not for the engine. Polars and DuckDB know no polygon here: they give the rows of its box, and Shapely tests them,
half of them in each of two threads.
"""

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

FILTER = "kind = 1 AND housing IN (0, 2, 4) AND year < 1980"
COLUMNS = "id lng_e7 lat_e7 kind housing year amount neighbourhood h3_9 h3_7 h3_6".split()


def cpu_seconds(process=None):
    """Of this process with all its threads, or of another one."""
    if process is None:
        return time.process_time()
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Polars:
    def __init__(self, folder):
        os.environ["POLARS_MAX_THREADS"] = "2"
        import polars

        self.pl, self.version = polars, polars.__version__
        self.table = polars.read_parquet(folder / "place.parquet", columns=COLUMNS).sort("h3_9").rechunk()
        column = polars.col
        self.filter = (column("kind") == 1) & column("housing").is_in([0, 2, 4]) & (column("year") < 1980)

    def inside(self, west, south, east, north):
        column = self.pl.col
        return column("lng_e7").is_between(west, east) & column("lat_e7").is_between(south, north)

    def groups(self, condition, key):
        sums = [self.pl.len().alias("n"), self.pl.col("amount").sum().alias("s")]
        found = self.table.lazy().filter(condition).group_by(key).agg(sums).collect()
        return lambda: (found.height, int(found["n"].sum()), int(found["s"].sum()))

    def w1(self):
        return self.groups(self.filter, "neighbourhood")

    def w2(self, resolution, *box):
        return self.groups(self.filter & self.inside(*box), f"h3_{resolution}")

    def w3(self, filtered, area):
        condition = self.inside(*(int(v) for v in area.bounds))
        if filtered:
            condition &= self.filter
        near = self.table.lazy().filter(condition).select("lng_e7", "lat_e7", "amount").collect()
        return inside(area, *(near[name].to_numpy() for name in ("lng_e7", "lat_e7", "amount")))


THREADS = ThreadPoolExecutor(2)


def inside(area, lng, lat, amount):
    """Number and sum of the places in a polygon."""
    import shapely

    def part(rows):
        held = shapely.intersects_xy(area, lng[rows], lat[rows])
        return int(held.sum()), int(amount[rows][held].sum())

    # Shapely lets the other thread run while it tests.
    shapely.prepare(area)
    half = len(lng) // 2
    counts, sums = zip(*THREADS.map(part, (slice(None, half), slice(half, None))), strict=True)
    return lambda: (1, sum(counts), sum(sums))


class Sql:
    """The systems that speak SQL; they differ in how they load and run it."""

    table = "place"
    count = "count(*)"

    def box(self, west, south, east, north):
        return f"lng_e7 BETWEEN {west} AND {east} AND lat_e7 BETWEEN {south} AND {north}"

    def groups(self, condition, key):
        rows = self.ask(
            f"SELECT {key}, {self.count}, sum(amount) FROM {self.table} WHERE {condition} GROUP BY {key}"
        )
        return lambda: self.totals(rows)

    def w1(self):
        return self.groups(FILTER, "neighbourhood")

    def w2(self, resolution, *box):
        return self.groups(f"{FILTER} AND {self.box(*box)}", f"h3_{resolution}")

    def totals(self, rows):
        return len(rows), sum(int(row[1]) for row in rows), sum(int(row[2]) for row in rows)


class DuckDb(Sql):
    def __init__(self, folder):
        import duckdb

        self.version, self.con = duckdb.__version__, duckdb.connect()
        self.con.execute("SET threads = 2")
        self.con.execute(
            f"CREATE TABLE place AS SELECT {', '.join(COLUMNS)} FROM read_parquet('{folder}/place.parquet') ORDER BY h3_9"
        )

    def ask(self, sql):
        return self.con.execute(sql).fetchnumpy()

    def totals(self, columns):
        _, counts, sums = columns.values()
        return len(counts), int(counts.sum()), int(sums.sum())

    def w3(self, filtered, area):
        condition = self.box(*(int(v) for v in area.bounds)) + (f" AND {FILTER}" if filtered else "")
        near = self.ask(f"SELECT lng_e7, lat_e7, amount FROM place WHERE {condition}")
        return inside(area, near["lng_e7"], near["lat_e7"], near["amount"])


class ChDb(Sql):
    def __init__(self, folder):
        import chdb
        from chdb import session

        self.version, self.session = chdb.__version__, session.Session()
        types = {"id": "UInt32", "kind": "UInt8", "housing": "UInt8", "year": "UInt16", "neighbourhood": "UInt16"}
        types |= {"lng_e7": "Int32", "lat_e7": "Int32"}
        columns = ", ".join(f"{name} {types.get(name, 'Int64')}" for name in COLUMNS)
        self.session.query("CREATE DATABASE IF NOT EXISTS d")
        # Windows and boxes are found by the least and greatest coordinates of every 8,192 rows.
        near = ", ".join(f"INDEX {name}_ends {name} TYPE minmax GRANULARITY 1" for name in ("lng_e7", "lat_e7"))
        self.session.query(f"CREATE TABLE d.place ({columns}, {near}) ENGINE = MergeTree ORDER BY h3_9")
        self.session.query(
            f"INSERT INTO d.place SELECT {', '.join(COLUMNS)} FROM file('{folder}/place.parquet', Parquet)"
        )
        self.session.query("OPTIMIZE TABLE d.place FINAL")
        self.table = "d.place"

    def ask(self, sql):
        return self.session.query(f"{sql} SETTINGS max_threads = 2", "ArrowTable")

    def totals(self, table):
        _, counts, sums = (column.to_numpy() for column in table.columns)
        return len(counts), int(counts.sum()), int(sums.sum())

    def w3(self, filtered, area):
        ring = ", ".join(f"({x}, {y})" for x, y in area.exterior.coords)
        condition = self.box(*(int(v) for v in area.bounds)) + (f" AND {FILTER}" if filtered else "")
        sql = f"SELECT count(), sum(amount) FROM d.place WHERE {condition} AND pointInPolygon((lng_e7, lat_e7), [{ring}])"
        row = self.ask(sql)
        return lambda: (1, row[0][0].as_py(), row[1][0].as_py() or 0)


class PostGis(Sql):
    """In a cluster of its own that `postgis.sh` has started; the address comes in PEERS_POSTGIS."""

    def __init__(self, folder):
        import psycopg
        import pyarrow.csv
        import pyarrow.parquet

        con = psycopg.connect(os.environ["PEERS_POSTGIS"], autocommit=True, prepare_threshold=None)
        self.cursor, self.backend = con.cursor(), con.info.backend_pid
        ask = self.cursor.execute
        self.version = ask("SELECT postgis_lib_version()").fetchone()[0]
        small = {"kind": "smallint", "housing": "smallint", "year": "smallint", "neighbourhood": "int"}
        small |= {"lng_e7": "int", "lat_e7": "int"}
        columns = ", ".join(f"{name} {small.get(name, 'bigint')}" for name in COLUMNS)
        ask("DROP TABLE IF EXISTS raw, place")
        ask(f"CREATE UNLOGGED TABLE raw ({columns})")
        table = pyarrow.parquet.ParquetFile(folder / "place.parquet")
        with self.cursor.copy("COPY raw FROM STDIN (FORMAT csv)") as copy:
            for batch in table.iter_batches(200_000, columns=COLUMNS):
                sink = __import__("io").BytesIO()
                options = pyarrow.csv.WriteOptions(include_header=False)
                pyarrow.csv.write_csv(__import__("pyarrow").table(batch), sink, options)
                copy.write(sink.getvalue())
        ask("CREATE TABLE place AS SELECT *, ST_MakePoint(lng_e7, lat_e7) AS geom FROM raw ORDER BY h3_9")
        ask("DROP TABLE raw")
        ask("CREATE INDEX ON place USING gist (geom)")
        ask("CREATE INDEX ON place (housing, year) INCLUDE (neighbourhood, amount) WHERE kind = 1")
        ask("VACUUM ANALYZE place")
        ask("SET max_parallel_workers_per_gather = 2")

    def box(self, *box):
        # The index holds boxes of 4-byte floats, so alone it finds points up to 32 steps of 1e-7 degrees outside.
        near = f"geom && ST_MakeEnvelope({', '.join(str(v) for v in box)})"
        return f"{near} AND {super().box(*box)}"

    def ask(self, sql):
        return self.cursor.execute(sql).fetchall()

    def w3(self, filtered, area):
        condition = f"AND {FILTER}" if filtered else ""
        sql = f"SELECT count(*), sum(amount) FROM place WHERE ST_Intersects(geom, %s::geometry) {condition}"
        count, total = self.cursor.execute(sql, (area.wkt,)).fetchone()
        return lambda: (1, int(count), int(total or 0))


SYSTEMS = {"polars": Polars, "duckdb": DuckDb, "chdb": ChDb, "postgis": PostGis}


def main():
    name, folder = sys.argv[1], Path(sys.argv[2])
    # What a library prints must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    started = time.time()
    system = SYSTEMS[name](folder)
    from shapely import Polygon

    answers.write(json.dumps({"ready": name, "version": system.version, "load_s": time.time() - started}) + "\n")
    for line in sys.stdin:
        work, *given = line.split()
        if work == "W3":
            area = Polygon([[int(v) for v in pair.split(",")] for pair in given[1:]])
            arguments = (given[0] == "1", area)
        else:
            arguments = tuple(int(v) for v in given)
        # Only the serving process counts: what a parallel worker of PostgreSQL takes is not seen.
        process = getattr(system, "backend", None)
        cpu, wall = cpu_seconds(process), time.perf_counter()
        found = getattr(system, work.lower())(*arguments)
        took = {"wall_ms": (time.perf_counter() - wall) * 1e3, "cpu_ms": (cpu_seconds(process) - cpu) * 1e3}
        groups, count, total = found()
        answers.write(json.dumps(took | {"groups": groups, "count": count, "sum": total}) + "\n")


if __name__ == "__main__":
    main()
