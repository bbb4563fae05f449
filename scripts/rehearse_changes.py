"""Applies changes of a spec to a stand-in, and says for how long something was not served meanwhile.

usage: rehearse_changes.py [--before PROGRAM [--only-now]] [--jobs N] [--record] PROGRAM WORK [CHANGE …]

PROGRAM is the command `codegen`, WORK a folder. With `--before`, the module of that command is measured beside it; without,
the figures before are those of scripts/changes.json. That file says how long each change may take now: what takes longer is a
failure. `--record` writes what was measured into it.
"""

import argparse
import concurrent.futures
import dataclasses
import json
import re
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path

from answers import Answers
from changes import CHANGES, EXISTING_FUNCTIONS, EXISTING_QUEUES
from rehearse_examples import make_function, nothing
from stand_in import ENVIRONMENT, Failed, StandIn, changed, known_gaps
from watch import Watch

MEASURED = Path("scripts/changes.json")
# What is not zero may take longer on a busy machine.
LONGER = 2.0
LONGER_S = 5.0
PIPELINES = ["shop", "store"]


@dataclasses.dataclass
class Result:
    """What came of a change, in seconds: without a target, without a place for failures, with two targets."""

    id: str
    unserved_s: float
    unkept_s: float
    twice_s: float
    applied_s: float
    # What is wrong after the apply, and until another one.
    stays: dict
    # What a second plan wants to do, and what verify finds.
    left: list
    findings: list
    refused: str
    # What `check --against`, `check --plan` and the plan say of it beforehand.
    against: list
    planned: list
    plan: str


class Rehearsed(StandIn):
    """A moto server with AWS's own answers in front of it, and the root module of a change."""

    def __init__(self, change, program, programs, folder):
        super().__init__("moto", programs, folder, "shop", str(folder / "moto" / "pipeline.yaml"))
        self.change, self.program = change, program
        port = int(self.url.rpartition(":")[2])
        self.moto = self.url
        self.answers = Answers(port, self.client)
        self.url = self.answers.url
        self.environment["AWS_ENDPOINT_URL"] = self.url

    def client(self, service):
        """Returns a client of moto itself."""
        url, self.url = self.url, self.moto
        try:
            return super().client(service)
        finally:
            self.url = url

    def prepare(self):
        for name in EXISTING_FUNCTIONS:
            make_function(self, name)
        for name in EXISTING_QUEUES:
            self.client("sqs").create_queue(QueueName=name)
        environments = self.terraform / "environments"
        environments.mkdir(parents=True)
        (environments / f"{ENVIRONMENT}.tfvars").touch()
        (self.terraform / "providers.tf").write_text('provider "aws" {}\n')
        (self.terraform / "function.zip").write_bytes(nothing())
        artifact = {"path": str((self.terraform / "function.zip").resolve()), "architecture": None}
        jobs = ["bill", "pack", "notify", "old", "charge", "bill-late"]
        module = {"source": "./pipeline", "environment": ENVIRONMENT, "artifacts": dict.fromkeys(jobs, artifact)}
        (self.terraform / "main.tf.json").write_text(json.dumps({"module": {"pipeline": module}}))
        for package in ("bill", "pack", "old"):
            (self.folder / package).mkdir()

    def generate(self, spec, program=None):
        Path(self.spec).write_text(json.dumps(spec, indent=2))
        self.run(program or self.program, "generate", "--spec", self.spec)

    def plan(self, *options):
        self.run("scripts/terraform.sh", "plan", ENVIRONMENT, *options)

    def apply(self):
        self.run("scripts/terraform.sh", "apply", ENVIRONMENT)

    def interrupt(self):
        """Starts an apply, and interrupts it in the middle of the queues."""
        self.run("scripts/terraform.sh", "plan", ENVIRONMENT)
        command = ["terraform", f"-chdir={self.terraform}", "apply", "-input=false", f"{ENVIRONMENT}.tfplan"]
        queues = 0

        def seen(name):
            nonlocal queues
            queues += name == "CreateQueue"

        self.answers.changed = seen
        with (self.folder / "interrupted.log").open("w") as log:
            running = subprocess.Popen(
                command, env=self.environment | {"TF_WORKSPACE": ENVIRONMENT}, stdout=log, stderr=subprocess.STDOUT
            )
            while not queues and running.poll() is None:
                time.sleep(0.2)
            time.sleep(3)
            running.send_signal(signal.SIGINT)
            running.wait()
        if not running.returncode:
            raise Failed("the apply was not interrupted")

    def left(self):
        """Returns what a second plan wants to do beside the server's known gaps."""
        self.run("scripts/terraform.sh", "plan", ENVIRONMENT)
        plan = self.terraform_json(f"{ENVIRONMENT}.tfplan")
        gaps = {(gap["type"], gap["attribute"]) for gap in known_gaps(self.name)}
        found = []
        for change in plan.get("resource_changes", []):
            attributes = {(change["type"], attribute) for attribute in changed(change["change"])}
            if change["change"]["actions"] == ["update"] and attributes and attributes <= gaps:
                continue
            if change["change"]["actions"] not in (["no-op"], ["read"]):
                found.append(f"{'/'.join(change['change']['actions'])} {change['address'].removeprefix('module.pipeline.')}")
        return found

    def said(self):
        """Returns what is said of the change that is planned: by `check --against`, by `check --plan`, and by the plan."""
        shown = subprocess.run(
            ["terraform", f"-chdir={self.terraform}", "show", "-no-color", f"{ENVIRONMENT}.tfplan"],
            env=self.environment | {"TF_WORKSPACE": ENVIRONMENT}, capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        counts = re.search(r"^Plan: (.*)\.$", shown, re.MULTILINE)
        plan = counts[1] if counts else "no changes"
        if "--against" not in subprocess.run([self.program, "check", "--help"], capture_output=True, text=True).stdout:
            return [], [], plan
        planned = self.folder / "plan.json"
        planned.write_text(json.dumps(self.terraform_json(f"{ENVIRONMENT}.tfplan")))
        git = ["git", "-C", str(self.folder), "-c", "user.name=r", "-c", "user.email=r@localhost"]
        Path(self.spec).write_text(json.dumps(self.change.before(), indent=2))
        for command in (["init", "-q"], ["add", "pipeline.yaml"], ["commit", "-q", "-m", "before"]):
            subprocess.run([*git, *command], check=True, capture_output=True)
        Path(self.spec).write_text(json.dumps(self.change.after(), indent=2))
        # What is said of the spec itself is no news.
        itself = self.check()
        of_change = ([said for said in self.check(*options) if said not in itself] for options in (["--against", "HEAD"], ["--plan", str(planned)]))
        return *of_change, plan

    def check(self, *options):
        command = [self.program, "check", "--spec", self.spec, *options, "--format", "concise", "--color", "never"]
        done = subprocess.run(command, capture_output=True, text=True)
        return [line.split(": ", 1)[-1] for line in (done.stdout + done.stderr).splitlines() if "[" in line]


def measure(change, program, programs, folder, upgraded_from=None):
    """Applies a change, and returns what was seen."""
    stand_in = Rehearsed(change, program, programs, folder)
    try:
        stand_in.wait_until_healthy()
        stand_in.prepare()
        return watched(stand_in, change, upgraded_from)
    finally:
        stand_in.answers.stop()
        stand_in.stop()


def watched(stand_in, change, upgraded_from):
    stand_in.generate(change.before(), upgraded_from)
    if change.act == "interrupt":
        stand_in.interrupt()
    else:
        stand_in.plan()
        stand_in.apply()
    watch = Watch(stand_in.client, stand_in.answers, PIPELINES, change.waits())
    if change.act != "interrupt":
        watch.look("the start")
        missing = {name: sorted(seen.since) for name, seen in watch.seen.items() if seen.since}
        if missing:
            raise Failed(f"before the change, there is something missing: {missing}")
        stand_in.answers.changed = watch.look
    stand_in.generate(change.after())
    function = "module.pipeline.aws_lambda_function.bill"
    options = [f"-replace={function}"] if change.act == "replace" else []
    if change.act == "delete":
        name = f"shop-bill-{ENVIRONMENT}"
        stand_in.answers.answer("DELETE", f"/2015-03-31/functions/{name}", SignedAs(stand_in), b"")
    stand_in.plan(*options)
    against, planned, plan = stand_in.said()
    started = time.monotonic()
    refused = ""
    try:
        stand_in.apply()
    except Failed as failure:
        found = re.findall(r"Error: (.*(?:\n.*){0,3})", str(failure))
        refused = found[0] if found else str(failure)[-300:]
        refused = re.sub(r"(\x1b\[[0-9;]*m|[\s│])+", " ", refused).strip()
    applied = time.monotonic() - started
    stays = watch.end()
    stand_in.answers.changed = None
    (stand_in.folder / "watch.log").write_text("\n".join(watch.log) + "\n")
    seen = watch.seen.values()
    return Result(
        id=change.id,
        unserved_s=round(max(one.unserved_s for one in seen), 1),
        unkept_s=round(max(one.unkept_s for one in seen), 1),
        twice_s=round(max(one.twice_s for one in seen), 1),
        applied_s=round(applied),
        stays=stays,
        left=stand_in.left() if not refused else [],
        findings=[f"{finding} {resource}" for finding, resource in stand_in.verify()],
        refused=refused[:200],
        against=against,
        planned=planned,
        plan=plan,
    )


class SignedAs(dict):
    """The headers that tell moto the account and the region."""

    def __init__(self, stand_in):
        region = stand_in.environment["AWS_REGION"]
        credential = f"AWS4-HMAC-SHA256 Credential=test/20260101/{region}/lambda/aws4_request, SignedHeaders=host, Signature=0"
        super().__init__({"Authorization": credential})


def figures(result):
    """Returns what is recorded of a change."""
    kept = {"unserved_s": result.unserved_s, "unkept_s": result.unkept_s, "twice_s": result.twice_s}
    if result.refused:
        kept["refused"] = result.refused
    if result.stays:
        kept["stays"] = sorted({state for states in result.stays.values() for state in states})
    kept |= {name: identifiers(getattr(result, name)) for name in ("against", "planned") if getattr(result, name)}
    return kept | {"plan": result.plan}


def identifiers(findings):
    """Returns the kinds of findings, each once."""
    return sorted({re.search(r"\[([a-z-]+)\]", finding)[1] for finding in findings})


def foretold_s(findings):
    """Returns the longest gap that findings speak of, in seconds."""
    gaps = [finding for finding in findings if "[delivery-gap]" in finding or "[replaced-pipeline]" in finding]
    return max((float(found) for gap in gaps for found in re.findall(r"([0-9.]+) s\b", gap)), default=0.0)


def judge(result, known):
    """Returns what is worse than is known of a change."""
    wrong = []
    for key in ("unserved_s", "unkept_s"):
        most = known.get(key, 0)
        most = most * LONGER + LONGER_S if most else 0
        if getattr(result, key) > most:
            wrong.append(f"{key} is {getattr(result, key)}, more than {most}")
    if bool(result.refused) != bool(known.get("refused")):
        wrong.append(f"the apply fails: {result.refused}" if result.refused else "the apply is no longer refused")
    if result.stays and not known.get("stays"):
        wrong.append(f"after the apply there is something missing: {result.stays}")
    # A gap of a change of the spec is said before the apply. What was deleted by hand is gone before anything is planned.
    told = {"--against": result.against, "--plan": result.planned} if changes_the_spec(result.id) else {}
    for option, findings in told.items():
        if result.unserved_s > foretold_s(findings) * LONGER + (LONGER_S if foretold_s(findings) else 0):
            wrong.append(f"`check {option}` speaks of {foretold_s(findings)} s, and it was {result.unserved_s}: {findings}")
    if result.findings and not result.refused:
        wrong.append(f"`codegen verify` finds {result.findings}")
    if result.left:
        wrong.append(f"the second plan is not empty: {result.left}")
    return wrong


def changes_the_spec(change):
    return next(found.act for found in CHANGES if found.id == change) == "apply"


def table(chosen, known):
    """Returns the table of docs/terraform.md."""
    rows = [["Change", "Before", "Now", "Two routes for", "`check` says"], ["---"] * 5]
    for change in chosen:
        before, now = (known.get(when, {}).get(change.id, {}) for when in ("before", "now"))
        twice = f"{now['twice_s']} s" if now.get("twice_s") else ""
        against, planned = (now.get(option, []) for option in ("against", "planned"))
        of_plan = [f"{id} (with `--plan`)" for id in planned if id not in against]
        of_spec = [id if id in planned else f"{id} (with `--against`)" for id in against]
        rows.append([change.title, in_words(before), in_words(now), twice, ", ".join([*of_spec, *of_plan])])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def in_words(found):
    if not found:
        return ""
    words = "0" if not found["unserved_s"] else f"{found['unserved_s']} s"
    if found["unkept_s"] > found["unserved_s"]:
        words += f"; a failure is kept nowhere for {found['unkept_s']} s"
    if found.get("stays"):
        words += ", and until another apply"
    if found.get("refused"):
        words += ", the apply fails"
    return words


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--before", type=Path)
    parser.add_argument("--jobs", type=int, default=3)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--only-now", action="store_true", help="measure nothing but upgrades with the command of --before")
    parser.add_argument("program", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("changes", nargs="*")
    said = parser.parse_args()
    unknown = set(said.changes) - {change.id for change in CHANGES}
    if unknown:
        parser.error(f"there is no change {', '.join(sorted(unknown))}")
    chosen = [change for change in CHANGES if not said.changes or change.id in said.changes]
    program = said.program.resolve()
    before = said.before.resolve() if said.before else None
    # Without the version before there is nothing to upgrade from.
    chosen = [change for change in chosen if change.act != "upgrade" or before]
    known = json.loads(MEASURED.read_text())

    def one(job):
        change, name = job
        try:
            folder = said.work / name / change.id
            of = before if name == "before" else program
            result = measure(change, of, program.parent, folder, before if change.act == "upgrade" else None)
        except Exception as failure:
            reason = str(failure) if isinstance(failure, Failed) else traceback.format_exc()
            print(f"[{name}] {change.id}: {reason}", file=sys.stderr, flush=True)
            return name, change, None, [reason]
        wrong = judge(result, known["now"].get(change.id, {})) if name == "now" and not said.record else []
        (said.work / name / change.id / "result.json").write_text(json.dumps(dataclasses.asdict(result), indent=2))
        print(f"[{name}] {change.id}: {in_words(figures(result))}", flush=True)
        return name, change, result, wrong

    jobs = [(change, "now") for change in chosen]
    if before and not said.only_now:
        jobs += [(change, "before") for change in chosen if change.act != "upgrade"]
    with concurrent.futures.ThreadPoolExecutor(said.jobs) as pool:
        results = list(pool.map(one, jobs))
    for name, change, result, _ in results:
        if result:
            known[name][change.id] = figures(result)
    if said.record:
        MEASURED.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n")
    print(table(chosen, known))
    for name, change, _, wrong in results:
        for reason in wrong:
            print(f"[{name}] {change.id}: {reason}", file=sys.stderr)
    return 1 if any(wrong for *_, wrong in results) else 0


if __name__ == "__main__":
    sys.exit(main())
