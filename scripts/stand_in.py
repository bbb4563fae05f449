"""A stand-in for AWS: a server on this machine, and a root module that is deployed to it."""

import concurrent.futures
import json
import os
import shutil
import subprocess
import sys
import time
import traceback
import urllib.error
import urllib.request
from pathlib import Path

import boto3
import breaks
from breaks import ENVIRONMENT
from ports import free_port

REGION = "eu-central-1"
SERVER_DEADLINE_S = 120
SERVERS = {
    "ministack": (
        ["ministack"],
        {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": "{port}", "AWS_ENDPOINT_URL": "http://127.0.0.1:{port}"},
        "/_ministack/health",
    ),
    "moto": (["moto_server", "-H", "127.0.0.1", "-p", "{port}"], {}, "/moto-api/"),
}


# Files that a copy of a root module leaves out: everything that Terraform or a build has put there.
ROOT_MODULE_ALONE = shutil.ignore_patterns(".terraform*", "*.tfstate*", "*.tfplan", "artifacts")


class Failed(Exception):
    """The rehearsal found something; its text says what."""


class StandIn:
    """A server that behaves like AWS, and a folder for the root module of `pipeline`."""

    def __init__(self, name, programs, folder, pipeline, spec):
        self.name = name
        self.programs = programs
        self.pipeline = pipeline
        self.spec = spec
        self.folder = folder / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.terraform = self.folder / "terraform"
        command, environment, health = SERVERS[name]
        command = [str(Path(sys.executable).parent / command[0]), *command[1:]]
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.health = self.url + health
        # The caller's own AWS settings could lead to a real account, so none of them stays.
        clean = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
        # Each environment has the workspace of its name.
        clean.pop("TERRAFORM_WORKSPACE", None)
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
        # What Terraform is told beside the environment's file.
        self.options = []
        # The pipeline's bus, where it is not the one that `breaks` knows.
        self.bus = None
        self.log = self.folder / "server.log"
        with self.log.open("wb") as log:
            self.server = subprocess.Popen(
                [part.format(port=port) for part in command],
                env=self.environment | {key: value.format(port=port) for key, value in environment.items()},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def say(self, text):
        print(f"[{self.pipeline}, {self.name}] {text}", flush=True)

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
        """Runs a command to its end and returns its output. If it fails, the rehearsal fails."""
        command = [str(part) for part in command]
        done = subprocess.run(command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        with (self.folder / "commands.log").open("a") as log:
            log.write(f"$ {' '.join(command)}\n{done.stdout}\n")
        if done.returncode:
            raise Failed(f"`{' '.join(command)}` failed:\n{done.stdout[-4000:]}")
        return done.stdout

    def client(self, service):
        """Returns a client of boto3 for one of the stand-in's services."""
        return boto3.client(
            service, endpoint_url=self.url, region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test"
        )

    def keep_secret(self, name, value):
        """Keeps a secret, and returns its ARN."""
        return self.client("secretsmanager").create_secret(Name=name, SecretString=value)["ARN"]

    def terraform_json(self, *arguments, workspace=ENVIRONMENT):
        command = ["terraform", f"-chdir={self.terraform}", "show", "-json", *arguments]
        environment = self.environment | {"TF_WORKSPACE": workspace}
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise Failed(f"`{' '.join(command)}` failed:\n{done.stderr}")
        return json.loads(done.stdout)

    def deploy(self):
        self.run("scripts/terraform.sh", "validate", ENVIRONMENT)
        self.run("scripts/terraform.sh", "plan", ENVIRONMENT, *self.options)
        self.say("planned; applying takes a minute, which is the provider's wait for queues")
        self.run("scripts/terraform.sh", "apply", ENVIRONMENT)
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

    def check_second_plan(self):
        """Checks that a second plan has nothing to do but the known gaps, and that each of those is still there."""
        self.run("scripts/terraform.sh", "plan", ENVIRONMENT, *self.options)
        plan = self.terraform_json(f"{ENVIRONMENT}.tfplan")
        gaps = known_gaps(self.name)
        kinds = {resource["type"] for resource in self.resources()}
        allowed = {
            (gap["type"], gap["attribute"]): gap["reason"]
            for gap in gaps
            if gap["type"] in kinds and self.pipeline in gap.get("pipelines", [self.pipeline])
        }
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
        """Returns the findings of `codegen verify`, each as its id and its resource."""
        command = [
            str(self.programs / "codegen"), "verify", "--spec", self.spec, "--environment", ENVIRONMENT, "--endpoint-url", self.url, "--region", REGION,
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
        """Checks that verify finds nothing, then exactly what is broken by hand, and nothing again when that is mended."""
        broken = self.check_found()
        self.run("scripts/terraform.sh", "plan", ENVIRONMENT, *self.options)
        self.run("scripts/terraform.sh", "apply", ENVIRONMENT)
        gaps = breaks.gaps(self.name, self.pipeline)
        left = [of for of in broken if not of.is_seen_by_terraform or of.finding[0] in gaps]
        self.expect("after another apply", self.verify(), sorted(of.finding for of in left))
        for of in left:
            of.mend()
        self.expect("after mending by hand", self.verify(), [])
        known = "".join(f"; known gap: {gap}: {gaps[gap]}" for gap in {of.finding[0] for of in left} & gaps.keys())
        self.say(f"verify is clean, finds all {len(broken)} things broken by hand, and is clean when mended{known}")

    def check_found(self):
        """Checks that verify finds nothing, then exactly what is broken by hand. Returns what was broken."""
        self.expect("after apply", self.verify(), [])
        broken = breaks.break_all(breaks.Account(self.client, self.pipeline, self.bus), self.pipeline)
        found = sorted(of.finding for of in broken)
        self.expect("after breaking by hand", self.verify(), found)
        return broken

    def expect(self, when, found, expected):
        if found != expected:
            raise Failed(f"`codegen verify` {when}: {found}, not {expected}")

    def destroy(self):
        self.run("scripts/terraform.sh", "destroy", ENVIRONMENT, "-auto-approve", *self.options)
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
    """Returns the top-level attributes that a planned change touches."""
    before, after, unknown = (change[key] or {} for key in ("before", "after", "after_unknown"))
    return sorted(
        key for key in {*before, *after, *unknown} if has_any(unknown.get(key)) or before.get(key) != after.get(key)
    )


def has_any(unknown):
    """Returns whether an attribute, or any part of it, is unknown."""
    if isinstance(unknown, dict):
        return any(map(has_any, unknown.values()))
    if isinstance(unknown, list):
        return any(map(has_any, unknown))
    return bool(unknown)


def known_gaps(server):
    """Returns what a server answers other than AWS does, so that a second plan wants to change it."""
    return json.loads(Path("scripts/known-gaps.json").read_text())[server]


def tail(path):
    return "\n".join(path.read_text(errors="replace").splitlines()[-30:])


def rehearse(stand_ins, each):
    """Calls `each` for every stand-in at the same time, as the provider waits most of the time. Returns whether none
    failed."""

    def one(stand_in):
        try:
            stand_in.wait_until_healthy()
            each(stand_in)
            return None
        except Failed as failure:
            reason = str(failure)
        except Exception:
            reason = traceback.format_exc()
        stand_in.say("failed")
        return f"[{stand_in.pipeline}, {stand_in.name}] {reason}"

    try:
        with concurrent.futures.ThreadPoolExecutor(len(stand_ins)) as pool:
            failures = [failure for failure in pool.map(one, stand_ins) if failure]
    finally:
        for stand_in in stand_ins:
            stand_in.stop()
    for failure in failures:
        print(failure, file=sys.stderr)
    return not failures
