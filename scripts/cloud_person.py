"""Somebody who works on Terraform Cloud, and where: a stand-in for it, with a stand-in for AWS behind it."""

import os
import pty
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import cloud_routes
import cloud_runs
from cloud_api import Cloud, Workspace
from cloud_github import GitHub
from cloud_server import Server
from stand_in import Failed, StandIn

TOKEN = "a-token-of-the-stand-in"
ORGANIZATION = "acme"
CLOUD = "\nterraform: {{ cloud: {{ organization: acme{} }} }}\n"
# What a run gets from a machine: no state, no plan, no provider, nothing outside the root module.
UPLOADED = re.compile(
    r"""[a-z]+\.tf | pipeline/[a-z-]+\.tf | pipeline/pipeline\.tftest\.hcl | environments/[a-z]+(\.artifacts)?\.tfvars(\.json)?
    | artifacts/[a-z0-9-]+\.zip | artifacts/artifacts\.tfvars\.json | artifacts/[a-z]+\.planned
    | artifacts\.auto\.tfvars\.json | \.terraform\.lock\.hcl | \.terraformignore | \.terraform/modules/modules\.json""",
    re.VERBOSE,
)
UPLOADED_BYTES = 300_000
# What lies about in a folder, and stays there.
LITTER = {
    ".env": b"SECRET=1",
    "target/debug/large": bytes(3_000_000),
    "dist/large.zip": bytes(1_000_000),
    "terraform/terraform.tfstate.backup": b"{}",
    "terraform/prod.tfplan": b"{}",
    "terraform/crash.log": b"panic",
}


class Place:
    """The account that runs deploy to, and Terraform Cloud before it."""

    def __init__(self, programs, work):
        self.programs = programs.resolve()
        self.work = work.resolve()
        self.account = StandIn("moto", self.programs, self.work, "cloud", None)
        self.cloud = Cloud(self.work, ORGANIZATION, TOKEN, cloud_routes.ROUTES)
        self.github = GitHub()
        self.server = Server(self.work, self.cloud.hosts() | {"api.github.com": self.github.answer})

    def workspace(self, name, **settings):
        """Creates a workspace as docs/terraform.md says, on its page. Its runs have a role; here, a key."""
        workspace = self.cloud.create(Workspace(name, **settings))
        for key in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
            workspace.set(key, self.account.environment[key], "env")
        return workspace


class Person:
    """Somebody with a machine that reaches Terraform Cloud alone."""

    def __init__(self, place, name, folder):
        self.place = place
        self.name = name
        self.folder = folder
        self.log = place.work / f"{name}.log"
        self.log.unlink(missing_ok=True)
        home = place.work / f"home-{name}"
        shutil.rmtree(home, ignore_errors=True)
        # Terraform makes this folder when it asks for newer versions of itself, which it does not here.
        (home / ".terraform.d").mkdir(parents=True)
        # As with TF_CLI_CONFIG_FILE Terraform would not read what `terraform login` has written.
        shutil.copy(os.environ["TF_CLI_CONFIG_FILE"], home / ".terraformrc")
        path = [str(place.programs), str(Path(sys.executable).parent), os.environ["PATH"]]
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "TF_"))}
        # The toolchain stays where it is.
        kept = {name: os.environ.get(name) or str(Path.home() / of) for name, of in (("RUSTUP_HOME", ".rustup"), ("CARGO_HOME", ".cargo"))}
        self.environment = clean | kept | place.server.environment() | {
            "HOME": str(home),
            "PATH": os.pathsep.join(path),
            "CHECKPOINT_DISABLE": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        self.steps = []

    def say(self, text):
        print(f"[{self.name}] {text}", flush=True)

    def run(self, command, *wanted, code=0, answer="", **environment):
        """Runs a line for a shell. It has to end with the code, and say what is wanted."""
        began = time.monotonic()
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self.environment | environment,
            input=answer,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
        self.steps.append((time.monotonic() - began, done.returncode, command))
        with self.log.open("a") as log:
            log.write(f"$ {command}\n{said}\n")
        if done.returncode != code:
            raise Failed(f"`{command}` ends with {done.returncode}, not {code}:\n{said[-4000:]}")
        for part in wanted:
            if part not in said:
                raise Failed(f"`{part}` is missing in what `{command}` says:\n{said[-4000:]}")
        return said

    def new(self, name, cloud):
        """Makes a pipeline whose state is on Terraform Cloud, in a folder where other things lie about."""
        self.run(f"codegen new {name} --template python")
        self.folder = self.folder / name
        spec = self.folder / "pipeline.yaml"
        spec.write_text(spec.read_text() + CLOUD.format(cloud))
        for path, content in LITTER.items():
            file = self.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        self.run("make generate", "wrote   terraform/backend.tf")

    def login(self):
        """Logs in as a person does: Terraform reads a token from a terminal alone."""
        began = time.monotonic()
        terminal, side = pty.openpty()
        login = subprocess.Popen(
            ["terraform", "login"],
            cwd=self.folder,
            env=self.environment | {"BROWSER": "true"},
            stdin=side,
            stdout=side,
            stderr=side,
            start_new_session=True,
        )
        os.close(side)
        said = b""
        for answer in ["yes", TOKEN]:
            said += until(terminal, b"Enter a value:")
            os.write(terminal, answer.encode() + b"\n")
        said += until(terminal, None)
        os.close(terminal)
        self.steps.append((time.monotonic() - began, login.wait(), "terraform login"))
        if login.returncode or b"Retrieved token for user" not in said:
            raise Failed(f"`terraform login` ends with {login.returncode}:\n{said.decode()}")

    def check_upload(self, workspace, below=""):
        """Checks what the last upload holds, and shows it."""
        archive = self.place.cloud.uploads[workspace.name][-1]
        files = cloud_runs.files(archive)
        for path in files:
            inside = path.removeprefix(below)
            if not path.startswith(below) or not UPLOADED.fullmatch(inside):
                raise Failed(f"{path} is uploaded")
        without = sum(size for path, size in files.items() if not path.endswith(".zip"))
        if without > UPLOADED_BYTES:
            raise Failed(f"{without} bytes beside the zips are uploaded")
        self.say(f"an upload of {len(archive)} bytes: " + ", ".join(f"{path} {size}" for path, size in sorted(files.items())))

    def tell(self):
        for seconds, code, command in self.steps:
            self.say(f"{seconds:6.1f} s  exit {code}  {command}")


def until(terminal, part):
    """Reads from a terminal until there is a part, or to the end."""
    said = b""
    while part is None or part not in said:
        try:
            read = os.read(terminal, 65536)
        except OSError:
            # The program has ended.
            read = b""
        if not read:
            break
        said += read
    return said


def expect(holds, otherwise):
    if not holds:
        raise Failed(otherwise)
