"""A mixed load on the local bus for hours: events, schedules, failures, retries, queues, batches, rules that come and go, and
faults of every kind. Its memory and its descriptors, as /proc has them, stay flat.

    steady.py PROGRAMS

PROGRAMS is the folder of a build. The bus's clock is put forward by a minute as soon as the minute before has come to rest, or
with REAL=1 time passes as it does. HOURS says how long. FAULT_RATE and SEED say which faults; EVENTS how many events a minute.
"""

import contextlib
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time

from ports import free_port

programs = os.path.abspath(sys.argv[1])
HOURS = float(os.environ.get("HOURS") or 2)
REAL = os.environ.get("REAL") == "1"
RATE = os.environ.get("FAULT_RATE") or "0.1"
EVENTS = int(os.environ.get("EVENTS") or 40)
SEED = int(os.environ.get("SEED") or random.randrange(1 << 32))
ACCOUNT, REGION = "000000000000", "us-east-1"
chance = random.Random(SEED)

# Every function: it emits what its event asks for, fails as often as that says, and fails single messages of a batch.
FUNCTION = '''#!/usr/bin/env python3
import http.client, json, os, random, urllib.parse
host = os.environ["AWS_LAMBDA_RUNTIME_API"]
bus = urllib.parse.urlparse(os.environ["AWS_ENDPOINT_URL"])
api, events = http.client.HTTPConnection(host), http.client.HTTPConnection(bus.hostname, bus.port)
sign = f"AWS4-HMAC-SHA256 Credential={os.environ['AWS_ACCESS_KEY_ID']}/20260101/us-east-1/events/aws4_request, SignedHeaders=host, Signature=0"

def ask(connection, *request):
    try:
        connection.request(*request)
        answer = connection.getresponse()
        return answer, answer.read()
    except (OSError, http.client.HTTPException):
        connection.close()
        raise

while True:
    answer, body = ask(api, "GET", "/2018-06-01/runtime/invocation/next")
    request, event = answer.headers["lambda-runtime-aws-request-id"], json.loads(body)
    failed = [record["messageId"] for record in event.get("Records", []) if random.random() < 0.1]
    try:
        print("works on", event.get("id", len(event.get("Records", []))), flush=True)
        if "Records" not in event and random.random() < event["detail"].get("fails", 0):
            raise ValueError("it failed, as it was told to")
        if event.get("detail", {}).get("event_type") == "order.placed":
            entry = {"Source": "steady", "DetailType": "Order Billed", "Detail": json.dumps(event["detail"] | {"event_type": "order.billed"})}
            ask(events, "POST", "/", json.dumps({"Entries": [entry]}),
                {"x-amz-target": "AWSEvents.PutEvents", "content-type": "application/x-amz-json-1.1", "authorization": sign})
        way, result = "response", {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}
    except Exception as error:
        way, result = "error", {"errorType": type(error).__name__, "errorMessage": str(error)}
    ask(api, "POST", f"/2018-06-01/runtime/invocation/{request}/{way}", json.dumps(result))
'''

SPEC = """
pipeline: steady
source: steady
subject: number
events:
  order.placed: { detail_type: Order Placed, external: true, detail: { number: integer, fails: number } }
  order.billed: { detail_type: Order Billed, detail: { number: integer, fails: number } }
jobs:
  bill:
    function: { zip: dist/all.zip, runtime: python3.13, handler: all.handler, local: { command: [./function.py] } }
    triggers: [{ event: order.placed }]
    emits: [order.billed]
  ship:
    function: { zip: dist/all.zip, runtime: python3.13, handler: all.handler, local: { command: [./function.py] } }
    buffer: { batch: 10, window: 5s, max_receives: 3 }
    triggers: [{ event: order.billed }]
  tick:
    function: { zip: dist/all.zip, runtime: python3.13, handler: all.handler, local: { command: [./function.py] } }
    triggers: [{ schedule: rate(1 minute) }]
  books:
    deliver_to: queue
    triggers: [{ event: order.billed }]
  elsewhere:
    deliver_to: log_group
    triggers: [{ event: order.placed }]
"""


class Bus:
    def __init__(self, folder):
        self.folder = folder
        for name, text in (("pipeline.yaml", SPEC), ("function.py", FUNCTION)):
            with open(os.path.join(folder, name), "w") as file:
                file.write(text)
        os.chmod(os.path.join(folder, "function.py"), 0o755)
        self.port = free_port()
        self.log = open(os.path.join(folder, "log"), "w+")
        self.process = subprocess.Popen(
            [f"{programs}/codegen", "dev", "--port", str(self.port), "--fault-rate", RATE, "--state", "state"],
            cwd=folder, stdout=subprocess.DEVNULL, stderr=self.log)
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        end = time.monotonic() + 120
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.call("GET", "/_/ready?wait=20")[0] == 200:
                    return
            self.connection.close()
            time.sleep(0.05)
        self.process.terminate()
        raise SystemExit(f"the bus does not get ready: {self.said()}")

    def call(self, method, path, body=None, target=""):
        body = None if body is None else json.dumps(body)
        self.connection.request(method, path, body, {"x-amz-target": target, "content-type": "application/json"})
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def aws(self, target, **body):
        status, answer = self.call("POST", "/", body, target)
        assert status == 200, (target, status, answer)
        return json.loads(answer or b"{}")

    def sqs(self, operation, queue, **body):
        return self.aws(f"AmazonSQS.{operation}", QueueUrl=f"http://localhost/{ACCOUNT}/{queue}", **body)

    def state(self):
        return json.loads(self.call("GET", "/_/state")[1])

    def said(self):
        self.log.seek(0)
        return self.log.read()[-2000:]

    def sample(self):
        """The resident memory in MB, the open descriptors, the processes below it, and the MB of its folder."""
        own = f"/proc/{self.process.pid}"
        with open(f"{own}/status") as status:
            memory = next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))
        with open(f"{own}/task/{self.process.pid}/children") as children:
            return memory, len(os.listdir(f"{own}/fd")), len(children.read().split()), self.kept()

    def kept(self):
        """The MB of what it keeps. The file is written anew while this looks."""
        with contextlib.suppress(FileNotFoundError):
            return sum(entry.stat().st_size for entry in os.scandir(os.path.join(self.folder, "state"))) / (1 << 20)
        return 0


def load(bus, minute):
    """What comes in a minute."""
    for at in range(0, EVENTS, 10):
        bus.aws("AWSEvents.PutEvents", Entries=[{
            "Source": "steady", "DetailType": "Order Placed", "Detail": json.dumps(
                {"event_type": "order.placed", "number": minute * EVENTS + at + one, "fails": chance.choice([0, 0, 0.2, 0.9]), "text": "x" * chance.randrange(2000)}),
        } for one in range(min(10, EVENTS - at))])
    # A queue that somebody works on, with a message in three that is received and left.
    for _ in range(10):
        bus.sqs("SendMessage", "own", MessageBody="x" * chance.randrange(1, 2000), MessageAttributes={"n": {"DataType": "Number", "StringValue": str(minute)}})
    for queue in ("own", "steady-books-local"):
        for _ in range(EVENTS // 5 + 2):
            for message in bus.sqs("ReceiveMessage", queue, MaxNumberOfMessages=10).get("Messages", []):
                if chance.random() < 0.67:
                    bus.sqs("DeleteMessage", queue, ReceiptHandle=message["ReceiptHandle"])
    # Rules that come and go, and a call that somebody waits for.
    name = f"rule-{minute}"
    bus.aws("AWSEvents.PutRule", Name=name, EventPattern=json.dumps({"source": ["steady"], "detail": {"number": [minute]}}))
    bus.aws("AWSEvents.PutTargets", Rule=name, Targets=[{"Id": "own", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:own"}])
    bus.aws("AWSEvents.RemoveTargets", Rule=name, Ids=["own"])
    bus.aws("AWSEvents.DeleteRule", Name=name)
    bus.call("POST", "/2015-03-31/functions/steady-tick-local/invocations", {"detail": {}})
    # Somebody who looks, and goes away without a word.
    bus.call("GET", f"/_/trace?from={max(0, bus.state()['sequence'] - 1000)}")
    with socket.create_connection(("127.0.0.1", bus.port)) as away:
        away.sendall(b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{")
    if minute % 10 == 9:
        for queue in bus.state()["queues"]:
            if queue["messages"] and queue["name"] not in ("own", "steady-books-local"):
                bus.call("POST", f"/_/queues/{queue['name']}/redrive", {})


def rest(bus):
    end = time.monotonic() + 300
    while bus.state()["in_flight"]:
        assert time.monotonic() < end, "nothing comes to rest"
        time.sleep(0.02)


def main(folder):
    print(f"HOURS={HOURS} REAL={int(REAL)} EVENTS={EVENTS} FAULT_RATE={RATE} SEED={SEED}", flush=True)
    bus, begin = Bus(folder), time.monotonic()
    try:
        bus.aws("AmazonSQS.CreateQueue", QueueName="own", Attributes={"VisibilityTimeout": "90", "MessageRetentionPeriod": "600"})
        samples, minutes = [], round(HOURS * 60)
        for minute in range(minutes):
            load(bus, minute)
            if REAL:
                time.sleep(max(0, begin + 60 * (minute + 1) - time.monotonic()))
            else:
                rest(bus)
                status, answer = bus.call("POST", "/_/clock", {"advance_seconds": 60})
                assert status == 200, answer
            samples.append(bus.sample())
            if (minute + 1) % max(1, minutes // 12) == 0:
                there = bus.state()
                print("after {:4} minutes: {:5.1f} MB, {} descriptors, {} processes, a folder of {:.1f} MB; {} steps, {} dropped, {} messages, {} due".format(
                    minute + 1, *samples[-1], there["sequence"], sum(there["dropped"].values()),
                    sum(queue["messages"] for queue in there["queues"]), there["due"]), flush=True)
        judge(samples, time.monotonic() - begin)
    finally:
        bus.process.send_signal(signal.SIGTERM)
        bus.process.wait(timeout=60)


def judge(samples, took):
    """The last quarter takes no more than the one in the middle, after the trace and the queues have filled up."""
    quarter = len(samples) // 4
    most = lambda part, what: max(sample[what] for sample in part)
    middle, last = samples[quarter * 2:quarter * 3], samples[quarter * 3:]
    for what, name, slack in ((0, "MB", 10), (1, "descriptors", 8), (2, "processes", 4), (3, "MB in the folder", 10)):
        before, after = most(middle, what), most(last, what)
        print(f"{name}: at most {before:.0f} in the third quarter, {after:.0f} in the last one")
        assert after <= before + slack, name
    print(f"{len(samples)} minutes of the bus's clock in {took:.0f} s")


with tempfile.TemporaryDirectory() as folder:
    main(folder)
