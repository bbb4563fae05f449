"""What a day over everybody costs on PostgreSQL: a user, by stage, in the functions and in the server."""

import os
import statistics
import subprocess
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.insert(0, f"{ROOT}/scripts")

import database  # noqa: E402, it is beside the other scripts

TARGET = os.environ.get("CARGO_TARGET_DIR", f"{ROOT}/target")
JOBS = ("compute-features", "assign-persona", "generate-recommendations")
SHARDS = (1, 2, 4)
UNTIL = "2024-06-30"
NEXT = "2024-07-01"
FOUND = ("window_features", "persona_assignments", "decision_traces", "user_errors", "daily_runs")
TICKS = os.sysconf("SC_CLK_TCK")


class Server:
    """A server whose commits are on the disk, with users in it."""

    def __init__(self, folder, users):
        self.database = database.Database(folder, "fsync=on", "shared_buffers=256MB", "max_wal_size=4GB", "autovacuum=off")
        self.users = users

    def __enter__(self):
        self.database.__enter__()
        seed = [f"{TARGET}/release/spendsense-seed", "--database", self.database.url, "--users", str(self.users), "--until", UNTIL]
        subprocess.run(seed, check=True, capture_output=True)
        self.sql("VACUUM ANALYZE")
        with open(self.database.folder / "data/postmaster.pid") as lines:
            self.process = int(lines.readline())
        return self

    def __exit__(self, *_):
        self.database.__exit__()

    def sql(self, statement):
        command = [str(self.database.programs / "psql"), "--no-psqlrc", "--tuples-only", "--no-align", "--command", statement,
                   self.database.url]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def cpu_seconds(self):
        """Returns the processor time of the server, with the sessions that have ended."""
        with open(f"/proc/{self.process}/task/{self.process}/children") as children:
            living = children.read().split()
        return sum(seconds(self.process)) + sum(sum(seconds(child)[:2]) for child in living)

    def written(self):
        """Returns the bytes of the write-ahead log so far."""
        return int(self.sql("SELECT pg_current_wal_insert_lsn() - '0/0'"))


def seconds(process):
    """Returns the processor time of a process, and of its children that have ended."""
    try:
        with open(f"/proc/{process}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
    except FileNotFoundError:
        return [0.0] * 4
    return [int(field) / TICKS for field in fields[11:15]]


def costs(users, rounds, everybody):
    """Measures a first day, which inserts, and the next one, which updates."""
    found = {}
    with Server(f"{TARGET}/bench-jobs/postgres", users) as server:
        for _ in range(rounds):
            for shards in SHARDS:
                server.sql(f"TRUNCATE {', '.join(FOUND)} CASCADE")
                for day in (UNTIL, NEXT):
                    for job in JOBS:
                        server.sql("CHECKPOINT")
                        cpu, log = server.cpu_seconds(), server.written()
                        took, memory, own = everybody(server.database.url, job, shards, day)
                        of = (took, own, server.cpu_seconds() - cpu, server.written() - log, memory)
                        found.setdefault((shards, day, job), []).append(of)
                        print(f"{users} users, {shards} shards, {day}, {job}: {of}", file=sys.stderr, flush=True)
                server.sql("VACUUM ANALYZE")
        size = int(server.sql("SELECT pg_database_size(current_database())"))
    print(f"PostgreSQL, {users} users, a connection for each shard, medians of {rounds}: microseconds of a user in all, of the "
          f"functions' processors and of the server's, bytes of its log, most memory of one function. The database has "
          f"{size / users / 1e3:.0f} KB a user.\n")
    print("| day | shards | job | µs | function µs | server µs | log, bytes | MB | users/s |\n|---|---|---|---|---|---|---|---|---|")
    for (shards, day, job), runs in found.items():
        took, own, server_cpu, log, memory = (statistics.median(column) for column in zip(*runs))
        each = [f"{of / users * 1e6:.0f}" for of in (took, own, server_cpu)]
        name = "first" if day == UNTIL else "next"
        print(f"| {name} | {shards} | {job} | {' | '.join(each)} | {log / users:.0f} | {memory:.0f} | {users / took:.0f} |")
    print()
