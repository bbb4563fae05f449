"""The plan of a pull request: the steps of .github/workflows/ci.yml, as they stand there, in a clone of this repository."""

import json
import shutil
import subprocess
from pathlib import Path

from cloud_github import GITHUB_TOKEN, PULL_REQUEST, REPOSITORY
from cloud_person import ORGANIZATION, TOKEN, Person, expect
from workflow_steps import steps

# What stands in the workflow's expressions.
VALUES = {
    "vars.PLAN_ENVIRONMENT || 'dev'": "dev",
    "vars.PLAN_WORKSPACE": "spendsense-dev",
    "vars.TF_CLOUD_ORGANIZATION": ORGANIZATION,
    "secrets.TF_API_TOKEN": TOKEN,
    "github.token": GITHUB_TOKEN,
    "github.event.pull_request.number": PULL_REQUEST,
}
# The steps that are run here. What installs and builds comes before them; its zips are made up.
STEPS = [
    "scripts/cloud-block.sh terraform",
    'scripts/plan-text.sh "$ENVIRONMENT" plan.txt',
    'python3 scripts/plan_comment.py "$ENVIRONMENT" plan.txt',
    "python3 scripts/change_comment.py change.md",
]
# A schedule of the pipeline, and what it was before.
EARLIER, LATER = "cron(0 1 * * ? *)", "cron(30 2 * * ? *)"
JOBS = ["assign-persona", "compute-features", "generate-recommendations"]
# Of this repository, with zips of its functions that are this long.
ZIP_BYTES = 200_000


def clone(folder):
    """Copies what git has or would have of this repository."""
    listed = subprocess.check_output(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
    for path in filter(None, listed.decode().split("\0")):
        if Path(path).is_file():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, folder / path)
    artifacts = folder / "terraform" / "artifacts"
    artifacts.mkdir()
    for job in JOBS:
        (artifacts / f"{job}.zip").write_bytes(bytes(ZIP_BYTES))
    variables = {"artifacts": {job: {"architecture": "arm64"} for job in JOBS}}
    (artifacts / "artifacts.tfvars.json").write_text(json.dumps(variables))


def change_is_shown(place, person, step):
    """Shows what a change of the spec means, and what the next push means in the same comment."""
    spec = person.folder / "pipeline.yaml"
    # Outside the clone: what is uploaded is looked at later.
    before = place.work / "before.yaml"
    text = spec.read_text()
    expect(EARLIER in text, f"{spec} has no `{EARLIER}`")
    for changed, wanted, done in [(text.replace(EARLIER, LATER), LATER, "wrote"), (text, "othing changes", "updated")]:
        before.write_text(changed)
        person.run(f"codegen diff --format markdown --against {before} > change.md")
        step(STEPS[3], f"{done} the comment on pull request {PULL_REQUEST}")
        (ours,) = place.github.ours()
        expect(wanted in ours["body"], ours["body"])
        person.say(f"the comment of what a change means:\n{ours['body']}")
    (person.folder / "change.md").unlink()


def plan_of_a_pull_request(place, folder):
    clone(folder)
    person = Person(place, "pull-request", folder)
    workspace = place.workspace("spendsense-dev")
    workspace.set("secrets", '{ database = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:d" }', hcl=True)
    of_plan = {step.run: step for step in steps() if step.job == "plan"}
    github = {"GITHUB_REPOSITORY": REPOSITORY, "GITHUB_API_URL": "https://api.github.com"}

    def step(run, *wanted, code=0, **changed):
        environment = of_plan[run].filled(VALUES)
        tokens = [value for value in environment.values() if value in (TOKEN, GITHUB_TOKEN)]
        expect(len(tokens) == (run != STEPS[0]), f"`{run}` sees {len(tokens)} tokens")
        return person.run(run, *wanted, code=code, **github | environment | changed)

    change_is_shown(place, person, step)
    step(STEPS[0])
    step(STEPS[1], "Plan: ", "You didn't use the -out option")
    run = place.cloud.last(workspace)
    expect(run.is_speculative and run.status == "planned_and_finished", "the plan can be applied")
    step(STEPS[2], f"wrote the comment on pull request {PULL_REQUEST}")
    ours = place.github.ours()[-1]
    begin, end = ours["body"][:900], ours["body"][-400:]
    expect(ours["body"].startswith("<!-- plan dev -->\n### Plan for `dev`\n\nPlan: ") and run.id in begin, begin)
    person.say(f"the comment of {len(ours['body'])} characters:\n{begin}\n[…]\n{end}")
    person.check_upload(workspace)

    # The next push: the comment is the same one, and says what went wrong.
    step(STEPS[1], "unauthorized", code=1, TF_TOKEN_app_terraform_io="an-old-token")
    step(STEPS[2], f"updated the comment on pull request {PULL_REQUEST}")
    change, ours = place.github.ours()
    expect(change["body"].startswith("<!-- change of the spec -->"), change["body"])
    expect("Plan: " not in ours["body"] and "Error: " in ours["body"], ours["body"])
    person.say("the comment of a plan that failed:\n" + ours["body"])
    return person
