"""Shows a plan as a comment on a pull request: writes the comment, or updates the one of the plan before.

usage: plan_comment.py ENVIRONMENT FILE

FILE is what scripts/plan-text.sh has written. GITHUB_API_URL, GITHUB_REPOSITORY, GH_TOKEN and PULL_REQUEST say where the
comment goes, and it needs nothing but Python.
"""

import json
import os
import re
import sys
import urllib.request
from pathlib import Path

# A comment holds 65,536 characters: https://docs.github.com/en/rest/issues/comments
LONGEST = 60_000
# Where the part begins that is worth reading: the plan, or what Terraform says instead of it.
BEGIN = re.compile(
    r"^(Terraform used the selected providers|Terraform will perform|No changes\.|Changes to Outputs|Error: |│ Error: |╷$)", re.MULTILINE
)
SUMMARY = re.compile(r"^(Plan: .*|No changes\. .*|(?:│ )?Error: .*)$", re.MULTILINE)
ADDRESS = re.compile(r"^https://\S+/runs/run-\S+$", re.MULTILINE)
CHANGE = re.compile(r"^( *)(-/\+|\+/-|<=|[-+~])(?= )")


def mark(line):
    """Moves the sign of a change to the line's beginning, where GitHub colours it."""
    found = CHANGE.match(line)
    if not found:
        # Nothing else may look like a change.
        return f" {line}" if line[:1] in ("+", "-", "!", "@") else line
    sign = {"+": "+", "-": "-"}.get(found[2], "!")
    return f"{sign}{found[1]}{found[2] if len(found[2]) > 1 or sign == '!' else ''}{line[found.end():]}"


def body(environment, text):
    run = ADDRESS.search(text)
    begin = BEGIN.search(text)
    shown = text[begin.start() :] if begin else text
    found = SUMMARY.search(shown)
    summary = found[0].removeprefix("│ ") if found else "Terraform has not planned anything."
    lines = [mark(line) for line in shown.strip().splitlines()]
    title = "The plan"
    if sum(len(line) + 1 for line in lines) > LONGEST:
        title = "What the plan changes: it is too long for a comment"
        lines = [line.strip() for line in lines if line.startswith("  # ")]
    plan = "\n".join(lines)
    if len(plan) > LONGEST:
        plan = plan[:LONGEST] + "\n… the rest is cut"
    # A fence that is longer than any in the plan, which holds what people have written.
    fence = "`" * max([3, *(len(ticks) + 1 for ticks in re.findall("`+", plan))])
    address = f"\n[The run on Terraform Cloud]({run[0]}), which nobody can apply.\n" if run else ""
    return (
        f"{first_line(environment)}\n### Plan for `{environment}`\n\n{summary}\n{address}\n"
        f"<details><summary>{title}</summary>\n\n{fence}diff\n{plan}\n{fence}\n\n</details>\n"
    )


def first_line(environment):
    """What the comment of an environment is found by."""
    return f"<!-- plan {environment} -->"


class GitHub:
    def __init__(self):
        self.url = os.environ.get("GITHUB_API_URL", "https://api.github.com")
        self.repository = f"{self.url}/repos/{os.environ['GITHUB_REPOSITORY']}"

    def ask(self, method, url, data=None):
        """Returns what the API returns, and the address of the next page."""
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {os.environ['GH_TOKEN']}",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        request = urllib.request.Request(url, data and json.dumps(data).encode(), headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as reply:
            following = re.search(r'<([^>]+)>; rel="next"', reply.headers.get("Link") or "")
            return json.load(reply), following and following[1]

    def comments(self, pull_request):
        url = f"{self.repository}/issues/{pull_request}/comments?per_page=100"
        while url:
            page, url = self.ask("GET", url)
            yield from page

    def show(self, pull_request, mark, text):
        for comment in self.comments(pull_request):
            # Anybody may write a comment that begins like ours, and only our own can be changed.
            if comment["user"]["type"] == "Bot" and comment["body"].startswith(mark):
                self.ask("PATCH", f"{self.repository}/issues/comments/{comment['id']}", {"body": text})
                return "updated"
        self.ask("POST", f"{self.repository}/issues/{pull_request}/comments", {"body": text})
        return "wrote"


def main(environment, file):
    text = body(environment, Path(file).read_text())
    pull_request = os.environ["PULL_REQUEST"]
    done = GitHub().show(pull_request, first_line(environment), text)
    print(f"{done} the comment on pull request {pull_request}")


if __name__ == "__main__":
    main(*sys.argv[1:])
