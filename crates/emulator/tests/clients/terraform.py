"""Applies Terraform's provider to the local bus: what it makes is as it wants it, a change is taken, and nothing is left.

    terraform.py CODEGEN CONFIGURATION

CODEGEN is the binary, CONFIGURATION a file for Terraform's CLI. The pipeline is a new one whose function is never run. It takes
some minutes: the provider waits for 25 seconds after each change of a queue, as AWS takes as long.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

codegen, configuration = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
HERE = pathlib.Path(__file__).parent / "terraform"
SPEC = """
pipeline: tried
source: tried
events: { tried.event: { detail_type: Tried, external: true } }
jobs:
  job:
    function: { zip: a.zip, runtime: python3.13, handler: a.b, local: { command: ["false"] } }
    triggers: [{ event: tried.event }]
"""


def terraform(folder, *arguments, statuses=(0,)):
    command = ["terraform", arguments[0], "-no-color", *arguments[1:]]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode not in statuses:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


def planned(folder, *variables):
    """Plans, and returns how many resources are made, changed and removed."""
    plan = terraform(folder, "plan", "-detailed-exitcode", "-out=plan", *variables, statuses=(0, 2))
    shown = json.loads(terraform(folder, "show", "-json", "plan").stdout)
    changes = [(one["address"], one["change"]["actions"]) for one in shown.get("resource_changes", [])]
    return [change for change in changes if change[1] not in (["no-op"], ["read"])], plan.stdout


def queues(endpoint):
    state = json.load(urllib.request.urlopen(endpoint + "/_/state"))
    return [queue["name"] for queue in state["queues"]]


# Apart from the pipeline: a file that changes beside a spec would make the bus take it over again, without these rules.
with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as other:
    folder = pathlib.Path(folder)
    (folder / "pipeline.yaml").write_text(SPEC)
    ready = folder / "ready.json"
    bus = subprocess.Popen([codegen, "dev", "--port", "0", "--ready-file", ready], cwd=folder, stdout=subprocess.DEVNULL)
    try:
        while not ready.exists():
            assert bus.poll() is None, "the bus has ended"
            time.sleep(0.05)
        endpoint = json.loads(ready.read_text())["endpoint"]
        os.environ.update(
            AWS_ENDPOINT_URL=endpoint, AWS_REGION="us-east-1", AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x",
            AWS_EC2_METADATA_DISABLED="true", TF_CLI_CONFIG_FILE=str(configuration),
            TF_VAR_function="tried-job-local", CHECKPOINT_DISABLE="1", TF_INPUT="0",
        )
        before = queues(endpoint)
        root = pathlib.Path(other, "root")
        shutil.copytree(HERE, root)
        terraform(root, "init")
        made, _ = planned(root)
        kinds = {address.split(".")[0] for address, _ in made}
        terraform(root, "apply", "plan")
        for number in (1, 2):
            if number == 2:
                changed, text = planned(root, "-var=round=2")
                # Only what has a new name is made anew.
                anew = {address for address, actions in changed if "create" in actions}
                assert anew <= {
                    "aws_lambda_permission.hourly", "aws_cloudwatch_event_permission.organisation",
                }, anew
                assert len(changed) > 20, text
                terraform(root, "apply", "plan")
            left, text = planned(root, f"-var=round={number}")
            assert not left, f"round {number}: the second plan is not empty:\n{text}"
        terraform(root, "destroy", "-auto-approve")
        assert queues(endpoint) == before, queues(endpoint)
        print(f"{len(made)} resources of {len(kinds)} kinds were made, changed and removed, and each second plan was empty")
    finally:
        bus.terminate()
        bus.wait()
