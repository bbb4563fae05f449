"""The local bus beside MiniStack: events put, a warm function, memory. Needs the virtual environment of
scripts/venv.sh, and a folder with `bench_put.py` and `null_server.py`.

    bench.py PROGRAMS DATA [ROUNDS]

PROGRAMS is the folder of a release build: the command, a function of SpendSense and its tools. The function works on a
SQLite file, for a user who never consented, so that it reads one row and is done. Servers take turns within each round;
figures are medians over the rounds.
"""

import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile

import boto3
from botocore.config import Config

sys.path.insert(0, os.path.abspath(os.path.join(os.path.dirname(__file__), "../../scripts")))
from ports import free_port  # noqa: E402, it is beside the other scripts

programs, data = sys.argv[1:3]
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
REGION, FUNCTION = "us-east-1", "spendsense-generate-recommendations-local"
DETAIL = json.dumps({"event_type": "persona.assigned", "user_id": "u-1", "timestamp": "2026-01-31T09:00:00Z"}).encode()

folder = tempfile.TemporaryDirectory()
DATABASE = {"DATABASE_URL": f"sqlite:{folder.name}/spendsense.sqlite"}
subprocess.run([f"{programs}/spendsense-seed", "--user", "u-1", "--archetype", "without-consent"],
               env=os.environ | DATABASE, stdout=subprocess.DEVNULL, check=True)


def package():
    """The function as Lambda takes it."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as zipped, open(f"{programs}/generate-recommendations", "rb") as binary:
        bootstrap = zipfile.ZipInfo("bootstrap")
        bootstrap.external_attr = 0o100755 << 16
        zipped.writestr(bootstrap, binary.read())
    return written.getvalue()


def answers(url):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(url).read()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"nobody answers at {url}")


def kept():
    """The local bus that keeps its state, each time in a folder of its own."""
    return ours("--state", tempfile.mkdtemp(dir=folder.name))


def ours(*arguments):
    bus = subprocess.Popen([f"{programs}/codegen", "dev", "--port", "0", "--format", "json", "--profile", "release", *arguments],
                           env=os.environ | DATABASE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    where = json.loads(bus.stdout.readline())
    end = time.monotonic() + 600
    while time.monotonic() < end and len(json.load(urllib.request.urlopen(where["page"] + "state"))["functions"]) < 3:
        time.sleep(0.2)
    # Nobody reads what it says, and a pipe that is full would stop it.
    subprocess.Popen(["cat"], stdin=bus.stdout, stdout=subprocess.DEVNULL)
    return bus, where["endpoint"]


def ministack():
    port = free_port()
    venv = os.path.dirname(sys.executable)
    server = subprocess.Popen([f"{venv}/ministack"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              env=os.environ | {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port)})
    endpoint = f"http://127.0.0.1:{port}"
    answers(endpoint)
    client("lambda", endpoint).create_function(
        FunctionName=FUNCTION, Runtime="provided.al2023", Handler="bootstrap", Timeout=30,
        Role="arn:aws:iam::000000000000:role/r", Environment={"Variables": DATABASE}, Code={"ZipFile": package()})
    return server, endpoint


def null():
    port = free_port()
    server = subprocess.Popen([sys.executable, f"{data}/null_server.py", str(port)])
    answers(f"http://127.0.0.1:{port}")
    return server, f"http://127.0.0.1:{port}"


def client(service, endpoint):
    return boto3.client(service, endpoint_url=endpoint, region_name=REGION, aws_access_key_id="test",
                        aws_secret_access_key="test", config=Config(proxies={}))


def put(name, server, endpoint, rules, kind):
    alone = ["--no-setup", "--sink", "none"] if name == "null" else ["--lat", "20"]
    calls = "20" if name == "ministack" and rules > 100 else "100" if name == "ministack" else "600"
    run = subprocess.run(
        [sys.executable, f"{data}/bench_put.py", "--endpoint", endpoint, "--rules", str(rules), "--client", kind,
         "--calls", calls, "--pid", str(server.pid), "--bus", f"b{rules}{kind}{time.monotonic_ns()}", *alone],
        capture_output=True, text=True, check=True)
    return json.loads(run.stdout.strip().splitlines()[-1])


def invoke(endpoint):
    functions = client("lambda", endpoint)
    times = []
    for _ in range(60):
        begin = time.perf_counter()
        answer = functions.invoke(FunctionName=FUNCTION, Payload=DETAIL)
        times.append((time.perf_counter() - begin) * 1e3)
        assert "FunctionError" not in answer, answer["Payload"].read()
    return statistics.median(times[10:])


figures = {}
for round_ in range(rounds):
    for name, start in (("null", null), ("ours", ours), ("kept", kept), ("ministack", ministack)):
        server, endpoint = start()
        try:
            for kind in ("boto3", "raw"):
                for rules in (100, 1000):
                    found = put(name, server, endpoint, rules, kind)
                    figures.setdefault((name, kind, rules), []).append(found["put_ev_per_s"])
                    figures.setdefault((name, "memory"), []).append(found["server_rss_mb"])
                    print(f"round {round_ + 1}: {name} {kind} {rules} rules: {found['put_ev_per_s']:.0f} events/s", file=sys.stderr)
            if name != "null":
                figures.setdefault((name, "invoke"), []).append(invoke(endpoint))
        finally:
            server.terminate()
            server.wait(timeout=30)

median = {key: statistics.median(values) for key, values in figures.items()}
print("| events/s | null server | local bus | with --state | MiniStack | to null | to MiniStack |\n|---|---|---|---|---|---|---|")
for kind in ("boto3", "raw"):
    for rules in (100, 1000):
        of = {name: median[name, kind, rules] for name in ("null", "ours", "kept", "ministack")}
        print(f"| {kind}, {rules} rules | {of['null']:.0f} | {of['ours']:.0f} | {of['kept']:.0f} | {of['ministack']:.0f} "
              f"| {of['ours'] / of['null']:.2f} | {of['ours'] / of['ministack']:.1f} |")
print(f"\nwarm invoke, p50: local bus {median['ours', 'invoke']:.1f} ms, with --state {median['kept', 'invoke']:.1f} ms, MiniStack {median['ministack', 'invoke']:.1f} ms")
print(f"memory at the end: local bus {max(figures['ours', 'memory']):.0f} MB, with --state {max(figures['kept', 'memory']):.0f} MB, MiniStack {max(figures['ministack', 'memory']):.0f} MB")
