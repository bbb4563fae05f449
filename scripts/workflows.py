"""Runs every command of GitHub's workflows, or says why it cannot be run here; each reason has a check that it still holds.

usage: workflows.py

The plan of a pull request is run by `scripts/cloud.py`, as it needs Terraform Cloud.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import cloud_pull_request
import yaml
from stand_in import Failed
from workflow_steps import WORKFLOWS, actions, steps

CI = ".github/workflows/ci.yml"
RELEASE = ".github/workflows/release.yml"
TEMPLATES = [str(file) for file in WORKFLOWS if str(file).startswith("codegen/")]
PINNED = re.compile(r"[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*")
SECRET = re.compile(r"secrets\.|github\.token")
# Wheels that the runner of the plan can use.
LINUX = ["manylinux_2_17_x86_64", "manylinux_2_12_x86_64", "manylinux_2_5_x86_64", "manylinux1_x86_64", "manylinux2010_x86_64"]


def run(command, code=0, folder=".", **environment):
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=os.environ | environment, capture_output=True, text=True
    )
    if (done.returncode == 0) != (code == 0):
        raise Failed(f"`{command}` ends with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def holds(condition, otherwise):
    if not condition:
        raise Failed(otherwise)


def text(path):
    return Path(path).read_text()


def recipe(verb):
    """The commands that Make would run."""
    return run(f"make --dry-run --no-print-directory {verb}")


# What is run. Each returns what it has shown.


def release_tag(step):
    version = tomllib.loads(text("Cargo.toml"))["workspace"]["package"]["version"]
    run(step.run, GITHUB_REF_NAME=f"v{version}")
    run(step.run, code=1, GITHUB_REF_NAME="v0.0.0")
    return f"takes the tag v{version} and no other"


def checksums(step):
    with tempfile.TemporaryDirectory() as folder:
        dist = Path(folder) / "target" / "dist"
        dist.mkdir(parents=True)
        tarball = dist / "codegen-1.tar.gz"
        tarball.write_bytes(b"right")
        run(f"sha256sum {tarball.name} > {tarball.name}.sha256", folder=dist)
        run(step.run, folder=folder)
        tarball.write_bytes(b"wrong")
        run(step.run, code=1, folder=folder)
    return "takes a right file and no other"


def pip(step):
    install = step.run.replace("pip install", f"{sys.executable} -m pip install --dry-run --quiet --no-deps --only-binary :all:")
    holds(install != step.run, f"`{step.run}` does not install")
    with tempfile.TemporaryDirectory() as folder:
        platforms = " ".join(f"--platform {platform}" for platform in LINUX)
        run(f"{install} --target {folder} {platforms}")
        # Another hash is refused.
        other = Path(folder) / "other.txt"
        other.write_text(re.sub(r"sha256:\w{8}", "sha256:00000000", text(step.run.split()[-1])))
        run(f"{install.replace(step.run.split()[-1], str(other))} --target {folder} {platforms}", code=1)
    return "finds what has these hashes, and refuses others"


RUN = {
    (RELEASE, 'scripts/release-tag.sh "$GITHUB_REF_NAME"'): release_tag,
    (RELEASE, "cd target/dist && sha256sum --check codegen-*.sha256"): checksums,
    (CI, "pip install --require-hashes --requirement scripts/requirements-cross.txt"): pip,
}

# What is not run, why, and what shows that the reason holds.


def toolchain(step):
    channel = tomllib.loads(text("rust-toolchain.toml"))["toolchain"]["channel"]
    holds(f"rustc {channel} " in run("rustc --version"), f"this is not Rust {channel}")


def any_toolchain(step):
    holds("/templates/" in step.file, "this repository names its toolchain")


def target(step):
    triple = step.run.split()[-1]
    holds(re.search(rf'"{triple}"', text("codegen/src/cargo.rs")), f"`codegen package` builds nothing for {triple}")


def verbs(step):
    """The matrix has each verb of `make check` and `make test`, and what is too long for them; each is one of the Makefile."""
    matrix = yaml.safe_load(text(CI))["jobs"]["test"]["strategy"]["matrix"]["verbs"]
    there = {verb for of in matrix for verb in of.split() if "=" not in verb}
    for of in matrix:
        holds(recipe(of), f"`make {of}` does nothing")
    beside = re.search(r"^side-by-side: (.*)$", text("Makefile"), re.MULTILINE)[1].split()
    left_out = {"check", "unit", *beside} - there
    holds(not left_out, f"the workflow leaves out {sorted(left_out)} of `make test`")


def advisories(step):
    run("bash -n scripts/deny.sh")
    holds("scripts/deny.sh" in recipe("check"), "`make check` does not run scripts/deny.sh")
    holds('exec cargo deny check "$@"' in text("scripts/deny.sh"), "scripts/deny.sh takes no name of a check")


def package(step):
    holds("package --architecture" in recipe("package") and "package --architecture native" in text("scripts/rehearse.sh"), "the rehearsal packages nothing")


def dist(step):
    holds(recipe("dist").strip() == "scripts/dist.sh", "`make dist` does more than scripts/dist.sh")
    holds("scripts/dist.sh" in text("codegen/tests/it/release.rs"), "no test packs what is released")


def sbom(step):
    run("bash -n scripts/sbom.sh")
    holds("cargo-cyclonedx" in text("scripts/sbom.sh") and "cyclonedx" not in run("cargo --list"), "cargo-cyclonedx is here: run it")


def release(step):
    holds("--draft" in step.run and "--verify-tag" in step.run, "the release is published without anybody's look")


def newcomer(step):
    verb = step.run.removeprefix("make ")
    holds(re.search(rf"make [a-z ]*\b{verb}\b", text("scripts/newcomer.py")), f"scripts/newcomer.py does not run `make {verb}`")


def install(step):
    holds(step.run.split()[-1] == "codegen", "another package is installed")
    packages = json.loads(run("cargo metadata --no-deps --offline --format-version 1"))["packages"]
    found = [of for of in packages if of["name"] == "codegen" and any("bin" in target["kind"] for target in of["targets"])]
    holds(len(found) == 1, "this workspace has no program `codegen`")


def against(step):
    tests = text("codegen/tests/it/against.rs")
    holds('"--against"' in tests and '"check"' in tests, "no test compares a spec with a revision")


def compared(step):
    tests = text("codegen/tests/it/diff.rs")
    holds('"diff"' in tests and '"markdown"' in tests, "no test shows a change as Markdown")


def on_terraform_cloud(step):
    holds(step.run in cloud_pull_request.STEPS, "scripts/cloud.py does not run it")
    holds("cloud" in re.search(r"^side-by-side: (.*)$", text("Makefile"), re.MULTILINE)[1].split(), "`make test` does not run scripts/cloud.py")


AGAINST = 'check --format github --against "origin/$BASE"'
COMPARED = ("it needs a pull request's base; a test compares with a revision", against)
TOOLCHAIN = ("it downloads the toolchain that rust-toolchain.toml names, with which this runs", toolchain)
NOT_RUN = {
    (CI, "rustup toolchain install"): TOOLCHAIN,
    (RELEASE, "rustup toolchain install"): TOOLCHAIN,
    (CI, "rustup target add aarch64-unknown-linux-gnu"): ("it downloads the target that `codegen package` builds for", target),
    (CI, "make ${{ matrix.verbs }}"): ("it is what runs this", verbs),
    (CI, "scripts/deny.sh advisories"): ("it asks for the newest advisories on GitHub", advisories),
    (CI, f"cargo run --quiet --package codegen -- {AGAINST}"): COMPARED,
    (CI, 'cargo run --quiet --package codegen -- diff --format markdown --against "origin/$BASE" > change.md'): (
        "it needs a pull request's base; tests compare with files", compared,
    ),
    (CI, "make package"): ("it builds for minutes; the rehearsal packages the same functions", package),
    (RELEASE, "make dist"): ("it builds for minutes; a test packs a stand-in", dist),
    (RELEASE, "scripts/sbom.sh"): ("it installs cargo-cyclonedx, which takes minutes to compile", sbom),
    (RELEASE, 'gh release create "$GITHUB_REF_NAME" --draft --verify-tag --generate-notes target/dist/codegen*'): (
        "it writes to GitHub", release,
    ),
}  # fmt: skip
for file in TEMPLATES:
    for components in ("", " --component clippy,rustfmt"):
        NOT_RUN[file, f"rustup toolchain install stable{components}"] = ("it downloads the newest toolchain", any_toolchain)
    NOT_RUN[file, 'cargo install --locked --git "$CODEGEN_REPOSITORY" codegen'] = ("it builds a release for minutes", install)
    NOT_RUN[file, f"codegen {AGAINST}"] = COMPARED
    NOT_RUN[file, 'codegen diff --format markdown --against "origin/$BASE" >> "$GITHUB_STEP_SUMMARY"'] = (
        "it needs a pull request's base; tests compare with files", compared,
    )  # fmt: skip
    for verb in ("check", "test"):
        NOT_RUN[file, f"make {verb}"] = ("`make newcomer` runs it in a new pipeline", newcomer)
for command in cloud_pull_request.STEPS:
    NOT_RUN[CI, command] = ("`make cloud` runs it against a stand-in for Terraform Cloud", on_terraform_cloud)


def check_steps():
    left = set(RUN) | {key for key in NOT_RUN if key[0] not in TEMPLATES}
    for step in steps():
        key = (step.file, step.run)
        place = f"{step.file}, {step.job}: {step.run}"
        left.discard(key)
        try:
            if key in RUN:
                print(f"run      {place}: {RUN[key](step)}")
            elif key in NOT_RUN:
                reason, check = NOT_RUN[key]
                check(step)
                print(f"not run  {place}: {reason}")
            else:
                raise Failed("nothing says how it is run here, or why it cannot be")
        except Failed as failure:
            yield f"{place}: {failure}"
    for file, command in sorted(left):
        yield f"{file} has no step `{command}` any more"


def check_actions():
    """A tag can be moved to other code, a hash cannot. The same action has one version everywhere."""
    versions = {}
    for file, action in actions():
        if not PINNED.fullmatch(action):
            yield f"{file}: {action} is not pinned to a commit, with its version as a comment"
        versions.setdefault(action.split("@")[0], set()).add(action)
    for action, found in versions.items():
        if len(found) > 1:
            yield f"{action} has several versions: {sorted(found)}"


def check_secrets():
    """A secret is seen by the one step that needs it, and nothing may do more than it says."""
    for file in WORKFLOWS:
        workflow = yaml.safe_load(file.read_text())
        if "permissions" not in workflow:
            yield f"{file} does not say what it may do"
        for name, job in workflow["jobs"].items():
            seen = [step for step in job["steps"] if SECRET.search(json.dumps(step))]
            outside = json.dumps({key: value for key, value in {**workflow, **job}.items() if key not in ("jobs", "steps")})
            if SECRET.search(outside):
                yield f"{file}, {name}: a secret is in the environment of every step"
            for step in seen:
                if "run" not in step or SECRET.search(step["run"]):
                    yield f"{file}, {name}: a secret is not in the environment of the command that needs it"
            for step in job["steps"]:
                if step.get("uses", "").startswith("actions/checkout@") and (step.get("with") or {}).get("persist-credentials") is not False:
                    yield f"{file}, {name}: the token stays in the checkout for every later step"


def main():
    found = [*check_steps(), *check_actions(), *check_secrets()]
    for line in found:
        print(f"error: {line}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
