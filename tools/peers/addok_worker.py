#!/usr/bin/env python3
"""Addok with a Redis of its own on the addresses of `addresses.py`, answering the same stretches of questions as the
example `peers` of the geocoder. Through its library and not over HTTP, since ours is asked in its process too.

    addok_worker.py FOLDER SCRATCH

`line FIRST COUNT` asks one after the other, `batch FIRST COUNT` in two processes.
"""

import json
import multiprocessing
import os
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

PROCESSES, PIECE = 2, 25
# From this score on Addok itself calls a text a match.
SURE = 0.9


def ticks(process):
    """CPU seconds of a process and of the children it has waited for."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(int(fields[n]) for n in (11, 12, 13, 14)) / os.sysconf("SC_CLK_TCK")


def connect():
    from addok.config import config

    config.load()


def ask(text):
    """Milliseconds, id of the first answer and whether it is a door of a good score."""
    from addok.core import search

    started = time.perf_counter()
    found = search(text, limit=5, autocomplete=False)
    took = (time.perf_counter() - started) * 1e3
    if not found:
        return took, -1, False
    door = found[0].type == "housenumber"
    return took, int(found[0].id) if door else -1, door and found[0].score >= SURE


def redis(scratch):
    socket = scratch / "redis.sock"
    socket.unlink(missing_ok=True)
    command = ["redis-server", "--port", "0", "--unixsocket", str(socket), "--save", "", "--appendonly", "no"]
    server = subprocess.Popen([*command, "--dir", str(scratch)], stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    for _ in range(100):
        if socket.exists():
            return server, socket
        time.sleep(0.1)
    server.terminate()
    raise SystemExit("redis-server does not start")


def serve(folder, scratch, server, answers):
    run = [str(Path(sys.executable).with_name("addok"))]
    started = time.time()
    for step in (["batch", str(folder / "addok.ndjson")], ["ngrams"]):
        subprocess.run([*run, *step], check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    loaded = time.time() - started
    connect()
    from addok.db import DB

    texts = [line.split("\t")[1] for line in (folder / "questions.tsv").read_text().splitlines()]
    about = {"ready": "addok", "version": version("addok"), "load_s": loaded}
    answers.write(json.dumps(about | {"bytes": DB.info("memory")["used_memory"]}) + "\n")
    with multiprocessing.get_context("spawn").Pool(PROCESSES, connect) as pool:
        # The pool's processes load what they need before they are measured.
        pool.map(ask, texts[:PIECE] * PROCESSES, PIECE)
        measured = [os.getpid(), server.pid, *(worker.pid for worker in multiprocessing.active_children())]
        for line in sys.stdin:
            way, first, count = line.split()
            part = texts[int(first) : int(first) + int(count)]
            cpu, started = sum(map(ticks, measured)), time.perf_counter()
            found = pool.map(ask, part, PIECE) if way == "batch" else [ask(text) for text in part]
            whole = (time.perf_counter() - started) * 1e3
            times, ids, sure = zip(*found, strict=True)
            answer = {"wall_ms": [whole] if way == "batch" else times, "ids": ids, "sure": sure}
            answers.write(json.dumps(answer | {"cpu_ms": (sum(map(ticks, measured)) - cpu) * 1e3}) + "\n")


def main():
    folder, scratch = Path(sys.argv[1]), Path(sys.argv[2])
    scratch.mkdir(parents=True, exist_ok=True)
    # What a library prints must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    server, socket = redis(scratch)
    try:
        settings = scratch / "settings.py"
        databases = {"unix_socket_path": str(socket), "indexes": {"db": 0}, "documents": {"db": 1}}
        steps = [f"addok.helpers.text.{step}" for step in ("tokenize", "normalize", "synonymize")]
        steps.insert(2, "addok_dutch.flag_house_number")
        chosen = {"REDIS": databases, "BATCH_WORKERS": PROCESSES, "COUNTRY": "NL", "LOG_DIR": str(scratch)}
        chosen["PROCESSORS_PYPATHS"] = steps
        scores = ("score_by_importance", "score_by_ngram_distance", "adjust_scores")
        steps = [f"addok.helpers.results.{step}" for step in ("match_housenumber", "make_labels", *scores)]
        chosen["SEARCH_RESULT_PROCESSORS_PYPATHS"] = steps[:2] + ["addok_dutch.number_after_street"] + steps[2:]
        settings.write_text("".join(f"{name} = {value!r}\n" for name, value in chosen.items()))
        os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parent)
        os.environ["ADDOK_CONFIG_MODULE"] = str(settings)
        serve(folder, scratch, server, answers)
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
