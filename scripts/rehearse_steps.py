"""Moves a pipeline from the default bus to one of its own in steps, and asks a stand-in for AWS all the time whether what
its jobs emit has a target. Then a job and the archive leave the spec, and what is to be kept has to be there still.

usage: rehearse_steps.py PROGRAMS WORK

PROGRAMS is the folder of the commands. The function is a program that does nothing.
"""

import json
import sys
import threading
import time
from pathlib import Path

from rehearse_examples import nothing
from stand_in import ENVIRONMENT, Failed, StandIn, rehearse

BEFORE = """pipeline: shop
source: shop
archive: { days: 30 }
events:
  order.placed: { detail_type: Order Placed, external: true }
  order.billed: { detail_type: Order Billed }
jobs:
  bill:
    function: { package: bill, timeout: 1s }
    triggers: [{ event: order.placed }]
    emits: [order.billed]
  note:
    function: { package: note, timeout: 1s }
    triggers: [{ event: order.billed }]
"""
AFTER = BEFORE.replace("source: shop\n", "source: shop\nbus: orders\nallow: { deleted-archive: Nobody replays }\n", 1)
KEPT = """pipeline: shop
source: shop
bus: orders
events:
  order.placed: { detail_type: Order Placed, external: true }
jobs:
  bill:
    function: { package: bill, timeout: 1s }
    triggers: [{ event: order.placed }]
removed:
  archive: { keep: [archive] }
  note:
    keep: [dead_letter_queue, failure_queue, log_group]
    allow: { named-elsewhere: Nobody else calls it }
"""
MODULE = {"module": {"pipeline": {"source": "./pipeline", "environment": ENVIRONMENT}}}
# What the stand-in needs for the calls of one look, while this machine is busy.
GAP_MAX_S = 1.5


class Steps(StandIn):
    """A stand-in with a root module for a spec that changes."""

    def __init__(self, programs, work):
        super().__init__("moto", programs, work / "steps", "shop", "")
        self.spec = self.folder / "pipeline.yaml"
        self.before = self.folder / "before.yaml"
        self.before.write_text(BEFORE)
        codegen = (programs / "codegen").resolve()
        self.environment["CODEGEN"] = f"{codegen} --spec {self.spec.resolve()}"
        (self.terraform / "environments").mkdir(parents=True)
        (self.terraform / "environments" / f"{ENVIRONMENT}.tfvars").touch()
        (self.terraform / "providers.tf").write_text('provider "aws" {}\n')
        (self.terraform / "main.tf.json").write_text(json.dumps(MODULE))
        artifacts = self.terraform / "artifacts"
        artifacts.mkdir()
        for job in ("bill", "note"):
            (artifacts / f"{job}.zip").write_bytes(nothing())

    def codegen(self, *arguments):
        return self.run(self.programs / "codegen", "--spec", self.spec, *arguments)

    def write(self, spec):
        self.spec.write_text(spec)
        self.codegen("generate")

    def apply(self):
        self.run("scripts/terraform.sh", "plan", ENVIRONMENT)
        self.run("scripts/terraform.sh", "apply", ENVIRONMENT)

    def served(self):
        """Says whether what `bill` emits has a rule with a target that works, and what others emit to that bus has."""
        functions, events = self.client("lambda"), self.client("events")
        bus = functions.get_function_configuration(FunctionName=f"shop-bill-{ENVIRONMENT}")["Environment"]["Variables"]
        bus = bus["EVENT_BUS_NAME"]
        for job in ("bill", "note"):
            rule, function = f"shop-{job}-event-{ENVIRONMENT}", f"shop-{job}-{ENVIRONMENT}"
            arn = events.describe_rule(Name=rule, EventBusName=bus)["Arn"]
            targets = events.list_targets_by_rule(Rule=rule, EventBusName=bus)["Targets"]
            if not any(target["Arn"].endswith(f":{function}") for target in targets):
                return False
            if arn not in functions.get_policy(FunctionName=function)["Policy"]:
                return False
        return True

    def change_in_steps(self):
        gaps, stopped = [], threading.Event()

        def watch():
            since = None
            while not stopped.is_set():
                now = time.monotonic()
                try:
                    served = self.served()
                except Exception:  # What is not there answers with an error.
                    served = False
                if served:
                    since = None
                else:
                    since = since or now
                    gaps.append(time.monotonic() - since)
                time.sleep(0.1)

        self.spec.write_text(AFTER)
        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            said = self.run("scripts/terraform.sh", "steps", ENVIRONMENT, self.before.resolve())
        finally:
            stopped.set()
            watcher.join()
        longest = max(gaps, default=0.0)
        if longest > GAP_MAX_S:
            raise Failed(f"for {longest:.1f} s nothing delivered what the jobs emit")
        self.say(f"{said.count('Apply complete!')} steps to another bus; longest time without a target: {longest:.1f} s")

    def check_finished(self):
        """Checks that the last step is the module of the spec, and that nothing is left to do."""
        written = json.loads(self.run(self.programs / "codegen", "--spec", self.spec, "generate", "--format", "json"))
        stale = [path for path in written["written"] if not path.endswith(".tftest.hcl")]
        if stale or written["removed"]:
            raise Failed(f"the last step is not the module of the spec: {written}")
        self.check_second_plan()
        rules = self.client("events").list_rules(EventBusName="default")["Rules"]
        if rules:
            raise Failed(f"old rules are left: {[rule['Name'] for rule in rules]}")

    def keep(self):
        self.before.write_text(self.spec.read_text())
        self.spec.write_text(KEPT)
        said = self.run("scripts/terraform.sh", "steps", ENVIRONMENT, self.before.resolve())
        if said.count("Apply complete!") != 2:
            raise Failed(f"what is kept takes two steps, and not {said.count('Apply complete!')}")
        events, sqs, logs = (self.client(name) for name in ("events", "sqs", "logs"))
        archives = [one["ArchiveName"] for one in events.list_archives()["Archives"]]
        queues = {url.rpartition("/")[2] for url in sqs.list_queues(QueueNamePrefix="shop-note")["QueueUrls"]}
        groups = [one["logGroupName"] for one in logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/shop-note")["logGroups"]]
        found = (archives, queues, groups)
        expected = (
            [f"shop-{ENVIRONMENT}"],
            {f"shop-note-dlq-{ENVIRONMENT}", f"shop-note-on-failure-{ENVIRONMENT}"},
            [f"/aws/lambda/shop-note-{ENVIRONMENT}"],
        )
        if found != expected:
            raise Failed(f"kept: {found}, not {expected}")
        left = [one["address"] for one in self.resources() if "note" in one["address"] or "archive" in one["address"]]
        if left:
            raise Failed(f"the state still has {left}")
        self.say("a job and the archive left the spec; their queues, log group and events stay, and the state forgot them")


def each(stand_in):
    stand_in.write(BEFORE)
    stand_in.run("scripts/terraform.sh", "validate", ENVIRONMENT)
    stand_in.apply()
    stand_in.say("deployed on the default bus")
    stand_in.change_in_steps()
    stand_in.check_finished()
    stand_in.keep()


def main():
    programs, work = Path(sys.argv[1]), Path(sys.argv[2])
    sys.exit(0 if rehearse([Steps(programs, work)], each) else 1)


if __name__ == "__main__":
    main()
