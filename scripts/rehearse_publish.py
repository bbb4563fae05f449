"""Publishes the functions to a stand-in for S3 and plans as a run does that a commit starts.

usage: rehearse_publish.py CODEGEN WORK

Such a run has the root module and what `codegen publish` wrote beside it, and neither Rust nor zips.
"""

import base64
import hashlib
import json
import os
import shutil
import sys
from pathlib import Path

from rehearse import ENVIRONMENT, Failed, StandIn

BUCKET = "artifacts-of-the-rehearsal"
PREFIX = "functions"


class Worker(StandIn):
    """A machine that has what is in git, and a stand-in to publish to."""

    def publish(self):
        variables = self.terraform / "artifacts.auto.tfvars.json"
        command = [
            self.codegen, "publish", "--bucket", BUCKET, "--prefix", PREFIX, "--architecture", "native",
            "--variables", str(variables),
        ]  # fmt: skip
        self.run(*command)
        first = variables.read_bytes()
        if "fresh" not in self.run(*command) or variables.read_bytes() != first:
            raise Failed("publishing the same zips again changed what is said of them")
        return json.loads(first)["artifacts"]

    def check_objects(self, artifacts):
        """What is under a key is what its hash says."""
        for job, artifact in artifacts.items():
            copy = self.folder / f"{job}.zip"
            address = ("--bucket", artifact["s3_bucket"], "--key", artifact["s3_key"])
            self.run("aws", "s3api", "get-object", *address, str(copy))
            digest = hashlib.sha256(copy.read_bytes())
            if base64.b64encode(digest.digest()).decode() != artifact["source_code_hash"]:
                raise Failed(f"the object of {job} has another hash than its variables say")
            if artifact["s3_key"] != f"{PREFIX}/spendsense/{job}/{digest.hexdigest()}.zip":
                raise Failed(f"{artifact['s3_key']} is not addressed by its content")
        self.say(f"published {len(artifacts)} zips under their hashes, once")

    def check_plan(self, artifacts):
        """Terraform reads the file by itself, and builds nothing."""
        shutil.rmtree(self.terraform / "artifacts")
        self.run("scripts/terraform.sh", "plan", ENVIRONMENT)
        plan = self.terraform_json(f"{ENVIRONMENT}.tfplan")
        planned = {
            change["name"].replace("_", "-"): change["change"]["after"]
            for change in plan["resource_changes"]
            if change["type"] == "aws_lambda_function"
        }
        if set(planned) != set(artifacts):
            raise Failed(f"functions are planned for {sorted(planned)}, zips published of {sorted(artifacts)}")
        for job, function in planned.items():
            expected = {"filename": None} | {key: artifacts[job][key] for key in ("s3_bucket", "s3_key", "source_code_hash")}
            found = {key: function[key] for key in expected}
            if found != expected:
                raise Failed(f"the plan of {job} has {found}, not {expected}")
        self.say("a plan without zips and Rust takes the published ones")


def main(codegen, work):
    programs = Path(sys.executable).parent
    os.environ["PATH"] = f"{programs}{os.pathsep}{os.environ['PATH']}"
    command = [str(programs / "moto_server"), "-H", "127.0.0.1", "-p", "{port}"]
    worker = Worker("publish", command, {}, "/moto-api/", codegen, Path(work))
    try:
        worker.wait_until_healthy()
        worker.run("aws", "s3", "mb", f"s3://{BUCKET}")
        artifacts = worker.publish()
        worker.check_objects(artifacts)
        worker.check_plan(artifacts)
    except Failed as failure:
        print(f"[publish] {failure}", file=sys.stderr)
        return 1
    finally:
        worker.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
