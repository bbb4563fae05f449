"""How long `terraform plan` takes: a generated module beside the same wiring with `for_each` over maps.

usage: bench.py CODEGEN WORK [JOBS] [ROUNDS]

The peer has no alarms, so the module is there without them, too. All are planned by the real provider, with nothing
there, and over a state in which all is there and nothing is to be done. Sides take turns; medians of the time that
passed and of what all processes computed. Nothing is asked of AWS.
"""

import collections
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
PREPARE = HERE.parent.parent / "scripts" / "prepared_state.py"
PEER = "for_each"
# The generated sides, and whether they have alarms.
GENERATED = {"generated": True, "without_alarms": False}
SIDES = [*GENERATED, PEER]
PROVIDER = """
provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true
}
"""


def names(count):
    return [f"job-{number}" for number in range(count)]


def spec(count, alarms):
    """Writes a spec with one bus, and a rule on it for each job. 300 of them are as many as the quota allows."""
    events = {f"e.{job}": {"detail_type": f"E {job}", "external": True} for job in names(count)}
    jobs = {
        job: {"description": f"The work of {job}", "function": {"package": job}, "triggers": [{"event": f"e.{job}"}]}
        for job in names(count)
    }
    of_all = {"pipeline": "bench", "source": "bench", "bus": "bench", "events": events, "jobs": jobs}
    # Every JSON document is YAML.
    return json.dumps(of_all if alarms else of_all | {"alarms": False})


def artifacts(count):
    return {
        job: {"s3_bucket": "artifacts", "s3_key": f"{job}.zip", "source_code_hash": "aGFzaA=="} for job in names(count)
    }


def maps(count):
    """Returns what a caller of the peer writes."""
    return {
        "functions": {
            job: {"description": f"The work of {job}"} | artifact for job, artifact in artifacts(count).items()
        },
        "rules": {
            f"{job}-event": {
                "description": f"Runs {job} on the event e.{job}",
                "event_pattern": {
                    "source": ["bench"],
                    "detail-type": [f"E {job}"],
                    "detail": {"event_type": [f"e.{job}"]},
                },
            }
            for job in names(count)
        },
        "targets": {f"{job}-event": [{"name": job, "job": job}] for job in names(count)},
    }


def terraform(folder, *arguments):
    command = ["terraform", f"-chdir={folder}", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-4000:]}")
    return done.stdout


def module(arguments):
    lines = "".join(f"  {key} = {value}\n" for key, value in arguments.items())
    return f'{PROVIDER}\nmodule "pipeline" {{\n{lines}}}\n'


def root_modules(codegen, work, count):
    """Makes the folders of all sides, and initialises Terraform there."""
    folders = {}
    for side in SIDES:
        folders[side] = work / side / "terraform"
        shutil.rmtree(work / side, ignore_errors=True)
        folders[side].mkdir(parents=True)
    for side, alarms in GENERATED.items():
        spec_file = work / side / "pipeline.yaml"
        spec_file.write_text(spec(count, alarms))
        command = [codegen, "--spec", spec_file, "--format", "json", "generate"]
        subprocess.run(command, check=True, stdout=subprocess.PIPE)
    shutil.copytree(HERE / "peer", folders[PEER] / "pipeline")
    common = {"source": '"./pipeline"', "environment": '"dev"'}
    values = {side: {"artifacts": artifacts(count)} for side in GENERATED}
    values[PEER] = {"bus": "bench"} | maps(count)
    for side, folder in folders.items():
        given = values[side]
        (folder / "main.tf").write_text(module(common | {key: f"var.{key}" for key in given}))
        (folder / "variables.tf").write_text("".join(f'variable "{key}" {{}}\n' for key in given))
        (folder / "values.auto.tfvars.json").write_text(json.dumps(given))
        terraform(folder, "init", "-input=false")
    return folders


def prepare(folder):
    """Makes the state after an apply, and keeps it beside the place where Terraform looks for it."""
    subprocess.run([sys.executable, str(PREPARE), str(folder)], check=True)
    os.replace(folder / "terraform.tfstate", folder / "prepared.tfstate")


def planned(folder):
    """Counts the resources of each type that the last plan makes on AWS."""
    changes = json.loads(terraform(folder, "show", "-json", "plan"))["resource_changes"]
    # A job's targets are held together by one of Terraform's own, which the peer has not.
    return collections.Counter(change["type"] for change in changes if change["type"] != "terraform_data")


def check_same(folders):
    """Checks that the sides have the same resources, except alarms, and returns how many each side has."""
    resources = {side: planned(folders[side]) for side in SIDES}
    if resources["without_alarms"] != resources[PEER]:
        sys.exit(f"{resources['without_alarms']} are generated, and the peer has {resources[PEER]}")
    if not resources["generated"] > resources[PEER]:
        sys.exit(f"{resources['generated']} are generated, which is not all of {resources[PEER]}")
    return [resources[side].total() for side in SIDES]


def measure(folder, with_state):
    state = folder / "terraform.tfstate"
    state.unlink(missing_ok=True)
    if with_state:
        shutil.copy(folder / "prepared.tfstate", state)
    begin = time.monotonic(), computed()
    said = terraform(folder, "plan", "-input=false", "-no-color", "-refresh=false", "-out=plan")
    took = time.monotonic() - begin[0], computed() - begin[1]
    if ("No changes." in said) != with_state:
        sys.exit(f"not the plan that was to be measured:\n{said[-2000:]}")
    return took


def computed():
    """Returns the processor time of all ended processes: the time on the clock depends on what else runs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def compare(what, folders, rounds, with_state):
    times = {side: [] for side in SIDES}
    for number in range(rounds):
        for side in SIDES if number % 2 == 0 else reversed(SIDES):
            times[side].append(measure(folders[side], with_state))
            print(f"{what}, {side}: {times[side][-1]}", file=sys.stderr, flush=True)
    for place, unit in enumerate(["passed", "computed"]):
        medians = [statistics.median(took[place] for took in times[side]) for side in SIDES]
        seconds = " | ".join(f"{median:.1f}" for median in medians)
        ratios = " | ".join(f"{median / medians[-1]:.2f}" for median in medians[:-1])
        print(f"| {what}, seconds {unit} | {seconds} | {ratios} |", flush=True)


def main(codegen, work, count="300", rounds="3"):
    work, count, rounds = Path(work).resolve(), int(count), int(rounds)
    folders = root_modules(codegen, work, count)
    print(f"{count} jobs, medians of {rounds} rounds\n")
    print("| | Generated | Without alarms | `for_each` over maps | Ratio | Ratio without alarms |")
    print("|---|--:|--:|--:|--:|--:|", flush=True)
    compare("first plan", folders, rounds, with_state=False)
    totals = check_same(folders)
    for folder in folders.values():
        prepare(folder)
    compare("nothing to do", folders, rounds, with_state=True)
    print(f"\nresources: {totals[0]}, {totals[1]} and {totals[2]}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
