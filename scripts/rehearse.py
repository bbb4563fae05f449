"""Deploys the pipeline to stand-ins for AWS and checks what came of it.

usage: rehearse.py PROGRAMS WORK

PROGRAMS is the folder of the commands, WORK a folder with `artifacts/`. The deployed functions work on a PostgreSQL
server, whose URL is a secret of the stand-in. Both stand-ins are deployed to at the same
time: most of it is the provider's own waiting.
"""

import collections
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import traceback
import urllib.error
import urllib.request
from pathlib import Path

import boto3
import breaks
from database import Database

ENVIRONMENT = "dev"
REGION = "eu-central-1"
JOBS = ["assign-persona", "compute-features", "generate-recommendations"]
RESOURCES = {
    "aws_cloudwatch_event_rule": 6,
    "aws_cloudwatch_event_target": 6,
    "aws_lambda_permission": 6,
    "aws_lambda_function": 3,
    "aws_cloudwatch_metric_alarm": 23,
    "aws_cloudwatch_dashboard": 1,
}
IMPORTED = ["aws_cloudwatch_event_rule", "aws_cloudwatch_event_target", "aws_lambda_permission"]
# What watches an imported pipeline: a bus tells of none.
ADDED_BY_IMPORT = {"aws_cloudwatch_dashboard", "aws_cloudwatch_metric_alarm"}
# The root module of what is imported, beside the files of the repository's own.
IMPORTING = """module "pipeline" {
  source      = "./pipeline"
  environment = var.environment
}
"""
USER = "u-rehearsal"
SERVER_DEADLINE_S = 60
CHAIN_DEADLINE_S = 60


class Failed(Exception):
    """The rehearsal found something; its text says what."""


class StandIn:
    """A server that answers as AWS does, and a copy of the root module to deploy to it."""

    def __init__(self, name, command, environment, health, programs, work):
        self.name = name
        self.programs = programs
        self.folder = work / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.terraform = self.folder / "terraform"
        shutil.copytree(
            "terraform",
            self.terraform,
            ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*", "*.tfplan", "artifacts"),
        )
        shutil.copytree(work / "artifacts", self.terraform / "artifacts")
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.health = self.url + health
        # Nothing of the caller's own AWS settings may lead to a real account.
        clean = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
        self.environment = clean | {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "TF_IN_AUTOMATION": "1",
            "TF_DATA_DIR": str((self.folder / "data").resolve()),
            "TERRAFORM_FOLDER": str(self.terraform),
        }
        self.log = self.folder / "server.log"
        with self.log.open("wb") as log:
            self.server = subprocess.Popen(
                [part.format(port=port) for part in command],
                env=self.environment | {key: value.format(port=port) for key, value in environment.items()},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def say(self, text):
        print(f"[{self.name}] {text}", flush=True)

    def wait_until_healthy(self):
        deadline = time.monotonic() + SERVER_DEADLINE_S
        while time.monotonic() < deadline:
            if self.server.poll() is not None:
                break
            try:
                urllib.request.urlopen(self.health, timeout=2).close()
                return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise Failed(f"the server does not answer:\n{tail(self.log)}")

    def run(self, *command):
        """Runs a command to its end and answers its output; its failure is the rehearsal's."""
        command = [str(part) for part in command]
        done = subprocess.run(command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        with (self.folder / "commands.log").open("a") as log:
            log.write(f"$ {' '.join(command)}\n{done.stdout}\n")
        if done.returncode:
            raise Failed(f"`{' '.join(command)}` failed:\n{done.stdout[-4000:]}")
        return done.stdout

    def keep_secret(self, url):
        """Keeps the database's URL as a secret, and tells Terraform its ARN."""
        client = boto3.client(
            "secretsmanager", endpoint_url=self.url, region_name=REGION,
            aws_access_key_id="test", aws_secret_access_key="test",
        )  # fmt: skip
        arn = client.create_secret(Name="database", SecretString=url)["ARN"]
        self.environment["TF_VAR_secrets"] = json.dumps({"database": arn})

    def terraform_json(self, *arguments):
        command = ["terraform", f"-chdir={self.terraform}", "show", "-json", *arguments]
        environment = self.environment | {"TF_WORKSPACE": ENVIRONMENT}
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise Failed(f"`{' '.join(command)}` failed:\n{done.stderr}")
        return json.loads(done.stdout)

    def deploy(self):
        self.run("scripts/terraform.sh", "validate", ENVIRONMENT)
        self.run("scripts/terraform.sh", "plan", ENVIRONMENT)
        self.say("planned; applying takes a minute, which is the provider's wait for queues")
        self.run("scripts/terraform.sh", "apply", ENVIRONMENT)
        self.check_resources()
        self.check_second_plan()

    def resources(self):
        state = self.terraform_json()
        modules = [state.get("values", {}).get("root_module", {})]
        found = []
        while modules:
            module = modules.pop()
            modules.extend(module.get("child_modules", []))
            found.extend(resource for resource in module.get("resources", []) if resource["mode"] == "managed")
        return found

    def check_resources(self):
        resources = self.resources()
        counts = collections.Counter(resource["type"] for resource in resources)
        for kind, expected in RESOURCES.items():
            if counts[kind] != expected:
                raise Failed(f"{counts[kind]} {kind} in the state, not {expected}")
        rules = {r["values"]["name"]: r["values"]["arn"] for r in resources if r["type"] == "aws_cloudwatch_event_rule"}
        expected = {f"spendsense-{job}-{kind}-{ENVIRONMENT}" for job in JOBS for kind in ("event", "scheduled")}
        if set(rules) != expected:
            raise Failed(f"the rules are {sorted(rules)}, not {sorted(expected)}")
        sources = [r["values"]["source_arn"] for r in resources if r["type"] == "aws_lambda_permission"]
        if sorted(sources) != sorted(rules.values()):
            raise Failed(f"permissions for {sorted(sources)}, not one for each rule")
        counted = ", ".join(f"{counts[kind]} {kind}" for kind in RESOURCES)
        self.say(f"applied {len(resources)} resources, among them {counted}")

    def check_second_plan(self):
        """Nothing may be left to do but the known gaps, and each of those must still be there."""
        self.run("scripts/terraform.sh", "plan", ENVIRONMENT)
        plan = self.terraform_json(f"{ENVIRONMENT}.tfplan")
        gaps = json.loads(Path("scripts/known-gaps.json").read_text())[self.name]
        allowed = {(gap["type"], gap["attribute"]): gap["reason"] for gap in gaps}
        found = set()
        for change in plan.get("resource_changes", []):
            if change["change"]["actions"] in (["no-op"], ["read"]):
                continue
            for attribute in changed(change["change"]):
                gap = (change["type"], attribute)
                if change["change"]["actions"] != ["update"] or gap not in allowed:
                    raise Failed(f"the second plan is not empty: {change['address']} ({attribute})")
                found.add(gap)
        for gap, reason in allowed.items():
            if gap not in found:
                raise Failed(f"{'.'.join(gap)} is a known gap ({reason}), but the second plan has none: remove it")
        known = "".join(f"; known gap: {'.'.join(gap)}: {allowed[gap]}" for gap in sorted(found))
        self.say(f"the second plan is empty{known}")

    def verify(self):
        """The findings of `codegen verify`, each as its id and its resource."""
        command = [
            str(self.programs / "codegen"), "verify", "--environment", ENVIRONMENT, "--endpoint-url", self.url, "--region", REGION,
            "--format", "json",
        ]  # fmt: skip
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        with (self.folder / "commands.log").open("a") as log:
            log.write(f"$ {' '.join(command)}\n{done.stdout}{done.stderr}\n")
        if done.returncode not in (0, 1):
            raise Failed(f"`{' '.join(command)}` failed:\n{done.stderr}")
        findings = json.loads(done.stdout)["findings"]
        if bool(findings) != bool(done.returncode):
            raise Failed(f"`codegen verify` has {len(findings)} findings, and exits with {done.returncode}")
        return sorted((finding["id"], finding["resource"]) for finding in findings)

    def check_verify(self):
        """Clean; everything broken by hand is found, and nothing else; mended, it is clean again."""
        account = breaks.Account(self.url, REGION)
        self.expect("after apply", self.verify(), [])
        broken = breaks.break_all(account)
        self.expect("after breaking by hand", self.verify(), broken)
        self.run("scripts/terraform.sh", "plan", ENVIRONMENT)
        self.run("scripts/terraform.sh", "apply", ENVIRONMENT)
        left = sorted(identity for identity, _ in self.verify())
        self.expect("after another apply", left, breaks.left_after_apply(self.name))
        breaks.mend_by_hand(self.name, account)
        self.expect("after mending by hand", self.verify(), [])
        known = "".join(f"; known gap: {gap}: {reason}" for gap, reason in breaks.GAPS[self.name].items())
        self.say(f"verify is clean, finds all {len(broken)} things broken by hand, and is clean when mended{known}")

    def expect(self, when, found, expected):
        if found != expected:
            raise Failed(f"`codegen verify` {when}: {found}, not {expected}")

    def check_import(self):
        """A spec made of the live bus, and the module generated from it, plan nothing but to take over what is there."""
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
        added = 0
        for change in plan["resource_changes"]:
            actions = change["change"]["actions"]
            if actions == ["create"] and change["type"] in ADDED_BY_IMPORT:
                added += 1
                continue
            if actions not in (["no-op"], ["read"]):
                raise Failed(f"after the import the plan wants to {'-'.join(actions)} {change['address']}")
            imported[change["type"]] += "importing" in change["change"]
        for kind in IMPORTED:
            if imported[kind] != RESOURCES[kind]:
                raise Failed(f"{imported[kind]} {kind} are imported, not {RESOURCES[kind]}")
        self.say(
            f"import and generate make a plan that takes over {imported.total()} resources, changes nothing, "
            f"and adds {added} alarms and dashboards"
        )

    def check_chain(self, database):
        """An event sent through the AWS SDK has to reach every function, as their logs tell and their database."""
        self.run(
            self.programs / "codegen", "send", "--event", "user.signup", "--user", USER, "--environment", ENVIRONMENT,
            "--endpoint-url", self.url, "--region", REGION, "--wait", "--timeout", str(CHAIN_DEADLINE_S),
        )  # fmt: skip
        shown = self.run(
            self.programs / "spendsense-show", "--database", database.url, "--user", USER, "--format", "json"
        )
        recommended = len(json.loads(shown)["recommendations"])
        if not recommended:
            raise Failed(f"nothing is recommended to {USER}:\n{shown}")
        self.say(f"user.signup went through all {len(JOBS)} functions; {recommended} recommendations for {USER}")

    def destroy(self):
        self.run("scripts/terraform.sh", "destroy", ENVIRONMENT, "-auto-approve")
        left = [resource["address"] for resource in self.resources()]
        if left:
            raise Failed(f"destroy left {', '.join(left)}")
        self.say("destroyed, nothing left")

    def stop(self):
        self.server.terminate()
        try:
            self.server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.server.kill()


def changed(change):
    """The top-level attributes that a planned change touches."""
    before, after, unknown = (change[key] or {} for key in ("before", "after", "after_unknown"))
    return sorted(
        key for key in {*before, *after, *unknown} if unknown.get(key) or before.get(key) != after.get(key)
    )


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def tail(path):
    return "\n".join(path.read_text(errors="replace").splitlines()[-30:])


def main(programs, work):
    programs, work = Path(programs).resolve(), Path(work)
    with Database(work / "postgres") as database:
        seed = ["spendsense-seed", "--database", database.url, "--user", USER]
        subprocess.run([programs / seed[0], *seed[1:]], check=True)
        return rehearse_all(programs, work, database)


def rehearse_all(programs, work, database):
    servers = Path(sys.executable).parent
    stand_ins = []
    failures = []
    rehearsed = set()

    def rehearse(stand_in, runs_functions):
        try:
            stand_in.wait_until_healthy()
            stand_in.keep_secret(database.url)
            stand_in.deploy()
            if runs_functions:
                stand_in.check_chain(database)
            stand_in.check_verify()
            stand_in.check_import()
            stand_in.destroy()
            rehearsed.add(stand_in.name)
        except Failed as failure:
            failures.append(f"[{stand_in.name}] {failure}")
            stand_in.say("failed")
        except Exception:
            failures.append(f"[{stand_in.name}] {traceback.format_exc()}")
            stand_in.say("failed")

    try:
        ministack = StandIn(
            "ministack",
            [str(servers / "ministack")],
            {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": "{port}", "AWS_ENDPOINT_URL": "http://127.0.0.1:{port}"},
            "/_ministack/health",
            programs,
            work,
        )
        stand_ins.append(ministack)
        moto = StandIn(
            "moto",
            [str(servers / "moto_server"), "-H", "127.0.0.1", "-p", "{port}"],
            {},
            "/moto-api/",
            programs,
            work,
        )
        stand_ins.append(moto)
        threads = [
            threading.Thread(target=rehearse, args=(ministack, True)),
            threading.Thread(target=rehearse, args=(moto, False)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        for stand_in in stand_ins:
            stand_in.stop()
    for failure in failures:
        print(failure, file=sys.stderr)
    return 0 if not failures and rehearsed == {"ministack", "moto"} else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
