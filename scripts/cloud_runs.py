"""What a machine of Terraform Cloud does with a run: the real Terraform, in a folder that holds only what was uploaded or
committed, with the variables of the workspace, and with no program but Terraform on its path."""

import io
import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

# The state comes from the workspace, so what the configuration says of a backend does not count here.
BACKEND = {"terraform": {"backend": {"local": {"path": "terraform.tfstate"}}}}
OVERRIDE = "zzz_backend_override.tf.json"
# Programs that would build a function.
BUILDERS = ["cargo", "rustc", "rustup", "zig", "cargo-zigbuild", "codegen", "make", "git", "python3", "node"]


class Machine:
    """A machine that is new for every plan and every apply, and what it may use from outside."""

    def __init__(self, folder):
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.path = folder / "bin"
        self.path.mkdir()
        (self.path / "terraform").symlink_to(shutil.which("terraform"))
        found = [program for program in BUILDERS if shutil.which(program, path=str(self.path))]
        assert not found, f"{found} are on the path of a run"
        self.given = {name: os.environ[name] for name in ["TF_CLI_CONFIG_FILE"] if name in os.environ}
        self.schemas = {}

    def work(self, run, phase):
        """Lays out a folder for a phase of a run: the configuration, the state and the variables."""
        folder = self.folder / run.id / phase
        (folder / "config").mkdir(parents=True)
        with tarfile.open(fileobj=io.BytesIO(run.configuration.archive)) as archive:
            archive.extractall(folder / "config", filter="tar")
        return Work(self, run, folder)


class Work:
    def __init__(self, machine, run, folder):
        self.machine = machine
        self.run = run
        self.workspace = run.workspace
        self.module = folder / "config" / self.workspace.working_directory
        if not self.module.is_dir():
            raise Broken(f"there is no folder {self.workspace.working_directory} in what this run has")
        (self.module / OVERRIDE).write_text(json.dumps(BACKEND))
        # The name of the workspace is what `terraform.workspace` is.
        states = self.module / "terraform.tfstate.d" / self.workspace.name
        states.mkdir(parents=True)
        self.state = states / "terraform.tfstate"
        # The variables of the workspace override what is uploaded as *.auto.tfvars, and those of the run override both:
        # https://developer.hashicorp.com/terraform/cloud-docs/variables
        variables = [of for of in self.workspace.variables.values() if of["category"] == "terraform"]
        (self.module / "workspace.tfvars").write_text(
            "".join(f"{of['key']} = {of['value'] if of['hcl'] else json.dumps(of['value'])}\n" for of in variables)
        )
        home = folder / "home"
        home.mkdir()
        self.environment = machine.given | {
            "PATH": str(machine.path),
            "HOME": str(home),
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
            "TF_WORKSPACE": self.workspace.name,
            "CHECKPOINT_DISABLE": "1",
        }
        self.environment |= {of["key"]: of["value"] for of in self.workspace.variables.values() if of["category"] == "env"}

    def terraform(self, *arguments, log=None):
        """Runs Terraform, with its output into the log of the run, or returned."""
        done = subprocess.Popen(
            [str(self.machine.path / "terraform"), *arguments],
            cwd=self.module,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if log is not None else subprocess.PIPE,
        )
        if log is None:
            out, errors = done.communicate()
            if done.returncode:
                raise Broken(errors.decode())
            return out
        for line in done.stdout:
            log.write(line)
        if done.wait():
            raise Broken("")
        return None

    def initialize(self, log):
        """Initializes the folder. What that says is in the log of the run only if it fails."""
        said = Silent()
        try:
            self.terraform("init", "-no-color", log=said)
        except Broken:
            log.write(said.text)
            raise
        # Only now: `init` would ask whether to move a state that is there already.
        if self.workspace.states:
            self.state.write_bytes(self.workspace.states[-1].content)

    def plan(self, log):
        """Plans, and returns the plan in the forms that clients ask for."""
        self.initialize(log)
        arguments = ["-json", "-out=plan.bin", "-var-file=workspace.tfvars"]
        if self.run.is_destroy:
            arguments.append("-destroy")
        if not self.run.refresh:
            arguments.append("-refresh=false")
        for address in self.run.targets:
            arguments.append(f"-target={address}")
        for address in self.run.replacements:
            arguments.append(f"-replace={address}")
        if self.run.variables:
            # The values are expressions, as they were on the command line.
            text = "".join(f"{of['key']} = {of['value']}\n" for of in self.run.variables)
            (self.module / "run.tfvars").write_text(text)
            arguments.append("-var-file=run.tfvars")
        self.terraform("plan", *arguments, log=log)
        plan = json.loads(self.terraform("show", "-json", "plan.bin"))
        return (self.module / "plan.bin").read_bytes(), plan, self.shown(plan)

    def shown(self, plan):
        """The form from which a client renders a plan for people."""
        kinds = {change["type"] for change in plan.get("resource_changes", []) + plan.get("resource_drift", [])}
        kinds -= self.machine.schemas.keys()
        if kinds:
            # The schema of a whole provider is 100 times what one plan needs.
            schemas = json.loads(self.terraform("providers", "schema", "-json"))
            for name, provider in schemas["provider_schemas"].items():
                for kind in kinds:
                    for family in ("resource_schemas", "data_source_schemas"):
                        if kind in provider.get(family, {}):
                            of = self.machine.schemas.setdefault(kind, {})
                            of[name, family] = provider[family][kind]
        providers = {}
        for kind, of in self.machine.schemas.items():
            for (name, family), schema in of.items():
                providers.setdefault(name, {}).setdefault(family, {})[kind] = schema
        keys = ["output_changes", "resource_changes", "resource_drift", "relevant_attributes"]
        return {key: plan[key] for key in keys if key in plan} | {
            "plan_format_version": plan["format_version"],
            "provider_format_version": "1.0",
            "provider_schemas": providers,
        }

    def apply(self, plan, log):
        """Applies a plan, and returns the state."""
        (self.module / "plan.bin").write_bytes(plan)
        self.initialize(log)
        try:
            self.terraform("apply", "-json", "plan.bin", log=log)
        finally:
            # What an apply has done before it failed is in the state, too.
            content = self.state.read_bytes() if self.state.exists() else None
        return content


class Silent:
    """A log that nobody reads at first."""

    def __init__(self):
        self.text = b""

    def write(self, line):
        self.text += line


class Broken(Exception):
    """A phase of a run failed; the log of the run says why, or the text does."""


def files(archive):
    """The files of an upload, with their sizes."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        return {str(Path(member.name)): member.size for member in opened if not member.isdir()}
