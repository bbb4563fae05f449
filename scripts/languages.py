"""Sends an event through the example `newsletter`, and checks what its functions in Python and Node.js did.

usage: languages.py CODEGEN
"""

import json
import pathlib
import subprocess
import sys
import tempfile

SPEC = "examples/newsletter/pipeline.yaml"
DETAIL = {"address": "a@b.example", "topics": ["rust", "bees"], "at": "2026-01-01T00:00:00Z"}


def run(detail):
    arguments = ["run", "--spec", SPEC, "--event", "reader.subscribed", "--detail", json.dumps(detail)]
    output = subprocess.run([sys.argv[1], *arguments, "--verbose"], capture_output=True, text=True)
    return output.returncode, output.stdout + output.stderr


def want(said, *parts):
    for part in parts:
        if part not in said:
            sys.exit(f"`{part}` is missing in:\n{said}")


code, said = run(DETAIL)
want(said, "counted a@b.example", "letter.written", 'sent "Hello, a@b.example" with 2 parts', "3 ok, 1 delivered, not run here")
want(said, "the image of print does not run here")
if code != 0:
    sys.exit(f"{code} instead of 0:\n{said}")

# A letter without parts: Python writes it, and Node.js throws an error.
code, said = run({**DETAIL, "topics": []})
want(said, "Error: the letter to a@b.example is empty")
if code != 1:
    sys.exit(f"{code} instead of 1:\n{said}")

# The generated dictionaries are types: mypy takes the example, and refuses what the spec does not say.
MISTAKES = """
from event_types import LetterWritten, ReaderSubscribedEvent

def title(event: ReaderSubscribedEvent) -> str:
    return event["detail"]["adress"]

letter: LetterWritten = {"event_type": "letter.sent", "address": "a", "title": "t", "parts": []}
event: ReaderSubscribedEvent
event = {"source": "other"}
fine: LetterWritten = {"event_type": "letter.written", "address": "a", "title": "t", "parts": [{"heading": "h"}]}
"""


def mypy(*files):
    # boto3 has no types of its own.
    command = [sys.executable, "-m", "mypy", "--strict", "--ignore-missing-imports", "--no-incremental", *files]
    output = subprocess.run(command, capture_output=True, text=True, cwd="examples/newsletter/write")
    return output.returncode, output.stdout + output.stderr


GOLDEN = pathlib.Path("crates/typed-events/src/golden/rich/events.py").resolve()
code, said = mypy("write.py", str(GOLDEN))
if code != 0:
    sys.exit(said)
with tempfile.TemporaryDirectory() as folder:
    wrong = pathlib.Path(folder) / "wrong.py"
    wrong.write_text(MISTAKES)
    code, said = mypy("event_types.py", str(wrong))
want(said, 'TypedDict "ReaderSubscribed" has no key "adress"', '"Literal[\'letter.sent\']"', "Missing keys", "Found 4 errors")
print("an event went through Python and Node.js")
