"""A Lambda Runtime API for one function's process, on this machine, and an event bus that takes whatever is put on it."""

import json
import os
import queue
import subprocess
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PREFIX = "/2018-06-01/runtime/"
HOUR_MS = 3_600_000


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """The function was ended in the middle of a request."""


class Function:
    """A process that asks for work. Ended by `with`."""

    def __init__(self, command, **environment):
        self.work, self.answers, self.first_poll = queue.Queue(), queue.Queue(), None
        self.polled = threading.Event()
        self.server = Server(("127.0.0.1", 0), handler_of(self))
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        variables = {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.server.server_port}",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.server.server_port}", "AWS_LAMBDA_FUNCTION_NAME": "bench",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256", "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "dummy", "AWS_SECRET_ACCESS_KEY": "dummy", "AWS_EC2_METADATA_DISABLED": "true"}
        self.errors = tempfile.TemporaryFile()
        self.begin = time.perf_counter()
        self.process = subprocess.Popen(command, env={"PATH": os.environ["PATH"]} | variables | environment,
                                        stdout=subprocess.DEVNULL, stderr=self.errors)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.errors.close()
        self.server.shutdown()
        self.server.server_close()

    def start_seconds(self):
        """Returns the seconds from its start to its first request for work."""
        if not self.polled.wait(60):
            self.fail("does not ask for work")
        return self.first_poll - self.begin

    def invoke(self, event):
        """Waits for the answer, and fails on an error."""
        self.work.put(json.dumps(event).encode())
        while True:
            try:
                is_error, body = self.answers.get(timeout=1)
                break
            except queue.Empty:
                if self.process.poll() is not None:
                    self.fail("ended")
        if is_error:
            self.fail(body.decode())

    def fail(self, why):
        self.errors.seek(0)
        raise SystemExit(f"{self.process.args}: {why}\n{self.errors.read().decode()}")

    def peak_kb(self):
        """Returns the most memory that the process had."""
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))

    def cpu_seconds(self):
        """Returns the processor time that the process used."""
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def handler_of(function):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            function.first_poll = function.first_poll or time.perf_counter()
            function.polled.set()
            event = function.work.get()
            self.send_response(200)
            self.send_header("lambda-runtime-aws-request-id", "r-1")
            self.send_header("lambda-runtime-deadline-ms", str(int(time.time() * 1000) + HOUR_MS))
            self.send_header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:123456789012:function:bench")
            self.answer(event)

        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"] or 0))
            if self.headers["x-amz-target"] == "AWSEvents.PutEvents":
                # A run over everybody says so when it is done.
                entries = [{"EventId": "e-1"} for _ in json.loads(body)["Entries"]]
                self.send_response(200)
                self.answer(json.dumps({"FailedEntryCount": 0, "Entries": entries}).encode())
                return
            self.send_response(202)
            self.answer(b"{}")
            function.answers.put((not self.path.endswith("/response"), body))

        def answer(self, body):
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return Handler
