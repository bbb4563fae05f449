"""Takes over what Terraform has made already, out of its state.

usage: rehearse_state.py PROGRAMS WORK

Each folder of scripts/deployments/ is a root module of another kind. It is applied to a stand-in, imported with `codegen
import --state`, and planned in the same state, once the person has removed what the moved blocks name: the plan may move,
change tags, descriptions and defaults that are written out, and neither make nor destroy anything on AWS. A second plan is
empty. Then the same with a state of the pipeline's own.
"""

import collections
import json
import os
import shutil
import sys
from pathlib import Path

from rehearse_import import HARMLESS, Live
from stand_in import ENVIRONMENT, Failed, changed, rehearse

DEPLOYMENTS = Path(__file__).parent / "deployments"
PROVIDER = Path(__file__).parent.parent / "codegen/templates/common/terraform"
SECRET = "not-for-a-spec"
# The counts of what the first plan takes over, by type. `forgets` is what the state gives up and AWS keeps.
EXPECTED = {
    "hand": {
        "moves": {"aws_cloudwatch_event_rule": 4, "aws_cloudwatch_event_target": 4, "aws_lambda_permission": 2, "aws_scheduler_schedule": 1},
        "imports": {"aws_cloudwatch_event_rule": 2, "aws_cloudwatch_event_target": 2, "aws_lambda_permission": 3},
        "forgets": 7,
        "left": {
            'module.orders.aws_cloudwatch_event_rule.stays["both"]', 'module.orders.aws_cloudwatch_event_rule.stays["secret"]',
        },
    },
    "registry": {
        "moves": {"aws_cloudwatch_event_bus": 1, "aws_cloudwatch_event_rule": 4, "aws_cloudwatch_event_target": 4, "aws_lambda_permission": 3, "aws_scheduler_schedule": 1},
        "imports": {},
        "forgets": 3,
        "left": {
            'module.eventbridge["shop-dev"].aws_cloudwatch_event_rule.this["both"]',
            *(f'module.lambda.aws_lambda_permission.current_version_triggers["Allow-{rule}"]' for rule in ("crons", "orders", "paid")),
        },
    },
}  # fmt: skip


class Deployed(Live):
    """A stand-in with one of the deployments, which Terraform has made."""

    def __init__(self, programs, work, kind, own_state=False):
        super().__init__(programs, work / ("own-state" if own_state else "one-state"), kind)
        self.own_state = own_state
        self.root = self.folder / "old" if own_state else self.terraform
        self.spec = str(self.terraform.parent / "pipeline.yaml")

    def make(self):
        self.write_root("before")
        self.make_zip(self.root / "function.zip")
        self.terraform_in(self.root, "init", "-input=false")
        self.terraform_in(self.root, "apply", "-input=false", "-auto-approve")

    def write_root(self, when):
        """Writes the root module as it is before, or as a person makes it after the import."""
        folder = DEPLOYMENTS / self.pipeline
        others = shutil.ignore_patterns("before", "after")
        shutil.copytree(folder, self.root, ignore=others, dirs_exist_ok=True)
        shutil.copytree(folder / when, self.root, dirs_exist_ok=True)
        if self.own_state and when == "after":
            main = self.root / "main.tf"
            main.write_text(main.read_text().partition('module "pipeline"')[0])
        for name in ("providers.tf", "versions.tf"):
            text = (PROVIDER / name).read_text()
            # The old tags are others.
            (self.root / name).write_text(text.replace("@name@", "old"))

    def terraform_in(self, root, *arguments):
        # One folder of data for each root module.
        environment = self.environment
        self.environment = environment | {"TF_DATA_DIR": str((self.folder / f"data-{root.name}").resolve())}
        try:
            return self.run("terraform", f"-chdir={root}", *arguments)
        finally:
            self.environment = environment

    def plan_in(self, root):
        self.terraform_in(root, "init", "-input=false")
        self.terraform_in(root, "plan", "-input=false", "-out=import.tfplan")
        plan = json.loads(self.terraform_in(root, "show", "-json", "import.tfplan"))
        return [change for change in plan["resource_changes"] if change["mode"] == "managed"]

    def import_state(self):
        """Imports both forms of the state, which have to come to the same. Returns the report."""
        shown = self.folder / "state.json"
        shown.write_text(self.terraform_in(self.root, "show", "-json"))
        codegen = str(self.programs / "codegen")
        blocks = self.terraform / ("imports.tf" if self.own_state else "moved.tf")
        written = []
        for state in (self.root / "terraform.tfstate", shown):
            command = [
                codegen, "import", "--spec", self.spec, "--pipeline", "acme", "--environment", ENVIRONMENT, "--format", "json",
                "--state", str(state), "--force", *(["--own-state"] if self.own_state else []),
            ]  # fmt: skip
            report = self.run_with(command, (0, 1))
            spec = Path(self.spec).read_text().splitlines()[1:]
            written.append((spec, blocks.read_text(), {**json.loads(report), "root_module": None}))
            if any(SECRET in text for text in (report, *spec, blocks.read_text())):
                raise Failed("a secret of the state is in what was written")
        if written[0] != written[1]:
            raise Failed(f"the two forms of one state become {written}")
        self.run(codegen, "generate", "--spec", self.spec)
        return written[0][2]

    def check_moves(self, changes):
        """Checks a plan in the same state. Returns what it moves, imports and forgets."""
        moves, imports, forgets = collections.Counter(), collections.Counter(), 0
        for change in changes:
            kind, actions, address = change["type"], change["change"]["actions"], change["address"]
            if "delete" in actions or actions == ["create"] and kind != "terraform_data":
                raise Failed(f"the plan wants to {'-'.join(actions)} {address}: {changed(change['change'])}")
            if actions == ["forget"]:
                forgets += 1
            elif "importing" in change["change"]:
                imports[kind] += 1
            elif "previous_address" in change:
                moves[kind] += 1
            if actions == ["update"]:
                touched = set(changed(change["change"])) - HARMLESS.get(kind, set()) - {"tags", "tags_all"}
                if touched or not address.startswith("module.pipeline."):
                    raise Failed(f"the plan changes {sorted(touched)} of {address}")
        return moves, imports, forgets

    def check_counts(self, moves, imports, forgets):
        wanted = EXPECTED[self.pipeline]
        if (dict(moves), dict(imports), forgets) != (wanted["moves"], wanted["imports"], wanted["forgets"]):
            raise Failed(f"the plan moves {dict(moves)}, imports {dict(imports)} and forgets {forgets}")

    def check_report(self, report):
        left = {note["place"].partition(", target ")[0] for note in report["notes"] if note["kind"] == "left-out"}
        if left != EXPECTED[self.pipeline]["left"]:
            raise Failed(f"left out are {sorted(left)}")
        wrong = [note for note in report["notes"] if note["kind"] not in ("remark", "left-out")]
        if wrong or report["added"]:
            raise Failed(f"the list has {wrong}; added {report['added']}")

    def take_over(self):
        """Plans and applies in the same state."""
        self.write_root("after")
        moves, imports, forgets = self.check_moves(self.plan_in(self.root))
        self.check_counts(moves, imports, forgets)
        self.terraform_in(self.root, "apply", "-input=false", "import.tfplan")
        self.say(
            f"moves {moves.total()}, imports {imports.total()} that its state names by ARN, forgets {forgets}; "
            "adds nothing on AWS, destroys nothing"
        )

    def hand_over(self):
        """Plans and applies in a state of the pipeline's own, and lets the old one forget."""
        wanted = EXPECTED[self.pipeline]
        moves, imports, forgets = self.check_moves(self.plan_in(self.terraform))
        expected = collections.Counter(wanted["moves"]) + collections.Counter(wanted["imports"])
        if moves or forgets or imports != expected:
            raise Failed(f"the plan imports {dict(imports)}, and not {dict(expected)}")
        self.terraform_in(self.terraform, "apply", "-input=false", "import.tfplan")
        self.write_root("after")
        shutil.copy(self.terraform.parent / "removed.tf", self.root)
        moves, others, forgets = self.check_moves(self.plan_in(self.root))
        left = [place for place in wanted["left"] if "permission" in place]
        if moves or others or forgets != imports.total() + len(left):
            raise Failed(f"the old root module moves {dict(moves)}, imports {dict(others)} and forgets {forgets}")
        self.terraform_in(self.root, "apply", "-input=false", "import.tfplan")
        self.say(f"imports {imports.total()} into a state of its own, and the old state forgets {forgets}; adds and destroys nothing on AWS")

    def check_second_plan_in(self, root):
        for change in self.plan_in(root):
            if change["change"]["actions"] not in (["no-op"], ["read"]):
                raise Failed(f"the second plan wants {change['change']['actions']} of {change['address']}: {changed(change['change'])}")


def each(live):
    live.make()
    before = live.listed()
    live.check_report(live.import_state())
    if live.own_state:
        live.hand_over()
    else:
        live.take_over()
    after = live.listed()
    if before != after:
        raise Failed(f"{before} became {after}")
    for root in {live.root, live.terraform}:
        for name in ("imports.tf", "removed.tf"):
            (root / name).unlink(missing_ok=True)
        live.check_second_plan_in(root)
    live.say("every rule, target and schedule is as it was, and a second plan is empty")


def main(programs, work):
    programs, work = Path(programs).resolve(), Path(work).resolve()
    kinds = os.environ.get("DEPLOYMENTS", "hand registry").split()
    stand_ins = [Deployed(programs, work, kind, own_state) for kind in kinds for own_state in (False, True)]
    return 0 if rehearse(stand_ins, each) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
