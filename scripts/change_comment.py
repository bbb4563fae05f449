"""Shows what a change of the spec means as a comment on a pull request: writes the comment, or updates the one of before.

usage: change_comment.py FILE

FILE is what `codegen diff --format markdown` has written. The environment is that of scripts/plan_comment.py.
"""

import os
import sys
from pathlib import Path

from plan_comment import LONGEST, GitHub

FIRST_LINE = "<!-- change of the spec -->"


def body(text):
    if len(text) > LONGEST:
        # A line is cut whole, so that no list item is half.
        text = text[:LONGEST].rsplit("\n", 1)[0] + "\n\n… the rest is cut: `codegen diff` shows all of it."
    return f"{FIRST_LINE}\n{text}\n"


def main(file):
    pull_request = os.environ["PULL_REQUEST"]
    done = GitHub().show(pull_request, FIRST_LINE, body(Path(file).read_text().strip()))
    print(f"{done} the comment on pull request {pull_request}")


if __name__ == "__main__":
    main(*sys.argv[1:])
