"""Works on Terraform Cloud in the ways of docs/terraform.md, and makes the plan of a pull request as the workflow does.

usage: cloud.py PROGRAMS WORK [PART…]

PART is `machine`, `commits` or `pull-request`; without one all are tried, side by side, as they mostly wait.
Terraform Cloud is `cloud_api.Cloud`: its runs are the real Terraform, against moto. A person's machine has neither
credentials for AWS nor a way to any other host.
"""

import json
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cloud_person import Person, Place, expect
from cloud_pull_request import plan_of_a_pull_request
from stand_in import REGION, Failed

BUCKET = "artifacts-of-mail"


def from_a_machine(place, folder):
    """The runs that a person starts from a machine, with docs/terraform.md's commands."""
    person = Person(place, "shop", folder)
    person.new("shop", ", workspaces: { tags: [pipeline], project: Pipelines }")
    cloud = place.cloud
    person.run("make plan ENV=dev", "Required token could not be found", code=2)
    person.login()
    person.run("make plan ENV=dev", "failed to find workspace", code=2)
    workspace = place.workspace("dev", tags=["pipeline"])
    person.run("make plan ENV=dev", "Plan: 46 to add", "Saved the plan to: dev.tfplan")
    person.check_upload(workspace)
    terraform = "TF_WORKSPACE=dev terraform -chdir=terraform"
    person.run(f"{terraform} show -no-color dev.tfplan", "planned and saved (confirmable)")
    person.run(f"{terraform} show -json dev.tfplan", '"format_version"')
    person.run("scripts/terraform.sh apply dev", "Apply complete! Resources: 46 added")
    person.run(f"{terraform} output", 'event_bus_name = "shop-dev"')
    person.run(f"{terraform} state list", "module.pipeline.aws_lambda_function.accept")
    # What was deployed is on the account that the workspace's role leads to.
    functions = place.account.client("lambda").list_functions()["Functions"]
    found = sorted(function["FunctionName"] for function in functions if function["FunctionName"].startswith("shop-"))
    if found != ["shop-accept-dev", "shop-thank-dev"]:
        raise Failed(f"{found} are deployed")
    person.run("make plan ENV=dev", "Plan: 0 to add", "0 to destroy")
    gaps = {gap["type"] for gap in json.loads(Path("scripts/known-gaps.json").read_text())["moto"]}
    changes = cloud.last(workspace).full["resource_changes"]
    changed = {change["type"] for change in changes if change["change"]["actions"] not in (["no-op"], ["read"])}
    expect(changed <= gaps, f"the second plan changes {changed}")
    # What the machine's variables say goes with the run.
    topic = f"arn:aws:sns:{REGION}:123456789012:alarms"
    person.run("scripts/terraform.sh preview dev", "to change", topic, "You didn't use the -out option", TF_VAR_alarm_topic_arn=topic)
    expect(cloud.last(workspace).is_speculative, "a preview can be applied")
    person.run("make destroy ENV=dev", "Do you really want to destroy all resources", "Destroy discarded", code=2, answer="no\n")
    person.run("make destroy ENV=dev", "Apply complete! Resources: 0 added, 0 changed, 46 destroyed", answer="yes\n")
    expect(not workspace.states[-1].parsed["resources"], "something is left after `make destroy`")
    return person


def by_commits(place, folder):
    """The runs that commits start, and what a machine can do beside them."""
    person = Person(place, "mail", folder)
    person.new("mail", ", driven_by: vcs")
    cloud, account = place.cloud, place.account
    account.client("s3").create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    credentials = {key: value for key, value in account.environment.items() if key.startswith("AWS_")}
    # `codegen publish` asks AWS, which is here on loopback.
    person.run(f"make publish BUCKET={BUCKET}", "accept", **credentials)
    git = "git -c user.name=Ada -c user.email=ada@example"
    # .env and target/ are ignored, as everywhere.
    person.run("printf '.env\\n' >> .gitignore")
    person.run(f"git init --quiet --initial-branch main && git add . && {git} commit --quiet --message 'Begin'")
    person.login()
    # Many pipelines share an organization, so the workspace's name says which one it is.
    workspace = place.workspace("mail-dev", working_directory="terraform", repository=person.folder)
    workspace.set("environment", "dev")

    reviewed = cloud.commit(workspace, "main", pull_request=True)
    reviewed.wait()
    expect(reviewed.status == "planned_and_finished" and "46 to add" in reviewed.text(), reviewed.text())
    merged = cloud.commit(workspace)
    expect(merged.wait("planned") == "planned", merged.text())
    cloud.confirm(merged)
    expect(merged.wait() == "applied", merged.text("apply"))
    person.say("a commit is planned, confirmed and applied: " + merged.text("apply").strip().splitlines()[-2])

    chosen = {"TERRAFORM_WORKSPACE": "mail-dev"}
    person.run(
        "make apply ENV=dev", "Commits drive the workspace mail-dev", "You didn't use the -out option",
        "error: there is no plan to apply in terraform/dev.tfplan", "merge to its branch", code=2, **chosen,
    )  # fmt: skip
    expect(cloud.last(workspace).is_speculative, "a plan from a machine can be applied to a connected workspace")
    person.check_upload(workspace, "terraform/")
    person.run("TF_WORKSPACE=mail-dev terraform -chdir=terraform output", 'event_bus_name = "mail-dev"')
    person.run("make destroy ENV=dev", "error: commits drive the workspace mail-dev", "Queue destroy plan", code=2, **chosen)
    expect(len(workspace.states[-1].parsed["resources"]) > 20, "the workspace is empty")

    gone = cloud.start(workspace, **{"is-destroy": True})
    expect(gone.wait("planned") == "planned", gone.text())
    cloud.confirm(gone)
    expect(gone.wait() == "applied", gone.text("apply"))
    expect(not workspace.states[-1].parsed["resources"], "something is left after the destroy plan")
    person.say("destroyed from the workspace's page: " + gone.text("apply").strip().splitlines()[-2])
    return person


PARTS = {"machine": from_a_machine, "commits": by_commits, "pull-request": plan_of_a_pull_request}


def main(programs, work, *names):
    place = Place(Path(programs), Path(work))
    parts = [PARTS[name] for name in names or PARTS]
    failed = False
    try:
        place.account.wait_until_healthy()
        with tempfile.TemporaryDirectory(prefix="cloud-") as outside, ThreadPoolExecutor(len(parts)) as pool:
            started = []
            for part in parts:
                folder = Path(outside) / part.__name__
                folder.mkdir()
                started.append(pool.submit(part, place, folder))
            for part in started:
                try:
                    part.result().tell()
                except Failed as failure:
                    print(failure, file=sys.stderr)
                    failed = True
    finally:
        place.account.stop()
    # A request that the stand-in does not know is a gap of the stand-in, and every other host is one too many.
    for what, found in (("unknown", place.cloud.unknown), ("refused", place.server.refused), ("broken", place.server.broken)):
        if found:
            print(f"{what}: {found}", file=sys.stderr)
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
