"""Rehearses `codegen redrive`: letters of ten kinds, and the command killed in the middle again and again.

usage: rehearse_redrive.py CODEGEN FOLDER

LETTERS says how many of each kind there are, 100 without it.

On the local bus and on moto. Each letter has to come to its own receiver at least once, and none may be lost.
"""

import collections
import http.server
import json
import os
import random
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import boto3
from stand_in import Failed, StandIn

OF_EACH_KIND = int(os.environ.get("LETTERS") or 100)
# How many letters a run sends before it is killed.
KILLED_AFTER = OF_EACH_KIND + OF_EACH_KIND // 10
CHANCE = random.Random(1)
NUMBER = re.compile(r'\\?"n\\?": ?(\d+)')
FUNCTIONS = ("whole", "shaped", "part", "timed", "failed", "own", "buffered")

SPEC = """
pipeline: shop
source: shop
bus: own
events:
  order.placed: { detail_type: Order Placed, external: true, detail: { n: integer } }
jobs:
  whole: { FUNCTION, triggers: [{ event: order.placed }] }
  shaped:
    FUNCTION
    triggers: [{ event: order.placed, input: { paths: { n: $.detail.n }, template: '{"of": "shaped", "n": <n>}' } }]
  part: { FUNCTION, triggers: [{ event: order.placed, input: { path: $.detail } }] }
  queued: { deliver_to: queue, triggers: [{ event: order.placed }] }
  ordered: { deliver_to: { queue: { fifo: true, group: all } }, triggers: [{ event: order.placed }] }
  forward: { deliver_to: { bus: { existing: theirs } }, triggers: [{ event: order.placed }] }
  timed: { FUNCTION, triggers: [{ schedule: rate(1 day), timezone: Europe/Berlin }] }
  failed: { FUNCTION, triggers: [{ event: order.placed }] }
  own: { FUNCTION, triggers: [{ event: order.placed }] }
  buffered: { FUNCTION, buffer: {}, triggers: [{ event: order.placed }] }
"""
FUNCTION = "function: { zip: f.zip, runtime: python3.13, handler: a.b, local: { command: [python3, note.py, JOB] } }"
# A function that notes what it gets, a line each, outside of the folder in which the local bus looks for changes.
NOTE = """
import os, sys, urllib.request
base = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
while True:
    with urllib.request.urlopen(f"{base}/next") as event:
        request, body = event.headers["Lambda-Runtime-Aws-Request-Id"], event.read()
    with open("../notes.txt", "ab") as notes:
        notes.write(sys.argv[1].encode() + b" " + body + b"\\n")
    urllib.request.urlopen(urllib.request.Request(f"{base}/{request}/response", data=b"{}")).close()
"""


class Place:
    """Where the queues are: the local bus, or moto behind a server that takes the invocations."""

    def __init__(self, name, codegen, folder, url, environment, account):
        self.name = name
        self.codegen = codegen
        self.folder = folder
        self.url = url
        self.environment = environment
        self.at = f"us-east-1:{account}"
        client = {"endpoint_url": url, "region_name": "us-east-1", "aws_access_key_id": "t", "aws_secret_access_key": "t"}
        self.sqs = boto3.client("sqs", **client)
        self.events = boto3.client("events", **client)

    def queue(self, name):
        return self.sqs.get_queue_url(QueueName=name)["QueueUrl"]

    def called(self, job, what=""):
        return f"shop-{job}{what}-{self.environment}"

    def function(self, job):
        return f"arn:aws:lambda:{self.at}:function:{self.called(job)}"

    def put(self, queue, letters):
        """Puts letters into a queue: bodies, and their attributes."""
        url = self.queue(queue)
        for first in range(0, len(letters), 10):
            some = enumerate(letters[first : first + 10])
            entries = [
                {
                    "Id": str(number),
                    "MessageBody": body,
                    "MessageAttributes": {k: {"DataType": "String", "StringValue": v} for k, v in attributes.items()},
                }
                for number, (body, attributes) in some
            ]
            answer = self.sqs.send_message_batch(QueueUrl=url, Entries=entries)
            assert not answer.get("Failed"), answer

    def make_letters(self):
        """Puts the letters of every kind. Returns the numbers that each receiver has to get."""
        rule = f"arn:aws:events:{self.at}:rule/{{bus}}/{{name}}"
        targets = {
            "whole": self.function("whole"),
            "shaped": self.function("shaped"),
            "part": self.function("part"),
            "queued": f"arn:aws:sqs:{self.at}:{self.called('queued')}",
            "ordered": f"arn:aws:sqs:{self.at}:{self.called('ordered')}.fifo",
            "forward": f"arn:aws:events:{self.at}:event-bus/theirs",
        }
        expected = {}
        for place, kind in enumerate([*targets, "timed", "failed", "own", "buffered"]):
            numbers = range(1_000 * place, 1_000 * place + OF_EACH_KIND)
            expected[kind] = set(numbers)
            if kind in targets:
                of = rule.format(bus=f"own-{self.environment}", name=self.called(kind, "-event"))
                attributes = {"RULE_ARN": of, "TARGET_ARN": targets[kind], "ERROR_CODE": "NO_PERMISSIONS"}
                self.put(self.called(kind, "-dlq"), [(event(n), attributes) for n in numbers])
            elif kind == "timed":
                of = f"arn:aws:scheduler:{self.at}:schedule/default/{self.called('timed')}"
                attributes = {"SCHEDULE_ARN": of, "TARGET_ARN": self.function("timed"), "ERROR_CODE": "x"}
                self.put(self.called("timed", "-dlq"), [(event(n), attributes) for n in numbers])
            elif kind == "buffered":
                attributes = {"MessageId": "m", "ErrorMessage": "bad"}
                self.put(self.called("buffered", "-on-failure"), [(event(n), attributes) for n in numbers])
            else:
                condition = "RetriesExhausted" if kind == "failed" else "PermanentFailure"
                arn = self.function(kind) + ":$LATEST"
                letters = [(record(n, arn, condition), {}) for n in numbers]
                self.put(self.called(kind, "-on-failure"), letters)
        return expected

    def letters_left(self):
        left = 0
        for url in self.sqs.list_queues(QueueNamePrefix="shop-")["QueueUrls"]:
            if "-dlq-" in url or "-on-failure-" in url:
                names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
                found = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
                left += sum(int(found[name]) for name in names)
        return left

    def drain(self, queue):
        """Takes everything out of a queue."""
        url, bodies = self.queue(queue), []
        while messages := self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                bodies.append(message["Body"])
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return bodies

    def redrive(self, killed_after=None):
        """Runs the command, to its end or until it has sent so many. Returns how many it has told of."""
        command = [
            self.codegen, "redrive", "--environment", self.environment, "--endpoint-url", self.url, "--region", "us-east-1",
            "--rate", "10000", "--format", "json",
        ]  # fmt: skip
        environment = os.environ | {"AWS_ACCESS_KEY_ID": "t", "AWS_SECRET_ACCESS_KEY": "t"}
        process = subprocess.Popen(
            command, cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        told = 0
        for line in process.stdout:
            fate = json.loads(line)
            if fate["outcome"] != "sent":
                process.kill()
                raise Failed(f"[{self.name}] a letter was not sent: {line}")
            told += 1
            if told == killed_after:
                # It goes on meanwhile, so that the kill comes at any moment of its work.
                time.sleep(CHANCE.uniform(0, 0.05))
                process.kill()
                break
        status = process.wait()
        if killed_after is None and status != 0:
            raise Failed(f"[{self.name}] `redrive` exits with {status}: {process.stderr.read()}")
        return told


def event(n):
    return json.dumps(
        {
            "version": "0", "id": f"e-{n}", "detail-type": "Order Placed", "source": "shop", "account": "000000000000",
            "time": "2026-01-31T09:00:00Z", "region": "us-east-1", "resources": [],
            "detail": {"event_type": "order.placed", "n": n},
        }
    )  # fmt: skip


def record(n, function, condition):
    context = {"requestId": f"r-{n}", "functionArn": function, "condition": condition}
    return json.dumps({"version": "1.0", "requestContext": context, "requestPayload": json.loads(event(n)), "responsePayload": {}})


def rehearse(place, received):
    """Sends the letters, with the command killed again and again. `received` returns what each receiver has got."""
    expected = place.make_letters()
    kills, told, begin = 0, 0, time.monotonic()
    while (now := place.redrive(KILLED_AFTER)) == KILLED_AFTER:
        kills, told = kills + 1, told + now
    told += now
    deadline = time.monotonic() + 120
    # What was on its way when the command was killed is hidden for half a minute.
    while place.letters_left():
        if time.monotonic() > deadline:
            raise Failed(f"[{place.name}] {place.letters_left()} letters stay")
        time.sleep(2)
        told += place.redrive()
    arrived, twice, deadline = {}, 0, time.monotonic() + 60
    while True:
        arrived = received()
        missing = {kind: expected[kind] - set(arrived[kind]) for kind in expected}
        if not any(missing.values()):
            break
        if time.monotonic() > deadline:
            raise Failed(f"[{place.name}] lost: {({k: sorted(v)[:5] for k, v in missing.items() if v})}")
        time.sleep(0.2)
    for kind, numbers in arrived.items():
        if foreign := set(numbers) - expected[kind]:
            raise Failed(f"[{place.name}] {kind} got what is not its own: {sorted(foreign)[:5]}")
        twice += sum(count - 1 for count in numbers.values())
    letters = len(expected) * OF_EACH_KIND
    print(
        f"[redrive, {place.name}] {letters} letters of {len(expected)} kinds: each has arrived at its own receiver, none is lost, "
        f"{twice} came twice; the command was killed {kills} times and told of {told}; {time.monotonic() - begin:.0f} s",
        flush=True,
    )
    return kills


def numbers(texts):
    """Counts the numbers of letters in what was received."""
    return collections.Counter(int(n) for text in texts for n in NUMBER.findall(text))


def on_local_bus(codegen, folder):
    notes = folder / "notes.txt"
    folder = folder / "spec"
    folder.mkdir(parents=True)
    write_spec(folder)
    (folder / "note.py").write_text(NOTE)
    notes.touch()
    command = [codegen, "dev", "--port", "0", "--format", "json", "--region", "us-east-1"]
    with (folder.parent / "bus.log").open("w") as log:
        bus = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        url = json.loads(bus.stdout.readline())["endpoint"]
        threading.Thread(target=lambda: collections.deque(bus.stdout, 0), daemon=True).start()
        urllib.request.urlopen(f"{url}/_/ready?wait=30").close()
        place = Place("local bus", codegen, folder, url, "local", "000000000000")
        make_their_bus(place)
        queues = {"queued": [], "ordered": [], "forward": []}

        def received():
            lines = notes.read_text().splitlines()
            by_job = {job: [line for line in lines if line.startswith(job + " ")] for job in FUNCTIONS}
            return {kind: numbers(texts) for kind, texts in (by_job | drained(place, queues)).items()}

        return rehearse(place, received)
    finally:
        bus.terminate()
        bus.wait()


def on_moto(codegen, folder):
    server = StandIn("moto", Path(codegen).parent, folder, "redrive", None)
    try:
        server.wait_until_healthy()
        write_spec(server.folder)
        invoked = collections.defaultdict(list)
        front = Front(server.url, invoked)
        place = Place("moto", codegen, server.folder, front.url, "dev", "123456789012")
        make_deployment(place)
        make_their_bus(place)
        queues = {"queued": [], "ordered": [], "forward": [], "buffered": []}

        def received():
            by_job = {job: invoked[place.called(job)] for job in FUNCTIONS if job != "buffered"}
            return {kind: numbers(texts) for kind, texts in (by_job | drained(place, queues)).items()}

        return rehearse(place, received)
    finally:
        server.server.terminate()
        server.server.wait()


def write_spec(folder):
    lines = []
    for line in SPEC.splitlines():
        if name := re.match(r"  (\w+):", line):
            job = name.group(1)
        lines.append(line.replace("FUNCTION", FUNCTION.replace("JOB", job)) if "FUNCTION" in line else line)
    (folder / "pipeline.yaml").write_text("\n".join(lines) + "\n")


def drained(place, queues):
    """Adds what has come to queues meanwhile."""
    names = {
        "queued": place.called("queued"), "ordered": place.called("ordered") + ".fifo", "forward": "theirs",
        "buffered": place.called("buffered", "-buffer"),
    }  # fmt: skip
    for kind, bodies in queues.items():
        bodies.extend(place.drain(names[kind]))
    return queues


def make_their_bus(place):
    """A bus of others, with a queue that gets everything."""
    place.events.create_event_bus(Name="theirs")
    place.sqs.create_queue(QueueName="theirs")
    place.events.put_rule(Name="all", EventBusName="theirs", EventPattern='{"source": ["shop"]}')
    target = {"Id": "all", "Arn": f"arn:aws:sqs:{place.at}:theirs"}
    place.events.put_targets(Rule="all", EventBusName="theirs", Targets=[target])


def make_deployment(place):
    """What Terraform would have made, as far as `redrive` looks at it."""
    bus = f"own-{place.environment}"
    place.events.create_event_bus(Name=bus)
    fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    for job in (*FUNCTIONS, "queued", "ordered", "forward"):
        place.sqs.create_queue(QueueName=place.called(job, "-dlq"))
        if job in FUNCTIONS:
            place.sqs.create_queue(QueueName=place.called(job, "-on-failure"))
    place.sqs.create_queue(QueueName=place.called("queued"))
    place.sqs.create_queue(QueueName=place.called("ordered") + ".fifo", Attributes=fifo)
    place.sqs.create_queue(QueueName=place.called("buffered", "-buffer"))
    shaped = {"InputPathsMap": {"n": "$.detail.n"}, "InputTemplate": '{"of": "shaped", "n": <n>}'}
    targets = {
        "whole": {"Arn": place.function("whole")},
        "shaped": {"Arn": place.function("shaped"), "InputTransformer": shaped},
        "part": {"Arn": place.function("part"), "InputPath": "$.detail"},
        "queued": {"Arn": f"arn:aws:sqs:{place.at}:{place.called('queued')}"},
        "ordered": {
            "Arn": f"arn:aws:sqs:{place.at}:{place.called('ordered')}.fifo",
            "SqsParameters": {"MessageGroupId": "all"},
        },
        "forward": {"Arn": f"arn:aws:events:{place.at}:event-bus/theirs"},
    }
    for job, target in targets.items():
        rule = place.called(job, "-event")
        place.events.put_rule(Name=rule, EventBusName=bus, EventPattern='{"source": ["shop"]}')
        place.events.put_targets(Rule=rule, EventBusName=bus, Targets=[{"Id": job, **target}])


class Front:
    """A server before moto that takes invocations of functions itself, as moto would need Docker for them."""

    def __init__(self, behind, invoked):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.hand_on()

            def do_POST(self):
                self.hand_on()

            def hand_on(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                path = urllib.request.unquote(self.path)
                if function := re.search(r"/functions/(?:.*:)?([^:/]+)/invocations", path):
                    assert self.headers["x-amz-invocation-type"] == "Event", self.headers
                    invoked[function.group(1)].append(body.decode())
                    self.answer(202, {}, b"")
                    return
                headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "content-length")}
                request = urllib.request.Request(behind + self.path, body or None, headers, method=self.command)
                try:
                    with urllib.request.urlopen(request) as answer:
                        self.answer(answer.status, answer.headers, answer.read())
                except urllib.error.HTTPError as error:
                    self.answer(error.code, error.headers, error.read())

            def answer(self, status, headers, body):
                try:
                    self.write_answer(status, headers, body)
                except ConnectionError:
                    # The command was killed meanwhile.
                    self.close_connection = True

            def write_answer(self, status, headers, body):
                self.send_response(status)
                for name, value in headers.items():
                    if name.lower() not in ("content-length", "connection", "transfer-encoding", "date", "server"):
                        self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, client_address):
                # The command was killed while it asked.
                if not isinstance(sys.exc_info()[1], ConnectionError):
                    super().handle_error(request, client_address)

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def main():
    codegen, folder = str(Path(sys.argv[1]).resolve()), Path(sys.argv[2])
    shutil.rmtree(folder, ignore_errors=True)
    for rehearsal in (on_local_bus, on_moto):
        if rehearsal(codegen, folder / rehearsal.__name__) < 3:
            raise Failed("the command was killed too seldom to show anything")


if __name__ == "__main__":
    try:
        main()
    except Failed as failed:
        sys.exit(str(failed))
