"""Publishes the functions to a stand-in for S3, and plans as a run does that a commit has started.

usage: rehearse_publish.py PROGRAMS WORK

Such a run has the root module and what `codegen publish` wrote beside it, and neither Rust nor zips. The states of all
environments are in the same bucket.
"""

import base64
import hashlib
import json
import os
import shutil
import sys
from pathlib import Path

from stand_in import ENVIRONMENT, REGION, ROOT_MODULE_ALONE, Failed, StandIn, rehearse

BUCKET = "artifacts-of-the-rehearsal"
PREFIX = "functions"
ANOTHER = "prod"
BACKEND = f"""terraform {{
  backend "s3" {{
    bucket         = "{BUCKET}"
    key            = "pipeline.tfstate"
    region         = "{REGION}"
    use_path_style = true
  }}
}}
"""


class Worker(StandIn):
    """A machine with only what is in git, and a stand-in to publish to."""

    def __init__(self, programs, work):
        super().__init__("moto", programs, work / "publish", "spendsense", "pipeline.yaml")
        shutil.copytree("terraform", self.terraform, ignore=ROOT_MODULE_ALONE)
        (self.terraform / "backend.tf").write_text(BACKEND)
        secret = f"arn:aws:secretsmanager:{REGION}:123456789012:secret:database"
        self.environment |= {
            # The AWS CLI is beside the Python that runs this.
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "TF_VAR_secrets": json.dumps({"database": secret}),
        }

    def publish(self):
        variables = self.terraform / "artifacts.auto.tfvars.json"
        command = [
            self.programs / "codegen", "publish", "--bucket", BUCKET, "--prefix", PREFIX, "--architecture", "native",
            "--variables", variables,
        ]  # fmt: skip
        self.run(*command)
        first = variables.read_bytes()
        if "fresh" not in self.run(*command) or variables.read_bytes() != first:
            raise Failed("publishing the same zips again changed what is said of them")
        return json.loads(first)["artifacts"]

    def check_objects(self, artifacts):
        """Checks that the object under a key has the hash of that key."""
        for job, artifact in artifacts.items():
            copy = self.folder / f"{job}.zip"
            address = ("--bucket", artifact["s3_bucket"], "--key", artifact["s3_key"])
            self.run("aws", "s3api", "get-object", *address, copy)
            digest = hashlib.sha256(copy.read_bytes())
            if base64.b64encode(digest.digest()).decode() != artifact["source_code_hash"]:
                raise Failed(f"the object of {job} has another hash than its variables say")
            if artifact["s3_key"] != f"{PREFIX}/spendsense/{job}/{digest.hexdigest()}.zip":
                raise Failed(f"{artifact['s3_key']} is not addressed by its content")
        self.say(f"{len(artifacts)} zips are published under their hashes")

    def check_plan(self, artifacts):
        """Checks that Terraform reads the file by itself, and builds nothing."""
        self.run("scripts/terraform.sh", "plan", ENVIRONMENT)
        planned = {
            change["name"].replace("_", "-"): change["change"]["after"]
            for change in self.terraform_json(f"{ENVIRONMENT}.tfplan")["resource_changes"]
            if change["type"] == "aws_lambda_function"
        }
        if set(planned) != set(artifacts):
            raise Failed(f"functions are planned for {sorted(planned)}, zips published of {sorted(artifacts)}")
        for job, function in planned.items():
            told = {key: artifacts[job][key] for key in ("s3_bucket", "s3_key", "source_code_hash")}
            expected = told | {"filename": None, "architectures": [artifacts[job]["architecture"]]}
            found = {key: function[key] for key in expected}
            if found != expected:
                raise Failed(f"the plan of {job} has {found}, not {expected}")
        self.say("a plan without zips and Rust takes the published ones")

    def check_another_environment(self):
        """Plans an environment without a state, on a machine that has planned nothing before."""
        shutil.rmtree(self.environment["TF_DATA_DIR"])
        self.run("scripts/terraform.sh", "plan", ANOTHER)
        states = self.client("s3").list_objects_v2(Bucket=BUCKET, Prefix="env:/").get("Contents", [])
        states = {state["Key"] for state in states}
        expected = {f"env:/{environment}/pipeline.tfstate" for environment in (ENVIRONMENT, ANOTHER)}
        if states != expected:
            raise Failed(f"the states are {sorted(states)}, not {sorted(expected)}")
        self.say("another environment has a state of its own beside it")


def each(worker):
    worker.run("aws", "s3", "mb", f"s3://{BUCKET}")
    artifacts = worker.publish()
    worker.check_objects(artifacts)
    worker.check_plan(artifacts)
    worker.check_another_environment()


def main(programs, work):
    return 0 if rehearse([Worker(Path(programs).resolve(), Path(work))], each) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
