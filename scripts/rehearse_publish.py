"""Publishes the functions to a stand-in for S3 and plans as a run does that a commit starts.

usage: rehearse_publish.py CODEGEN WORK

Such a run has the root module and what `codegen publish` wrote beside it, and neither Rust nor zips.
"""

import base64
import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

from moto.server import ThreadedMotoServer

ENVIRONMENT = "dev"
REGION = "eu-central-1"
BUCKET = "artifacts-of-the-rehearsal"
PREFIX = "functions"
SECRETS = {"database": f"arn:aws:secretsmanager:{REGION}:123456789012:secret:database"}


class Failed(Exception):
    """The rehearsal found something; its text says what."""


class Worker:
    """A machine that has what is in git, and a stand-in to publish to."""

    def __init__(self, codegen, work, url):
        self.codegen = codegen
        self.folder = work / "publish"
        self.terraform = self.folder / "terraform"
        shutil.rmtree(self.folder, ignore_errors=True)
        ignored = shutil.ignore_patterns(".terraform", ".terraform.lock.hcl", "*.tfstate*", "*.tfplan", "artifacts")
        shutil.copytree("terraform", self.terraform, ignore=ignored)
        # Nothing of the caller's own AWS settings may lead to a real account.
        clean = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
        self.environment = clean | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "TF_IN_AUTOMATION": "1",
            "TF_VAR_secrets": json.dumps(SECRETS),
            "TERRAFORM_FOLDER": str(self.terraform),
        }

    def run(self, *command, **more):
        """Runs a command to its end and answers its output; its failure is the rehearsal's."""
        environment = self.environment | more
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            raise Failed(f"`{' '.join(command)}` failed:\n{done.stdout[-4000:]}")
        return done.stdout

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
        print(f"[publish] {len(artifacts)} zips are in the bucket under their hashes", flush=True)

    def check_plan(self, artifacts):
        """Terraform reads the file by itself, and builds nothing."""
        self.run("scripts/terraform.sh", "plan", ENVIRONMENT)
        plan = ("terraform", f"-chdir={self.terraform}", "show", "-json", f"{ENVIRONMENT}.tfplan")
        planned = {
            change["name"].replace("_", "-"): change["change"]["after"]
            for change in json.loads(self.run(*plan, TF_WORKSPACE=ENVIRONMENT))["resource_changes"]
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
        print("[publish] a plan without zips and Rust takes the published ones", flush=True)


def main(codegen, work):
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        worker = Worker(codegen, Path(work), f"http://{host}:{port}")
        worker.run("aws", "s3", "mb", f"s3://{BUCKET}")
        artifacts = worker.publish()
        worker.check_objects(artifacts)
        worker.check_plan(artifacts)
    except Failed as failure:
        print(f"[publish] {failure}", file=sys.stderr)
        return 1
    finally:
        server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
