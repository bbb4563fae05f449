"""SpendSense's jobs over many users: beside pandas, in memory and time, in shards, and their start beside Python's.

    bench.py [--part features|scale|postgres|start]… [--rounds 3] [--users 10000] [--scale 10000,100000]

Run it with the Python of `scripts/venv.sh oracle`, after the builds that `make bench-jobs` does. Tables go to
standard output; figures are medians of rounds in which the two sides take turns.
"""

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, closing

import postgres
from lambda_api import Function

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
TARGET = os.environ.get("CARGO_TARGET_DIR", f"{ROOT}/target")
PEER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peer.py")
JOBS = ("compute-features", "assign-persona", "generate-recommendations")
FOUND = ("window_features", "persona_assignments", "recommendations", "decision_traces", "user_errors", "daily_runs")
UNTIL = "2024-06-30"
SHARDS = (1, 4, 16)
STARTS = 50


def database(users):
    """Makes a database of users, once. Nothing is found about them yet."""
    path = f"{TARGET}/bench-jobs/{users}.sqlite"
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if not os.path.exists(f"{path}.txt"):
        for end in ("", "-wal", "-shm"):
            if os.path.exists(path + end):
                os.remove(path + end)
        note(f"seeding {users} users")
        said = subprocess.run([f"{TARGET}/release/spendsense-seed", "--database", f"sqlite:{path}", "--users", str(users),
                               "--until", UNTIL], check=True, capture_output=True, text=True).stdout
        with open(f"{path}.txt", "w") as seeded:
            seeded.write(said)
    with open(f"{path}.txt") as seeded:
        return path, int(seeded.readline().split()[3])


def clear(path, tables=FOUND):
    """Deletes what was found."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for table in tables:
            connection.execute(f"DELETE FROM {table}")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def everybody(url, job, shards=1, day=UNTIL):
    """Runs a scheduled event, with a process for each shard at the same time. Returns the seconds from their start to
    the last result, the most memory of one in MB, and the processor time of all."""
    event = {"event_type": "scheduled", "user_id": None, "timestamp": f"{day}T01:00:00Z"}
    with ExitStack() as stack:
        begin = time.perf_counter()
        functions = [stack.enter_context(Function([f"{TARGET}/release/{job}"], DATABASE_URL=url))
                     for _ in range(shards)]
        failures = []

        def run(function, shard):
            try:
                function.invoke(event | {"shard": shard, "shards": shards})
            except SystemExit as failure:
                failures.append(failure)

        threads = [threading.Thread(target=run, args=(function, shard)) for shard, function in enumerate(functions)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - begin
        if failures:
            raise failures[0]
        return seconds, max(of.peak_kb() for of in functions) / 1024, sum(of.cpu_seconds() for of in functions)


def features(users, rounds):
    """Compares the features of all users with pandas."""
    path, transactions = database(users)
    compute = [f"{TARGET}/release/bench-compute", str(users), UNTIL]
    ours, theirs, alone = [], [], []
    for round_ in range(rounds):
        clear(path)
        ours.append(everybody(f"sqlite:{path}", JOBS[0]))
        peer = subprocess.run([sys.executable, PEER, "features", path, UNTIL], check=True, capture_output=True, text=True)
        theirs.append(json.loads(peer.stdout))
        alone.append(json.loads(subprocess.run(compute, check=True, capture_output=True, text=True).stdout))
        note(f"round {round_ + 1}: {ours[-1]}, {theirs[-1]}, {alone[-1]} s alone")
    seconds, memory, cpu = (statistics.median(column) for column in zip(*ours))
    peer = {key: statistics.median(of[key] for of in theirs) for key in theirs[0]}
    whole = peer["read"] + peer["compute"]
    single, single_cpu = (statistics.median(of[key] for of in alone) for key in ("seconds", "cpu_seconds"))
    print(f"Features of {users} users with {transactions} transactions in 200 days, {peer['transactions']} of them in the longest "
          f"window and posted.\n")
    print("| | compute-features | pandas | ratio |\n|---|---|---|---|")
    print(f"| end to end, users/s (pandas does not write) | {users / seconds:.0f} | {users / whole:.0f} | {whole / seconds:.1f} |")
    print(f"| end to end, seconds | {seconds:.2f} | {whole:.2f} | |")
    print(f"| end to end, processor's seconds | {cpu:.2f} | {peer['cpu']:.2f} | {peer['cpu'] / cpu:.1f} |")
    print(f"| computation alone, users/s on one core | {users / single:.0f} | {users / peer['compute']:.0f} "
          f"| {peer['compute'] / single:.1f} |")
    print(f"| computation alone, processor's µs a user | {single_cpu / users * 1e6:.1f} | {peer['compute_cpu'] / users * 1e6:.1f} "
          f"| {peer['compute_cpu'] / single_cpu:.1f} |")
    print(f"| most memory, MB | {memory:.0f} | {peer['peak_kb'] / 1024:.0f} | |\n")


def scale(sizes, rounds):
    """Runs the three stages one after the other, for some numbers of users and shards."""
    found = {}
    for users in sizes:
        path, _ = database(users)
        for _ in range(rounds):
            for shards in SHARDS:
                clear(path)
                for job in JOBS:
                    found.setdefault((users, shards, job), []).append(everybody(f"sqlite:{path}", job, shards))
                    note(f"{users} users, {shards} shards, {job}: {found[users, shards, job][-1]}")
    found = {key: [statistics.median(column) for column in zip(*runs)] for key, runs in found.items()}
    print("Seconds (processor's seconds of all processes, most memory of one) of each stage on SQLite; 1,000,000 users are "
          "extrapolated from the most that were run.\n")
    print("| users | shards | " + " | ".join(JOBS) + " | all, s | users/s |\n|---|---|" + "---|" * (len(JOBS) + 2))
    for users in sizes:
        for shards in SHARDS:
            of = [found[users, shards, job] for job in JOBS]
            print(row(users, shards, of, sum(seconds for seconds, *_ in of)))
    most = sizes[-1]
    for shards in SHARDS:
        times = 1_000_000 / most
        of = [[seconds * times, memory, cpu * times] for seconds, memory, cpu in (found[most, shards, job] for job in JOBS)]
        print(row("1000000 (extrapolated)", shards, of, sum(seconds for seconds, *_ in of), 1_000_000))
    if len(sizes) > 1:
        growth = {job: (found[most, 1, job][1] - found[sizes[0], 1, job][1]) * 1024 * 1024 / (most - sizes[0]) for job in JOBS}
        print("\nMemory that a further user takes, in bytes: " + ", ".join(f"{job} {by:.0f}" for job, by in growth.items()) + ".\n")


def row(users, shards, of, total, count=None):
    cells = " | ".join(f"{seconds:.1f} ({cpu:.1f}, {memory:.0f} MB)" for seconds, memory, cpu in of)
    return f"| {users} | {shards} | {cells} | {total:.1f} | {(count or users) / total:.0f} |"


def start():
    """Measures from the start of a deployed process to its first request for work, beside Python with boto3."""
    venv = subprocess.run([f"{ROOT}/scripts/venv.sh"], check=True, capture_output=True, text=True).stdout.strip()
    sides = {job: [f"{TARGET}/lambda/{job}"] for job in JOBS} | {"Python, import boto3": [f"{venv}/bin/python", PEER, "start"]}
    times = {name: [] for name in sides}
    for _ in range(STARTS):
        for name, command in sides.items():
            with Function(command) as function:
                times[name].append(function.start_seconds() * 1e3)
    print(f"Start to first poll in ms, of {STARTS}.\n")
    print("| | median | least | most |\n|---|---|---|---|")
    for name, of in times.items():
        print(f"| {name} | {statistics.median(of):.1f} | {min(of):.1f} | {max(of):.1f} |")
    print()


def note(text):
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", action="append", choices=["features", "scale", "postgres", "start"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--scale", default="10000,100000")
    arguments = parser.parse_args()
    parts = arguments.part or ["features", "scale", "postgres", "start"]
    print(f"Load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.\n")
    if "features" in parts:
        features(arguments.users, arguments.rounds)
    if "scale" in parts:
        scale([int(users) for users in arguments.scale.split(",")], arguments.rounds)
    if "postgres" in parts:
        postgres.costs(arguments.users, arguments.rounds, everybody)
    if "start" in parts:
        start()
    print(f"Load after: {os.getloadavg()[0]:.1f}.")
