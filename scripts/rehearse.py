"""Deploys the pipeline to stand-ins for AWS and checks what came of it.

usage: rehearse.py PROGRAMS WORK [all]

PROGRAMS is the folder of the commands, WORK a folder with `artifacts/`. The deployed functions work on a PostgreSQL
server, whose URL is a secret of the stand-in. MiniStack, which runs functions, has SpendSense as it is shipped, and moto
has it on a bus of its own; with `all` moto has it both ways. They are deployed to at the same time: most of it is the
provider's own waiting.
"""

import collections
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from database import Database
from stand_in import ENVIRONMENT, REGION, ROOT_MODULE_ALONE, SERVERS, Failed, StandIn, rehearse

JOBS = ["assign-persona", "compute-features", "generate-recommendations"]
RULES = [f"{job}-{kind}" for job in JOBS for kind in ("event", "scheduled", "again")]
RULES += ["assign-persona-stage", "generate-recommendations-stage", "generate-recommendations-withdrawal"]
RESOURCES = {
    "aws_cloudwatch_event_rule": 12,
    "aws_cloudwatch_event_target": 12,
    "aws_lambda_permission": 12,
    "aws_lambda_function": 3,
    "aws_cloudwatch_metric_alarm": 29,
    "aws_cloudwatch_dashboard": 1,
}
IMPORTED = ["aws_cloudwatch_event_rule", "aws_cloudwatch_event_target", "aws_lambda_permission"]
# What only Terraform knows: an import adds nothing on AWS.
ADDED_BY_IMPORT = {"terraform_data"}
# The root module of the imported pipeline, beside the files of the repository's own root module.
IMPORTING = """module "pipeline" {
  source      = "./pipeline"
  environment = var.environment
}
"""
USER = "u-rehearsal"
CHAIN_DEADLINE_S = 60


class Deployed(StandIn):
    """A stand-in with a copy of the root module."""

    def __init__(self, name, programs, work, folder=".", spec="pipeline.yaml"):
        super().__init__(name, programs, work / folder, "spendsense", spec)
        shutil.copytree("terraform", self.terraform, ignore=ROOT_MODULE_ALONE)
        shutil.copytree(work / "artifacts", self.terraform / "artifacts")

    def check_resources(self):
        resources = self.resources()
        counts = collections.Counter(resource["type"] for resource in resources)
        for kind, expected in RESOURCES.items():
            if counts[kind] != expected:
                raise Failed(f"{counts[kind]} {kind} in the state, not {expected}")
        rules = {r["values"]["name"]: r["values"]["arn"] for r in resources if r["type"] == "aws_cloudwatch_event_rule"}
        expected = {f"spendsense-{rule}-{ENVIRONMENT}" for rule in RULES}
        if set(rules) != expected:
            raise Failed(f"the rules are {sorted(rules)}, not {sorted(expected)}")
        sources = [r["values"]["source_arn"] for r in resources if r["type"] == "aws_lambda_permission"]
        if sorted(sources) != sorted(rules.values()):
            raise Failed(f"permissions for {sorted(sources)}, not one for each rule")
        counted = ", ".join(f"{counts[kind]} {kind}" for kind in RESOURCES)
        self.say(f"applied {len(resources)} resources, among them {counted}")

    def check_import(self):
        """Imports a spec from the live bus. The plan of its module may do nothing but take over what is there."""
        folder = self.folder / "imported"
        folder.mkdir()
        (folder / "terraform").mkdir()
        (folder / "terraform" / "main.tf").write_text(IMPORTING)
        for name in ("providers.tf", "variables.tf", "versions.tf"):
            shutil.copy(self.terraform / name, folder / "terraform")
        codegen = str(self.programs / "codegen")
        spec = ["--spec", str(folder / "pipeline.yaml")]
        self.run(
            codegen, "import", *spec, "--pipeline", "spendsense", "--environment", ENVIRONMENT,
            "--endpoint-url", self.url, "--region", REGION,
        )  # fmt: skip
        self.run(codegen, "generate", *spec)
        data = (folder / "data").resolve()
        terraform = ["env", f"TF_DATA_DIR={data}", "terraform", f"-chdir={folder / 'terraform'}"]
        self.run(*terraform, "init", "-input=false")
        self.run(*terraform, "plan", "-input=false", "-out=import.tfplan", f"-var=environment={ENVIRONMENT}")
        plan = json.loads(self.run(*terraform, "show", "-json", "import.tfplan"))
        imported = collections.Counter()
        for change in plan["resource_changes"]:
            actions = change["change"]["actions"]
            if actions == ["create"] and change["type"] in ADDED_BY_IMPORT:
                continue
            if actions not in (["no-op"], ["read"]):
                raise Failed(f"after the import the plan wants to {'-'.join(actions)} {change['address']}")
            imported[change["type"]] += "importing" in change["change"]
        for kind in IMPORTED:
            if imported[kind] != RESOURCES[kind]:
                raise Failed(f"{imported[kind]} {kind} are imported, not {RESOURCES[kind]}")
        self.say(
            f"import and generate make a plan that takes over {imported.total()} resources, changes nothing and adds nothing"
        )

    def check_chain(self, database):
        """Sends an event with the AWS SDK. By their logs and their database, it has to reach every function."""
        self.run(
            self.programs / "codegen", "send", "--event", "user.signup", "--subject", USER, "--environment", ENVIRONMENT,
            "--endpoint-url", self.url, "--region", REGION, "--wait", "--timeout", str(CHAIN_DEADLINE_S),
        )  # fmt: skip
        shown = self.run(
            self.programs / "spendsense-show", "--database", database.url, "--user", USER, "--format", "json"
        )
        recommended = len(json.loads(shown)["recommendations"])
        if not recommended:
            raise Failed(f"nothing is recommended to {USER}:\n{shown}")
        self.say(f"user.signup went through all {len(JOBS)} functions; {recommended} recommendations for {USER}")


class OnItsOwnBus(Deployed):
    """A stand-in with SpendSense on a bus of its own, as several environments in one account have it."""

    def __init__(self, programs, work):
        super().__init__("moto", programs, work, "own-bus", str(work / "own-bus" / "moto" / "pipeline.yaml"))
        spec = Path("pipeline.yaml").read_text()
        changed = spec.replace("\nbus: default", "\nbus: spendsense")
        # Environments no longer meet, so nothing is left to allow.
        changed, allowed = re.subn(r"\nallow:\n  shared-bus: .*\n", "\n", changed)
        if "\nbus: spendsense" not in changed or not allowed:
            raise Failed("pipeline.yaml has no `bus: default` with an `allow` for it")
        # The typed events stay those of the repository.
        (self.folder / "pipeline.yaml").write_text(re.sub(r"\n  events: lambdas.*", "", changed))
        shutil.rmtree(self.terraform / "pipeline")
        self.bus = f"spendsense-{ENVIRONMENT}"

    def check_own_bus(self):
        buses = [one["values"] for one in self.resources() if one["type"] == "aws_cloudwatch_event_bus"]
        if [bus["name"] for bus in buses] != [self.bus]:
            raise Failed(f"the buses are {buses}, not {self.bus} alone")
        rules = [one["values"] for one in self.resources() if one["type"] == "aws_cloudwatch_event_rule"]
        off_bus = sorted(rule["name"] for rule in rules if bool(rule["event_pattern"]) != (rule["event_bus_name"] == self.bus))
        if off_bus:
            raise Failed(f"these rules are on the wrong bus: {off_bus}")
        self.say(f"the rules of events are on {self.bus}, those of schedules on the default bus")


def on_its_own_bus(stand_in):
    stand_in.run(stand_in.programs / "codegen", "generate", "--spec", stand_in.spec)
    arn = stand_in.keep_secret("database", "postgres://nowhere")
    stand_in.environment["TF_VAR_secrets"] = json.dumps({"database": arn})
    stand_in.deploy()
    stand_in.check_resources()
    stand_in.check_own_bus()
    stand_in.check_verify()
    stand_in.destroy()


def main(programs, work, what=""):
    programs, work = Path(programs).resolve(), Path(work)
    with Database(work / "postgres") as database:
        seed = ["spendsense-seed", "--database", database.url, "--user", USER]
        subprocess.run([programs / seed[0], *seed[1:]], check=True)

        def each(stand_in):
            if isinstance(stand_in, OnItsOwnBus):
                on_its_own_bus(stand_in)
                return
            arn = stand_in.keep_secret("database", database.url)
            stand_in.environment["TF_VAR_secrets"] = json.dumps({"database": arn})
            stand_in.deploy()
            stand_in.check_resources()
            # moto runs no functions.
            if stand_in.name == "ministack":
                stand_in.check_chain(database)
            stand_in.check_verify()
            stand_in.check_import()
            stand_in.destroy()

        names = SERVERS if what == "all" else ["ministack"]
        stand_ins = [Deployed(name, programs, work) for name in names]
        return 0 if rehearse([*stand_ins, OnItsOwnBus(programs, work)], each) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
