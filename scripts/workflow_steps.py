"""Reads the steps of GitHub's workflows: those of this repository, and those that `codegen new` writes."""

import re
from pathlib import Path

import yaml

WORKFLOWS = [*Path(".github/workflows").glob("*.yml"), *Path("codegen/templates").glob("*/dot-github/workflows/*.yml")]
EXPRESSION = re.compile(r"\$\{\{ *(.*?) *\}\}")


class Step:
    """A step that runs a command, with the variables that it sees."""

    def __init__(self, file, job, run, environment):
        self.file = str(file)
        self.job = job
        self.run = run.strip()
        self.environment = environment

    def filled(self, values):
        """The variables with what their expressions are. Every expression has to be among the values."""
        return {name: EXPRESSION.sub(lambda found: values[found[1]], text) for name, text in self.environment.items()}


def steps():
    found = []
    for file in sorted(WORKFLOWS):
        for name, job in yaml.safe_load(file.read_text())["jobs"].items():
            for step in job["steps"]:
                if "run" in step:
                    environment = {**job.get("env", {}), **step.get("env", {})}
                    found.append(Step(file, name, step["run"], environment))
    return found


def actions():
    """Every action that a workflow uses, as it is written, with its comment."""
    return [
        (str(file), found[1].strip())
        for file in sorted(WORKFLOWS)
        for found in re.finditer(r"^\s*(?:- )?uses: (.*)$", file.read_text(), re.MULTILINE)
    ]
