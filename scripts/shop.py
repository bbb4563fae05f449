"""Runs the example `shop` on the local bus, and checks what came of an order, an upload and a Monday.

An order goes through functions in Rust and Python, through a queue and a FIFO queue, and to an API that this script
serves.

usage: shop.py CODEGEN
"""

import http.server
import json
import pathlib
import subprocess
import sys
import tempfile
import threading

SPEC = pathlib.Path("examples/shop/pipeline.yaml")
CRM = "http://127.0.0.1:8099"
ORDER = {
    "order_id": "o-1",
    "customer": "Ada",
    "channel": "web",
    "items": [{"sku": "tea", "quantity": 2, "price_cents": 1250}, {"sku": "cup", "quantity": 1, "price_cents": 900}],
}
UPLOAD = {
    "version": "0",
    "bucket": {"name": "invoices-local"},
    "object": {"key": "2026/o-1.json", "size": 40, "etag": "e", "sequencer": "s"},
    "request-id": "r",
    "requester": "123456789012",
    "reason": "PutObject",
}


class Crm(http.server.BaseHTTPRequestHandler):
    """The CRM: it is busy the first time, and takes an order the second."""

    calls = []

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.calls.append((self.path, body))
        self.send_response(503 if len(self.calls) == 1 else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def run(*arguments):
    command = [sys.argv[1], "run", "--spec", spec.name, *arguments, "--verbose"]
    output = subprocess.run(command, capture_output=True, text=True)
    return output.returncode, output.stdout + output.stderr


def want(code, said, expected, *parts):
    if code != expected:
        sys.exit(f"{code} instead of {expected}:\n{said}")
    for part in parts:
        if part not in said:
            sys.exit(f"`{part}` is missing in:\n{said}")


def without(said, *parts):
    for part in parts:
        if part in said:
            sys.exit(f"`{part}` should not be in:\n{said}")


def event(name, detail, *more):
    return run("--event", name, "--detail", json.dumps(detail), *more)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Crm)
threading.Thread(target=server.serve_forever, daemon=True).start()
# The spec with the address of this CRM, beside the spec, where its functions are.
text = SPEC.read_text()
assert CRM in text
spec = tempfile.NamedTemporaryFile("w", dir=SPEC.parent, prefix=".shop-", suffix=".yaml")
spec.write(text.replace(CRM, f"http://127.0.0.1:{server.server_port}"))
spec.flush()

code, said = event("order.placed", ORDER)
want(
    code, said, 0,
    "webshop-accept-local  ok",
    "order.accepted  o-1",
    "To Ada: order o-1 is on its way, for 68 points",
    "taxed o-1",
    "webshop-erp-local.fifo  delivered",
    "webshop-crm-local",
)  # fmt: skip
# The CRM was busy once, so EventBridge asked it again.
paths = [path for path, _ in Crm.calls]
if paths != ["/orders", "/orders"]:
    sys.exit(f"the CRM was called as {paths}:\n{said}")
accepted = Crm.calls[1][1]
if (accepted["detail-type"], accepted["detail"]["total_cents"]) != ("Order Accepted", 3400):
    sys.exit(f"the CRM got {accepted}")

# The shop itself sells without the CRM.
code, said = event("order.placed", {**ORDER, "channel": "shop"})
want(code, said, 0, "order.accepted  o-1", "taxed o-1")
without(said, "webshop-crm-local")

# An order of nothing is a failure that is kept at once: another run would not mend it.
code, said = event("order.placed", {**ORDER, "items": []})
want(code, said, 1, "the order o-1 costs nothing", "given up: PermanentFailure, kept in webshop-accept-on-failure-local")
without(said, "(retry 1)")

code, said = event("invoice.uploaded", UPLOAD)
want(code, said, 0, "webshop-import-invoice-local  ok", "invoice.imported  o-1", "taxed o-1")

# A bucket of somebody else starts nothing.
code, said = event("invoice.uploaded", {**UPLOAD, "bucket": {"name": "photos"}})
without(said, "webshop-import-invoice-local")

monday = ["--from", "2026-03-02T00:00:00Z", "--until", "2026-03-03T00:00:00Z"]
code, said = run(*monday)
want(code, said, 0, "2026-03-02T13:00:00Z", "digest.due", "To everybody: the weekly digest of the week of 2026-03-02")
# What an environment says counts: without the digest nobody is reminded.
code, said = run(*monday, "--value=digest_on=false")
without(said, "digest.due")

# The Python functions are typed, events included.
functions = [f"../{name}/{name}.py" for name in ("mail", "invoices", "tax")]
mypy = [sys.executable, "-m", "mypy", "--strict", "--ignore-missing-imports", "--no-incremental", *functions]
done = subprocess.run(mypy, capture_output=True, text=True, cwd="examples/shop/functions/mail")
if done.returncode != 0:
    sys.exit(done.stdout + done.stderr)

print("an order, an upload and a Monday went through the shop")
