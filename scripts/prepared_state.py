"""Writes the Terraform state of a folder as an apply would leave it, without applying anything anywhere.

usage: prepared_state.py FOLDER

What only AWS knows, as ids, ARNs and URLs, is made up; what refers to it is Terraform's own work: the folder is
planned again and again, and each plan taken for done, until one has nothing left to do. Over such a state
`terraform plan -refresh=false` tells what the real provider would change, move or replace, without an account.
Terraform has to be initialised in the folder, and nothing in it may read from AWS.
"""

import json
import subprocess
import sys
from pathlib import Path

ACCOUNT = "123456789012"
REGION = "eu-central-1"
PROVIDER = 'provider["registry.terraform.io/hashicorp/aws"]'
BUILT_IN = 'provider["terraform.io/builtin/terraform"]'
# More plans than the longest chain of references in a pipeline.
PLANS_MAX = 8


def arn(service, resource, region=REGION):
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{resource}"


def of_rule(values):
    bus = values.get("event_bus_name") or "default"
    path = values["name"] if bus == "default" else f"{bus}/{values['name']}"
    return {"id": path, "arn": arn("events", f"rule/{path}")}


def of_queue(values):
    url = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{values['name']}"
    return {"id": url, "url": url, "arn": arn("sqs", values["name"])}


def named(key, service, kind, region=REGION):
    return lambda values: {"id": values[key], "arn": arn(service, f"{kind}{values[key]}", region)}


# Values that AWS would return, by type. Other types get only an id.
ANSWERS = {
    "aws_cloudwatch_event_bus": named("name", "events", "event-bus/"),
    "aws_cloudwatch_event_rule": of_rule,
    "aws_lambda_function": named("function_name", "lambda", "function:"),
    "aws_iam_role": lambda values: named("name", "iam", "role/", region="")(values) | {"managed_policy_arns": []},
    "aws_sqs_queue": of_queue,
    "aws_cloudwatch_log_group": named("name", "logs", "log-group:"),
    "aws_scheduler_schedule": named("name", "scheduler", "schedule/default/"),
}


def attributes(resource):
    planned = resource.get("values", {})
    values = {key: value for key, value in planned.items() if value is not None}
    if resource["type"] == "terraform_data":
        # A list of texts may be of any type, so a state says the type beside it.
        texts = values.get("input", [])
        typed = {"value": texts, "type": ["tuple", ["string"] * len(texts)]}
        return planned | {"id": resource["address"], "input": typed, "output": typed}
    made_up = ANSWERS.get(resource["type"], lambda _: {"id": resource["address"]})(values)
    if "tags" in planned:
        made_up["tags_all"] = planned["tags"] or {}
    return planned | {key: value for key, value in made_up.items() if key not in values}


def resources(module):
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from resources(child)


def state(plan):
    """Returns the state after a plan: a resource with an instance for each of its indices."""
    found = {}
    for resource in resources(plan["planned_values"]["root_module"]):
        if resource["mode"] != "managed":
            continue
        path, _, _ = resource["address"].rpartition(f"{resource['type']}.{resource['name']}")
        provider = BUILT_IN if resource["type"] == "terraform_data" else PROVIDER
        entry = {"mode": "managed", "type": resource["type"], "name": resource["name"], "provider": provider}
        if path:
            entry["module"] = path.rstrip(".")
        entry = found.setdefault((path, resource["type"], resource["name"]), entry | {"instances": []})
        instance = {"schema_version": resource["schema_version"], "attributes": attributes(resource)}
        if "index" in resource:
            instance["index_key"] = resource["index"]
        entry["instances"].append(instance)
    return {
        "version": 4,
        "terraform_version": plan["terraform_version"],
        "serial": 1,
        "lineage": "prepared",
        "resources": list(found.values()),
    }


def terraform(folder, *arguments):
    done = subprocess.run(["terraform", f"-chdir={folder}", *arguments], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"terraform {' '.join(arguments)} failed:\n{done.stdout}")
    return done.stdout


def main(folder):
    for _ in range(PLANS_MAX):
        terraform(folder, "plan", "-input=false", "-no-color", "-refresh=false", "-out=prepared.tfplan")
        plan = json.loads(terraform(folder, "show", "-json", "prepared.tfplan"))
        (Path(folder) / "terraform.tfstate").write_text(json.dumps(state(plan)))
        left = [change["address"] for change in plan["resource_changes"] if change["change"]["actions"] != ["no-op"]]
        if not left:
            return
    sys.exit(f"after {PLANS_MAX} plans there is still something to do: {left}")


if __name__ == "__main__":
    main(*sys.argv[1:])
