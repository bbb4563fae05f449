"""Deploys every example to stand-ins for AWS and checks what came of it.

usage: rehearse_examples.py PROGRAMS WORK

PROGRAMS is the folder of the commands. What an example takes for granted, such as a function of others or a key, is
made on the stand-in first. The functions are a program that does nothing: none of them is invoked.
"""

import io
import json
import shutil
import sys
import zipfile
from pathlib import Path

from stand_in import ENVIRONMENT, REGION, ROOT_MODULE_ALONE, SERVERS, Failed, StandIn, rehearse

# For each example: the pipeline's name, and the jobs whose functions Terraform makes.
EXAMPLES = {
    "orders": ("shop", ["bill", "pack"]),
    "digest": ("digest", ["collect", "send", "audit"]),
    "settlement": ("bank", ["settle"]),
    "newsletter": ("newsletter", ["write", "send"]),
    "mailing": ("mailing", ["address", "count", "mail"]),
    "billing": ("billing", []),
    "dunning": ("dunning", []),
    "shop": ("webshop", ["accept", "remind", "import-invoice", "mail"]),
}
# Examples that are applied once alone. moto 5.2 returns a redrive policy with other spaces, so Terraform sets the queue's
# attributes again, and with that moto forgets the queue's policy.
APPLIED_ONCE = {("mailing", "moto"), ("webshop", "moto")}
# Jobs whose function has versions, by pipeline.
WITH_VERSIONS = {"bank": "settle"}
PROVIDER = """
provider "aws" {}
"""


class Example(StandIn):
    """A stand-in with a root module for an example."""

    def __init__(self, name, programs, work, example):
        pipeline, jobs = EXAMPLES[example]
        folder = Path("examples") / example
        super().__init__(name, programs, work / example, pipeline, str(folder / "pipeline.yaml"))
        root = folder / "terraform"
        self.has_root = (root / "main.tf").exists()
        if self.has_root:
            shutil.copytree(root, self.terraform, ignore=ROOT_MODULE_ALONE)
        else:
            shutil.copytree(root / "pipeline", self.terraform / "pipeline")
        self.function = self.terraform / "function.zip"
        self.function.write_bytes(nothing())
        artifact = {"path": str(self.function.resolve()), "architecture": None}
        self.variables = {"environment": ENVIRONMENT, "artifacts": dict.fromkeys(jobs, artifact)}

    def prepare(self):
        """Makes the resources that the example expects, and the root module with their ARNs. An example that has a root
        module of its own is planned for each of its environments."""
        PREPARE[self.pipeline](self)
        if self.has_root:
            self.plan_each()
            return
        self.write_module()
        (self.terraform / "providers.tf").write_text(PROVIDER)
        environments = self.terraform / "environments"
        environments.mkdir()
        (environments / f"{ENVIRONMENT}.tfvars").touch()

    def write_module(self):
        module = {"source": "./pipeline", **self.variables}
        (self.terraform / "main.tf.json").write_text(json.dumps({"module": {"pipeline": module}}))

    def plan_each(self):
        """Plans every environment, of which each says values of its own."""
        artifacts = {"artifacts": self.variables["artifacts"]}
        # The secrets that the environments name are not here.
        self.options = [f"-var=secrets={json.dumps(self.variables['secrets'])}"]
        folder = self.terraform / "artifacts"
        folder.mkdir()
        (folder / "artifacts.tfvars.json").write_text(json.dumps(artifacts))
        for environment in sorted(path.stem for path in (self.terraform / "environments").glob("*.tfvars")):
            self.run("scripts/terraform.sh", "plan", environment, *self.options)
            plan = self.terraform_json(f"{environment}.tfplan", workspace=environment)
            made = len([one for one in plan["resource_changes"] if one["change"]["actions"] == ["create"]])
            values = plan["variables"]["values"]["value"]
            self.say(f"{environment}: {made} resources planned with {json.dumps(values)}")

    def check_roll_back(self, job):
        """Checks that the alias follows each deployment, until the variable names an older version."""
        function = f"{self.pipeline}-{job}-{ENVIRONMENT}"

        def apply():
            self.run("scripts/terraform.sh", "plan", ENVIRONMENT, *self.options)
            self.run("scripts/terraform.sh", "apply", ENVIRONMENT)
            return self.client("lambda").get_alias(FunctionName=function, Name="live")["FunctionVersion"]

        first = apply()
        self.function.write_bytes(nothing("exit 0\n"))
        second = apply()
        self.variables["versions"] = {job: first}
        self.write_module()
        back = apply()
        if second == first or back != first:
            raise Failed(f"the alias went from version {first} to {second}, and back to {back}")
        self.say(f"a new build became version {second}; `versions` went back to {first}")


def make_function(stand_in, name):
    """Makes a function of others."""
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    role = stand_in.client("iam").create_role(RoleName=f"of-{name}", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    stand_in.client("lambda").create_function(
        FunctionName=name, Runtime="provided.al2023", Handler="bootstrap", Role=role, Code={"ZipFile": nothing()},
    )  # fmt: skip


def prepare_shop(stand_in):
    make_function(stand_in, "warehouse-notifications")
    stand_in.variables["secrets"] = {"payments": stand_in.keep_secret("payments", "secret")}


def prepare_digest(_):
    pass


def prepare_bank(stand_in):
    network = stand_in.client("ec2")
    vpc = network.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = network.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group = network.create_security_group(VpcId=vpc, GroupName="private", Description="private")["GroupId"]
    layer = stand_in.client("lambda").publish_layer_version(LayerName="insights", Content={"ZipFile": nothing()})
    stand_in.variables |= {
        "secrets": {"ledger": stand_in.keep_secret("ledger", "secret")},
        "networks": {"private": {"subnet_ids": [subnet], "security_group_ids": [group]}},
        "layers": {"insights": layer["LayerVersionArn"]},
        "kms_keys": {"payments": stand_in.client("kms").create_key()["KeyMetadata"]["Arn"]},
        "destinations": {
            "dunning": f"arn:aws:states:{REGION}:000000000000:stateMachine:dunning",
            "headquarters": f"arn:aws:events:{REGION}:999999999999:event-bus/headquarters",
        },
    }


def prepare_newsletter(stand_in):
    make_function(stand_in, "reader-statistics")
    functions = stand_in.client("lambda")
    version = functions.publish_version(FunctionName="reader-statistics")["Version"]
    functions.create_alias(FunctionName="reader-statistics", Name="live", FunctionVersion=version)


def prepare_webshop(stand_in):
    functions = stand_in.client("lambda")
    for environment in ("dev", "staging", "prod"):
        name = f"legacy-tax-{environment}"
        make_function(stand_in, name)
        version = functions.publish_version(FunctionName=name)["Version"]
        functions.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
    key = json.dumps({"api_key": "a key"})
    stand_in.variables["secrets"] = {"crm": stand_in.keep_secret("crm", key)}


def prepare_billing(stand_in):
    make_function(stand_in, "acme-issue")
    make_function(stand_in, "acme-collect")


def prepare_dunning(stand_in):
    make_function(stand_in, "acme-remind")
    # The other pipeline makes its bus.
    stand_in.client("events").create_event_bus(Name=f"billing-{ENVIRONMENT}")


PREPARE = {
    "billing": prepare_billing,
    "dunning": prepare_dunning,
    "webshop": prepare_webshop,
    "shop": prepare_shop,
    "digest": prepare_digest,
    "bank": prepare_bank,
    "newsletter": prepare_newsletter,
    "mailing": prepare_digest,
}


def nothing(end=""):
    """Makes the zip of a program that does nothing."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        bootstrap = zipfile.ZipInfo("bootstrap")
        bootstrap.external_attr = 0o755 << 16
        archive.writestr(bootstrap, f"#!/bin/sh\n{end}")
    return content.getvalue()


def each(stand_in):
    stand_in.prepare()
    stand_in.deploy()
    stand_in.say(f"applied {len(stand_in.resources())} resources")
    if (stand_in.pipeline, stand_in.name) in APPLIED_ONCE:
        broken = stand_in.check_found()
        # What Terraform does not know of would keep it from destroying the rest.
        for of in broken:
            if not of.is_seen_by_terraform:
                of.mend()
        stand_in.say(f"verify is clean, and finds all {len(broken)} things broken by hand; nothing is applied a second time")
    else:
        stand_in.check_verify()
    if stand_in.pipeline in WITH_VERSIONS:
        stand_in.check_roll_back(WITH_VERSIONS[stand_in.pipeline])
    stand_in.destroy()


def main(programs, work, *examples):
    programs, work = Path(programs).resolve(), Path(work)
    passed = True
    for example in examples or EXAMPLES:
        stand_ins = [Example(name, programs, work, example) for name in SERVERS]
        passed &= rehearse(stand_ins, each)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
