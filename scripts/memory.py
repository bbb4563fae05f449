"""How much memory the local bus takes when much comes: events, logs and messages that nobody receives, 100 MB of each, in
small pieces and in large ones. It stays below a bound, and what it does not keep it says.

    memory.py PROGRAMS [MB]

PROGRAMS is the folder of a build. Of small pieces come as many as fill what the bus keeps of them, and some more. With
PIECES=all they come to 100 MB, too. ONLY names what is measured.
"""

import contextlib
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time

from ports import free_port

programs = os.path.abspath(sys.argv[1])
MB = int(sys.argv[2]) if len(sys.argv) > 2 else 100
MOST = 300
FEW = None
ACCOUNT = "000000000000"

# Writes as many lines as its event says, and is done.
FUNCTION = '''#!/usr/bin/env python3
import http.client, json, os, sys, time
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    answer = api.getresponse()
    event = json.loads(answer.read())
    request = answer.headers["lambda-runtime-aws-request-id"]
    detail = event["detail"]
    for _ in range(detail.get("lines", 0)):
        sys.stdout.write("x" * detail["length"] + "\\n")
    sys.stdout.flush()
    time.sleep(detail.get("seconds", 0))
    api.request("POST", f"/2018-06-01/runtime/invocation/{request}/response", "{}")
    api.getresponse().read()
'''

SPEC = """
pipeline: shop
source: shop
subject: n
events:
  order.placed: { detail_type: Order Placed, external: true, detail: { n: integer } }
jobs:
  bill:
    function: { existing: bill, local: { command: [./function.py] } }
    triggers: [{ event: order.placed }]
"""


class Bus:
    def __init__(self, arguments=()):
        self.folder = tempfile.TemporaryDirectory()
        for name, text in (("pipeline.yaml", SPEC), ("function.py", FUNCTION)):
            with open(os.path.join(self.folder.name, name), "w") as file:
                file.write(text)
        os.chmod(os.path.join(self.folder.name, "function.py"), 0o755)
        self.port = free_port()
        self.log = open(os.path.join(self.folder.name, "log"), "w+")
        self.process = subprocess.Popen([f"{programs}/codegen", "dev", "--port", str(self.port), *arguments],
                                        cwd=self.folder.name, stdout=subprocess.DEVNULL, stderr=self.log)
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        end = time.monotonic() + 120
        while time.monotonic() < end:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.call("GET", "/_/ready?wait=20")[0] == 200:
                    return
            self.connection.close()
            time.sleep(0.05)
        raise SystemExit("the bus does not get ready")

    def call(self, method, path, body=None, target=""):
        self.connection.request(method, path, body, {"x-amz-target": target, "content-type": "application/json"})
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def aws(self, target, **body):
        status, answer = self.call("POST", "/", json.dumps(body), target)
        return status, json.loads(answer)

    def status(self, name):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) // 1024 for line in status if line.startswith(name))

    def end(self):
        self.process.terminate()
        self.process.wait()
        self.log.seek(0)
        return [line for line in self.log.read().splitlines() if line.startswith("note: the local bus")]


def wanted(size):
    """How many pieces of this size come."""
    return min((MB << 20) // size + 1, FEW or sys.maxsize)


def events(bus, size, **detail):
    """Puts events until they come to MB, and returns how many were taken."""
    text = json.dumps({"n": 1, "event_type": "order.placed", **detail, "text": "x" * size})
    entry = {"Source": "shop", "DetailType": "Order Placed", "Detail": text}
    batch = max(1, min(10, 900_000 // len(text)))
    taken = asked = 0
    while asked < wanted(len(text)):
        status, answer = bus.aws("AWSEvents.PutEvents", Entries=[entry] * batch)
        asked += batch
        taken += batch - answer["FailedEntryCount"] if status == 200 else 0
    return f"{taken} of {asked} events"


def logs(bus, length):
    lines = 2000 if length < 1000 else 20
    runs = max(1, wanted(length) // lines)
    for at in range(0, runs, 10):
        entries = [{"Source": "shop", "DetailType": "Order Placed", "Detail": json.dumps(
            {"n": 1, "event_type": "order.placed", "lines": lines, "length": length})}] * min(10, runs - at)
        bus.aws("AWSEvents.PutEvents", Entries=entries)
    end = time.monotonic() + 300
    while json.loads(bus.call("GET", "/_/state")[1])["in_flight"] and time.monotonic() < end:
        time.sleep(0.2)
    return f"{runs} runs of {lines} lines"


def messages(bus, size, queue="q", **attributes):
    bus.aws("AmazonSQS.CreateQueue", QueueName=queue, Attributes=attributes)
    batch = max(1, min(10, 200_000 // size))
    taken = asked = 0
    refused = None
    while asked < wanted(size):
        entries = [{"Id": str(asked + n), "MessageBody": f"{asked + n:010}" + "x" * (size - 10)} for n in range(batch)]
        if attributes:
            for entry in entries:
                entry["MessageGroupId"] = entry["Id"]
        _, answer = bus.aws("AmazonSQS.SendMessageBatch", QueueUrl=f"http://localhost/{ACCOUNT}/{queue}", Entries=entries)
        asked += batch
        taken += len(answer.get("Successful", []))
        refused = refused or next(iter(answer.get("Failed", [])), None)
    return f"{taken} of {asked} messages" + (f", then {refused}" if refused else "")


def ordered(bus, size):
    """Messages of a FIFO queue, each in a group of its own."""
    return messages(bus, size, "q.fifo", FifoQueue="true", ContentBasedDeduplication="true")


def archived(bus, size):
    for name in ("a", "b", "c"):
        bus.aws("AWSEvents.CreateArchive", ArchiveName=name, EventSourceArn=f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/default")
    return events(bus, size)


def delivered(bus, size):
    """Events for a queue that nobody reads."""
    bus.aws("AmazonSQS.CreateQueue", QueueName="q")
    bus.aws("AWSEvents.PutRule", Name="r", EventPattern=json.dumps({"source": ["shop"]}))
    bus.aws("AWSEvents.PutTargets", Rule="r", Targets=[{"Id": "q", "Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"}])
    return events(bus, size)


failed = False
for name, act, size, few in (
    ("small events", events, 200, 40_000), ("large events", events, 100_000, None),
    ("small events, archived three times", archived, 200, 60_000),
    ("large events, archived three times", archived, 100_000, None),
    ("small events for a queue", delivered, 200, 140_000), ("large events for a queue", delivered, 100_000, None),
    ("events that wait for a function", lambda bus, size: events(bus, size, seconds=600), 1000, 40_000),
    ("short lines", logs, 100, 100_000), ("long lines", logs, 200_000, None),
    ("small messages", messages, 200, 220_000), ("large messages", messages, 200_000, None),
    ("small messages in order", ordered, 200, 140_000), ("large messages in order", ordered, 200_000, None),
):
    FEW = None if os.environ.get("PIECES") == "all" else few
    if os.environ.get("ONLY", "") not in name:
        continue
    bus = Bus()
    begin = bus.status("VmRSS")
    what = act(bus, size)
    after, peak = bus.status("VmRSS"), bus.status("VmHWM")
    notes = bus.end()
    print(f"{name}, {MB} MB: {what}: {begin} MB, then {after}, at most {peak}", *notes, sep="\n  ", flush=True)
    failed |= peak > MOST
if failed:
    raise SystemExit(f"the bus took more than {MOST} MB")
