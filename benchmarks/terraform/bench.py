"""How long `terraform plan` takes: a generated module beside the same wiring with `for_each` over maps.

usage: bench.py CODEGEN WORK [JOBS] [ROUNDS]

Both are planned by the real provider, once with nothing there, and once over a state in which all is there and
nothing is to be done. Sides take turns; medians. Nothing is asked of AWS.
"""

import collections
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
PREPARE = HERE.parent.parent / "scripts" / "prepared_state.py"
SIDES = ["generated", "for_each"]
MODES = {"first plan": False, "plan with nothing to do": True}
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


def spec(count):
    """One bus, and a rule on it for each job: as many as the quota allows when there are 300."""
    events = {f"e.{job}": {"detail_type": f"E {job}", "external": True} for job in names(count)}
    jobs = {
        job: {"description": f"The work of {job}", "function": {"package": job}, "triggers": [{"event": f"e.{job}"}]}
        for job in names(count)
    }
    # JSON is YAML.
    return json.dumps({"pipeline": "bench", "source": "bench", "bus": "bench", "events": events, "jobs": jobs})


def artifacts(count):
    return {
        job: {"s3_bucket": "artifacts", "s3_key": f"{job}.zip", "source_code_hash": "aGFzaA=="} for job in names(count)
    }


def maps(count):
    """What a caller of the peer writes."""
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


def prepare(codegen, work, count):
    """Root modules of both sides, and the state of each after an apply."""
    folders = {}
    for side in SIDES:
        folders[side] = work / side / "terraform"
        shutil.rmtree(work / side, ignore_errors=True)
        folders[side].mkdir(parents=True)
    spec_file = work / "generated" / "pipeline.yaml"
    spec_file.write_text(spec(count))
    subprocess.run([codegen, "--spec", spec_file, "--format", "json", "generate"], check=True, stdout=subprocess.PIPE)
    shutil.copytree(HERE / "peer", folders["for_each"] / "pipeline")
    common = {"source": '"./pipeline"', "environment": '"dev"'}
    values = {
        "generated": {"artifacts": artifacts(count)},
        "for_each": {"bus": "bench"} | maps(count),
    }
    for side, folder in folders.items():
        given = values[side]
        (folder / "main.tf").write_text(module(common | {key: f"var.{key}" for key in given}))
        (folder / "variables.tf").write_text("".join(f'variable "{key}" {{}}\n' for key in given))
        (folder / "values.auto.tfvars.json").write_text(json.dumps(given))
        terraform(folder, "init", "-input=false")
        print(f"preparing the state of {side}", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, str(PREPARE), str(folder)], check=True)
        os.replace(folder / "terraform.tfstate", folder / "prepared.tfstate")
    return folders


def resources(folder):
    """How many of each kind are in the prepared state, by what they are called on AWS."""
    state = json.loads((folder / "prepared.tfstate").read_text())
    counted = collections.Counter()
    for resource in state["resources"]:
        counted[resource["type"]] += len(resource["instances"])
    return counted


def check_same(folders):
    """The peer has all that it is compared by; what the generated module has beyond counts against that."""
    generated, peer = (resources(folders[side]) for side in SIDES)
    for kind, count in peer.items():
        if generated[kind] != count:
            sys.exit(f"{generated[kind]} {kind} generated and {count} by the peer: not the same wiring")
    return sum(generated.values()), sum(peer.values())


def measure(folder, with_state):
    state = folder / "terraform.tfstate"
    state.unlink(missing_ok=True)
    if with_state:
        shutil.copy(folder / "prepared.tfstate", state)
    begin = time.monotonic()
    said = terraform(folder, "plan", "-input=false", "-no-color", "-refresh=false", "-out=plan")
    took = time.monotonic() - begin
    if ("No changes." in said) != with_state:
        sys.exit(f"not the plan that was to be measured:\n{said[-2000:]}")
    return took


def main(codegen, work, count="300", rounds="5"):
    work, count, rounds = Path(work).resolve(), int(count), int(rounds)
    folders = prepare(codegen, work, count)
    totals = check_same(folders)
    print(f"{count} jobs: {totals[0]} resources generated, {totals[1]} with for_each", flush=True)
    print("| | Generated | `for_each` over maps | Ratio |\n|---|--:|--:|--:|", flush=True)
    for mode, with_state in MODES.items():
        times = {side: [] for side in SIDES}
        for number in range(rounds):
            for side in SIDES if number % 2 == 0 else reversed(SIDES):
                times[side].append(measure(folders[side], with_state))
        generated, peer = (statistics.median(times[side]) for side in SIDES)
        print(f"| {mode} | {generated:.1f} s | {peer:.1f} s | {generated / peer:.2f} |", flush=True)
        print(f"{mode}: {times}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
