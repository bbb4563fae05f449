#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets: the patterns and events of the conformance cases, schedules and
templates of every kind, the examples' specs and those with mistakes. usage: fuzz_seeds.py FOLDER"""

import json
import sys
from pathlib import Path

SCHEDULES = [
    "cron(0/5 8-17 ? * MON-FRI *)", "cron(0 18 L * ? *)", "cron(0 9 15W 1,7 ? 2026-2030)",
    "cron(15 10 ? JAN 6#3 *)", "cron(0 0 LW * ? *)", "cron(0 12 ? * 2L *)", "cron(0 0 30 2 ? *)",
    "rate(1 minute)", "rate(7 days)", "at(2026-11-01T01:30:00)",
]
EVENT = '{"id":"1","detail":{"a":[1,{"b":"x"}],"s":"q\\"uote"},"time":"2026-01-01T00:00:00Z"}'
TEMPLATES = [
    ("$.detail.a", '"got <a>"'), ("$.detail.a[0]", "{\"x\": <a>, \"y\": \"<a>\"}"), ("$.id", "<a>"),
    ("$.detail.s", '{"rule": <aws.events.rule-arn>, "all": <aws.events.event.json>}'), ("$", "[<a>]"),
]


def text_of(value):
    """Returns the text of a case, which holds JSON or a string with raw text."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def main():
    root, folder = Path(__file__).parent.parent, Path(sys.argv[1])
    cases = root / "crates/eventbridge/tests/data/open_cases.ndjson"
    specs = [root / "pipeline.yaml", *root.glob("examples/*/pipeline.yaml")]
    specs += root.glob("codegen/tests/diagnostics/*/pipeline.yaml")
    seeds = {"pattern": set(), "event": set(), "cron": set(SCHEDULES), "template": set()}
    seeds["spec"] = {spec.read_text() for spec in specs}
    for line in cases.read_text().rstrip("\n").split("\n"):
        case = json.loads(line)
        pattern, event = text_of(case["pattern"]), text_of(case["event"])
        seeds["pattern"].add(f"{pattern}\n{event}")
        seeds["event"].add(event)
    for path, template in TEMPLATES:
        seeds["template"].add(f"{path}\n{template}\n{EVENT}")
    for target, texts in seeds.items():
        (folder / target).mkdir(parents=True, exist_ok=True)
        for number, text in enumerate(sorted(texts)):
            (folder / target / f"{number:04}").write_bytes(text.encode(errors="surrogatepass"))


if __name__ == "__main__":
    main()
