"""Events with faults of every kind through SpendSense on the local bus, which is killed again and again and keeps its
state in a folder. In the end every accepted event has had its effect: each user has features, a persona and a decision.

    endurance.py PROGRAMS

PROGRAMS is the folder of a build. EVENTS, KILLS, FAULT_RATE and SEED say how much of what.
"""

import concurrent.futures
import contextlib
import http.client
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

from ports import free_port

programs = sys.argv[1]
EVENTS = int(os.environ.get("EVENTS") or 10_000)
KILLS = int(os.environ.get("KILLS") or 10)
RATE = float(os.environ.get("FAULT_RATE") or 0.2)
SEED = int(os.environ.get("SEED") or random.randrange(1 << 32))
MADE_UP = 100
CLIENTS = 4
TABLES = {"features": "computed_features", "persona": "persona_assignments", "decision": "decision_traces"}

chance = random.Random(SEED)
print(f"EVENTS={EVENTS} KILLS={KILLS} FAULT_RATE={RATE} SEED={SEED}", flush=True)
folder = tempfile.mkdtemp(prefix="endurance-", dir=os.environ.get("ENDURANCE_FOLDER"))
database = os.path.join(folder, "spendsense.sqlite")
state = os.path.join(folder, "state")
environment = os.environ | {"DATABASE_URL": f"sqlite:{database}"}


def rows(query):
    with contextlib.closing(sqlite3.connect(database, timeout=60)) as connection:
        return connection.execute(query).fetchall()


def people():
    """Makes users up: a few by the tool, and as many copies of them as it takes. Returns their ids."""
    # Some of them have no consent, for whom nothing is done.
    wanted = EVENTS + EVENTS // 10 + 20
    made_up = min(MADE_UP, wanted)
    subprocess.run([f"{programs}/spendsense-seed", "--users", str(made_up)], env=environment, check=True, stdout=subprocess.DEVNULL)
    with contextlib.closing(sqlite3.connect(database)) as connection:
        with connection:
            connection.execute("PRAGMA foreign_keys = OFF")
            for table in ("profiles", "consent_records", "accounts", "transactions"):
                columns = [column[1] for column in connection.execute(f"PRAGMA table_info({table})")]
                copied = ", ".join("user_id || '~' || copy" if name == "user_id" else name for name in columns)
                connection.execute(
                    f"WITH RECURSIVE copies(copy) AS (SELECT 1 UNION ALL SELECT copy + 1 FROM copies WHERE copy < ?) "
                    f"INSERT INTO {table} ({', '.join(columns)}) SELECT {copied} FROM {table} CROSS JOIN copies WHERE copy <= ?",
                    (max(-(-wanted // made_up) - 1, 1), -(-wanted // made_up) - 1))
        ids = "SELECT user_id FROM consent_records WHERE revoked_at IS NULL GROUP BY user_id ORDER BY user_id"
        return [user for user, in connection.execute(ids)][:EVENTS]


class Bus:
    """The command, started again and again on one port."""

    def __init__(self):
        self.port = free_port()
        self.process, self.starts, self.notes = None, 0, open(os.path.join(folder, "bus.log"), "w+")

    def start(self):
        self.process = subprocess.Popen(
            [f"{programs}/codegen", "dev", "--port", str(self.port), "--state", state, "--fault-rate", str(RATE), "--format", "json"],
            env=environment, stdout=subprocess.DEVNULL, stderr=self.notes)
        self.starts += 1
        end = time.monotonic() + 600
        while time.monotonic() < end:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.call("GET", "/_/ready?wait=20")[0] == 200:
                    return
            if self.process.poll() is not None:
                self.notes.seek(0)
                sys.exit(f"the bus has ended: {self.notes.read()[-2000:]}")
            time.sleep(0.05)
        sys.exit("the bus does not get ready")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def call(self, method, path, body=None, target=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        try:
            headers = {"content-type": "application/json"} | ({"x-amz-target": target} if target else {})
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def state(self):
        return json.loads(self.call("GET", "/_/state")[1])

    def memory(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM"))


accepted, unanswered, lock = set(), 0, threading.Lock()


def put(bus, users):
    """Puts events until each is accepted, as an SDK does. What nobody answered is put again."""
    global unanswered
    while users:
        entries = [{"Source": "spendsense", "DetailType": "User Signup", "Detail": json.dumps(
            {"event_type": "user.signup", "user_id": user, "timestamp": "2026-01-31T09:00:00Z"})} for user in users]
        try:
            status, body = bus.call("POST", "/", {"Entries": entries}, "AWSEvents.PutEvents")
        except (OSError, http.client.HTTPException):
            status, body = 0, b""
            with lock:
                unanswered += 1
            time.sleep(0.2)
        verdicts = json.loads(body)["Entries"] if status == 200 else [{}] * len(users)
        with lock:
            accepted.update(user for user, verdict in zip(users, verdicts) if "EventId" in verdict)
        users = [user for user, verdict in zip(users, verdicts) if "EventId" not in verdict]


def missing(users):
    """Who lacks which effect."""
    has = {name: {user for user, in rows(f"SELECT DISTINCT user_id FROM {table}")} for name, table in TABLES.items()}
    return {name: users - has[name] for name in TABLES if users - has[name]}


def main():
    users = people()
    chance.shuffle(users)
    print(f"{len(users)} users with a consent, {os.path.getsize(database) >> 20} MB", flush=True)
    bus, begin = Bus(), time.monotonic()
    bus.start()
    batches = [users[at:at + 10] for at in range(0, len(users), 10)]
    moments = sorted(chance.sample(range(1, len(batches)), min(KILLS, len(batches) - 1)))
    done, replaced = 0, []
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        running = {pool.submit(put, bus, batch) for batch in batches[:CLIENTS]}
        ahead = CLIENTS
        while running:
            ended, running = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in ended:
                future.result()
            done += len(ended)
            while moments and done >= moments[0]:
                moments.pop(0)
                bus.kill()
                replaced.append(len(accepted) - len({user for user, in rows("SELECT DISTINCT user_id FROM decision_traces")}))
                bus.start()
            while ahead < len(batches) and len(running) < CLIENTS:
                running.add(pool.submit(put, bus, batches[ahead]))
                ahead += 1
    print(f"{len(accepted)} events accepted after {time.monotonic() - begin:.0f} s, {bus.starts} buses, {unanswered} requests "
          f"without an answer; on their way at the kills: {replaced}", flush=True)
    settle(bus, set(users), begin)


def settle(bus, users, begin):
    """Lets what is due happen, sends again what failed for good, and counts."""
    redriven, end = 0, time.monotonic() + 60 * 60
    while time.monotonic() < end:
        left = missing(users)
        if not left:
            break
        there = bus.state()
        # The clock waits until everything has come to rest.
        if there["in_flight"] == 0:
            bus.call("POST", "/_/clock", {"to_next": True})
        queues = [queue for queue in there["queues"] if queue["messages"]]
        for queue in queues:
            answer = json.loads(bus.call("POST", f"/_/queues/{queue['name']}/redrive", {})[1])
            redriven += answer["redriven"]
            assert not answer["left"], answer
        time.sleep(0.2)
    left = missing(users)
    counts = {name: len(users) - len(left.get(name, ())) for name in TABLES}
    print(f"of {len(users)} accepted events: {counts}; sent again from queues of failures: {redriven}; "
          f"memory {bus.memory()} MB; {time.monotonic() - begin:.0f} s in all", flush=True)
    size = sum(entry.stat().st_size for entry in os.scandir(state))
    print(f"the folder has {size >> 10} KB", flush=True)
    bus.kill()
    assert accepted >= users, sorted(users - accepted)[:5]
    assert not left, {name: sorted(lacking)[:5] for name, lacking in left.items()}


main()
shutil.rmtree(folder)
