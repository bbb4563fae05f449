"""Goes the way of a newcomer with each template of `codegen new`, and says how long each step took.

usage: newcomer.py WORK [TEMPLATE…]

WORK has `bin/codegen`, the only thing of this repository that the steps see. For the template `chain` they are the
commands and changes of docs/first-pipeline.md.
"""

import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from stand_in import Failed, StandIn, rehearse

PAGE = Path("docs/first-pipeline.md")
# An event that is added to the spec of a template.
ADDED = "  thing.happened: { detail_type: Thing Happened, external: true, detail: { thing: string } }\n"
TEMPLATES = ["chain", "minimal", "batch", "python"]
# What the demo of each template has to say.
SHOWN = {
    "chain": ["Thank you, Ada", "2 runs, 2 ok"],
    "minimal": ["Welcome, Ada", "1 run, 1 ok"],
    "batch": ["sent i-1 to Cy", "ok"],
    "python": ["Thank you, Ada", "2 runs, 2 ok"],
}


class Newcomer(StandIn):
    """A new pipeline, with a stand-in for AWS."""

    def __init__(self, template, work, outside):
        # moto takes no events for rules whose targets are functions, and the page sends one.
        name = "ministack" if template == "chain" else "moto"
        super().__init__(name, work / "bin", work / template, template, None)
        self.template = template
        self.outside = outside
        self.workspace = outside
        self.environment["PATH"] = os.pathsep.join(
            [str(work / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]
        )
        del self.environment["TERRAFORM_FOLDER"]
        if template == "python":
            # `make demo` would install this again.
            self.environment["VENV"] = str(Path(sys.executable).parent.parent)
        self.steps = []

    def step(self, command):
        """Runs a line for a shell, and returns what it said."""
        if command.startswith("cd "):
            self.workspace = self.workspace / command.removeprefix("cd ")
            return ""
        began, used = time.monotonic(), processor_seconds()
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.workspace,
            env=self.environment,
            input="yes\n",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.steps.append((time.monotonic() - began, processor_seconds() - used, command))
        with (self.folder / "commands.log").open("a") as log:
            log.write(f"$ {command}\n{done.stdout}\n")
        if done.returncode:
            raise Failed(f"`{command}` failed:\n{done.stdout[-6000:]}")
        return done.stdout

    def begin(self):
        """Makes the pipeline, and does all that comes before a deployment."""
        if self.template == "chain":
            self.follow(lambda command: not is_deployment(command))
            return
        self.step(f"codegen new {self.template} --template {self.template}")
        self.step(f"cd {self.template}")
        self.lock()
        self.want(self.step("make demo"), *SHOWN[self.template])
        spec = self.workspace / "pipeline.yaml"
        self.change("pipeline.yaml", "\nevents:\n", "\nevents:\n" + ADDED)
        self.step("codegen generate")
        before = spec.read_text()
        self.step("codegen new --job-only another --event thing.happened")
        removed = [line for line in before.splitlines() if line not in spec.read_text().splitlines()]
        if removed:
            raise Failed(f"a new job took lines away: {removed}")
        self.step("codegen generate")
        self.want(self.step("codegen run --event thing.happened --set thing=x"), "1 run, 1 ok")
        self.step("make check test")
        if self.template == "minimal":
            self.forget_profile()
        self.step("make plan ENV=dev")

    def follow(self, is_wanted):
        """Does what the page says, as far as it is wanted."""
        for kind, text in blocks(PAGE.read_text()):
            if kind == "diff" and is_wanted(""):
                self.apply_diff(text)
            for command in text.splitlines() if kind == "sh" else []:
                if not is_wanted(command):
                    continue
                said = self.step(command)
                if command.startswith("cd "):
                    self.lock()
                elif command == "make demo":
                    self.want(said, *SHOWN["chain"])
                    self.say(f"from nothing to the first run: {sum(step[0] for step in self.steps):.0f} s")

    def deploy_and_check(self):
        if self.template == "chain":
            self.follow(is_deployment)
            return
        self.step("make apply ENV=dev")
        self.step("make verify ENV=dev")

    def lock(self):
        """Takes the versions that this repository has, so that nothing is resolved or downloaded anew."""
        if (self.workspace / "Cargo.toml").exists() and "NEWCOMER_UNLOCKED" not in os.environ:
            shutil.copy("Cargo.lock", self.workspace)

    def forget_profile(self):
        """Takes the profile of deployed functions out of the manifest, as a workspace of before has none."""
        manifest = self.workspace / "Cargo.toml"
        text, _, profile = manifest.read_text().partition("[profile.lambda]")
        if not profile:
            raise Failed("the new manifest has no profile for deployed functions")
        manifest.write_text(text)

    def want(self, said, *parts):
        for part in parts:
            if part not in said:
                raise Failed(f"`{part}` is missing in:\n{said}")

    def change(self, path, old, new):
        file = self.workspace / path
        text = file.read_text()
        if text.count(old) != 1:
            raise Failed(f"{path} has these lines {text.count(old)} times:\n{old}")
        file.write_text(text.replace(old, new))

    def apply_diff(self, text):
        first, _, *lines = text.splitlines()
        old = "".join(f"{line[1:]}\n" for line in lines if line[0] in " -")
        new = "".join(f"{line[1:]}\n" for line in lines if line[0] in " +")
        self.change(first.removeprefix("--- "), old, new)

    def tell(self):
        for seconds, used, command in self.steps:
            self.say(f"{seconds:6.1f} s {used:7.1f} processor s  {command}")


def is_deployment(command):
    """Whether a command of the page needs AWS."""
    return command.startswith(("make plan", "make apply", "make verify", "make destroy", "codegen send"))


def blocks(page):
    """The code blocks of a page, each with its language."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def processor_seconds():
    """What all programs that have ended have used. Those of several steps at once count together."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(work, *templates):
    work = Path(work)
    with tempfile.TemporaryDirectory(prefix="newcomer-") as outside:
        newcomers = []
        for template in templates or TEMPLATES:
            folder = Path(outside) / template
            folder.mkdir()
            newcomers.append(Newcomer(template, work, folder))

        try:
            # What compiles goes one after the other. What deploys waits most of the time.
            for newcomer in newcomers:
                newcomer.begin()
        except Failed as failure:
            print(f"[{newcomer.template}] {failure}", file=sys.stderr)
            for newcomer in newcomers:
                newcomer.stop()
            passed = False
        else:
            passed = rehearse(newcomers, Newcomer.deploy_and_check)
        for newcomer in newcomers:
            newcomer.tell()
        return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
