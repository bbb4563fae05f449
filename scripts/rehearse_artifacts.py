"""Changes zips between plan and apply, lets one environment take what another has, and destroys without any zip.

usage: rehearse_artifacts.py PROGRAMS WORK

The functions are three zips in Python, and Terraform is the real one: what AWS has afterwards is asked of the stand-in.
"""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from stand_in import ENVIRONMENT, Failed, StandIn, rehearse

BUCKET = "artifacts-of-the-rehearsal"
JOBS = ["one", "two", "three"]
TESTED, PRODUCTION = "staging", "prod"
SPEC = """pipeline: zips
source: zips
bus: zips
events: { e: { detail_type: E, external: true } }
jobs:
"""
JOB = """  {job}:
    function: {{ zip: dist/{job}.zip, runtime: python3.13, handler: work.handler }}
    triggers: [{{ event: e }}]
"""
ROOT = """provider "aws" {}

variable "environment" {
  type = string
}

variable "artifacts" {
  type    = any
  default = {}
}

module "pipeline" {
  source      = "./pipeline"
  environment = var.environment
  artifacts   = var.artifacts
}
"""


class Zips(StandIn):
    """A stand-in with a project of its own, whose functions are built anew again and again."""

    def __init__(self, programs, work):
        folder = work / "zips"
        super().__init__("moto", programs, folder, "zips", str(folder / "moto" / "pipeline.yaml"))
        (self.folder / "pipeline.yaml").write_text(SPEC + "".join(JOB.format(job=job) for job in JOBS))
        (self.folder / "dist").mkdir()
        environments = self.terraform / "environments"
        environments.mkdir(parents=True)
        (self.terraform / "main.tf").write_text(ROOT)
        for environment in (ENVIRONMENT, TESTED, PRODUCTION):
            (environments / f"{environment}.tfvars").write_text(f'environment = "{environment}"\n')
        # The AWS CLI is beside the Python that runs this.
        self.environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    def codegen(self, *arguments):
        return self.run(self.programs / "codegen", *arguments, "--spec", self.spec)

    def build(self, version):
        """Builds every function anew, and returns the hashes of their zips."""
        for job in JOBS:
            with zipfile.ZipFile(self.folder / "dist" / f"{job}.zip", "w") as archive:
                content = f"def handler(event, context):\n    return '{job} {version}'\n"
                archive.writestr(zipfile.ZipInfo("work.py"), content)
        self.codegen("package")
        return {job: hash_of((self.folder / "dist" / f"{job}.zip").read_bytes()) for job in JOBS}

    def zips(self):
        return sorted(path.name for path in (self.terraform / "artifacts").glob("*.zip"))

    def deployed(self, environment=ENVIRONMENT):
        client = self.client("lambda")
        names = {job: f"zips-{job}-{environment}" for job in JOBS}
        return {job: client.get_function(FunctionName=name)["Configuration"]["CodeSha256"] for job, name in names.items()}

    def plan(self, environment=ENVIRONMENT):
        self.run("scripts/terraform.sh", "plan", environment)

    def apply(self, environment=ENVIRONMENT):
        self.run("scripts/terraform.sh", "apply", environment)

    def refused(self, *command):
        """Runs a command that has to fail, and returns what it says."""
        done = subprocess.run(
            [str(part) for part in command], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        if not done.returncode:
            raise Failed(f"`{command}` did not fail:\n{done.stdout}")
        return done.stdout

    def expect_equal(self, what, found, expected):
        if found != expected:
            raise Failed(f"{what}: {found}, not {expected}")

    def check_change_between_plan_and_apply(self):
        first = self.build(1)
        self.codegen("generate")
        self.deploy()
        self.expect_equal("after the first apply", self.deployed(), first)

        planned = self.build(2)
        self.plan()
        self.build(3)
        if len(self.zips()) != 2 * len(JOBS):
            raise Failed(f"a saved plan names zips, and there are {self.zips()}")
        self.apply()
        self.expect_equal("zips were built after the plan", self.deployed(), planned)
        self.say("zips that were built after the plan wait for the next one: what was planned is deployed, all of it")

        newest = self.build(4)
        self.plan()
        changed = next(path for path in (self.terraform / "artifacts").glob("two-*.zip") if hash_of(path.read_bytes()) == newest["two"])
        with zipfile.ZipFile(changed, "a") as archive:
            archive.writestr("more.py", "")
        said = self.refused("scripts/terraform.sh", "apply", ENVIRONMENT)
        if "nothing is applied" not in said or f"artifacts/{changed.name}: FAILED" not in said:
            raise Failed(f"a changed zip is told as:\n{said}")
        self.expect_equal("a planned zip was changed", self.deployed(), planned)
        self.say(f"a planned zip with other bytes: {said.splitlines()[0]}")

        self.codegen("package")
        self.plan()
        self.apply()
        self.expect_equal("after another plan", self.deployed(), newest)
        self.codegen("package")
        self.expect_equal("zips that nothing names", len(self.zips()), len(JOBS))

    def check_promotion(self):
        self.run("aws", "s3", "mb", f"s3://{BUCKET}")
        tested = self.build(5)
        self.codegen("publish", "--bucket", BUCKET, "--environment", TESTED)
        self.run("scripts/terraform.sh", "promote", TESTED, PRODUCTION)
        self.codegen("publish", "--check", "--environment", PRODUCTION)
        self.build(6)
        said = self.refused(self.programs / "codegen", "publish", "--check", "--environment", PRODUCTION, "--spec", self.spec)
        if said.count("differs ") != len(JOBS):
            raise Failed(f"what is published and not built here is told as:\n{said}")
        self.plan(PRODUCTION)
        changes = self.terraform_json(f"{PRODUCTION}.tfplan", workspace=PRODUCTION)["resource_changes"]
        planned = {
            change["name"]: change["change"]["after"] for change in changes if change["type"] == "aws_lambda_function"
        }
        hashes = {job: function["source_code_hash"] for job, function in planned.items()}
        self.expect_equal("production takes what was tested", hashes, tested)
        if any(function["filename"] or function["s3_bucket"] != BUCKET for function in planned.values()):
            raise Failed(f"production takes zips of this machine: {planned}")
        self.say("production's plan has the zips that were tested, though others were built since")

    def check_destroy(self):
        shutil.rmtree(self.terraform / "artifacts")
        self.destroy()


def hash_of(content):
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def each(zips):
    zips.check_change_between_plan_and_apply()
    zips.check_promotion()
    zips.check_destroy()


def main(programs, work):
    return 0 if rehearse([Zips(Path(programs).resolve(), Path(work))], each) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
