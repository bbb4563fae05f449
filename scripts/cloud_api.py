"""A stand-in for the API of Terraform Cloud (HCP Terraform), as far as Terraform's CLI and people who use its pages ask it:
organizations, workspaces, variables, configurations and their upload, runs with their plans, applies and logs, states.

Each run is executed by `cloud_runs.Machine`. What a person does in the pages has methods here: `commit`, `confirm`,
`start`. The API is described at https://developer.hashicorp.com/terraform/cloud-docs/api-docs.
"""

import itertools
import json
import re
import subprocess
import threading
import traceback
from datetime import datetime, timezone
from pathlib import Path

import cloud_runs
from cloud_server import Reply

HOST = "app.terraform.io"
# Where uploads and logs are, by addresses that need no token.
OBJECTS = "archivist.terraform.io"
STX, ETX = b"\x02", b"\x03"
# In these a run needs nobody any more.
FINAL = {"applied", "planned_and_finished", "errored", "discarded", "canceled"}
NUMBERS = itertools.count(1)


def name_of(kind):
    return f"{kind}-{next(NUMBERS):016d}"


def now():
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")


class Workspace:
    def __init__(self, name, working_directory="", repository=None, branch="main", tags=()):
        self.id = name_of("ws")
        self.name = name
        self.working_directory = working_directory
        # A clone of this repository is what its runs have, if it is connected to one.
        self.repository = repository
        self.branch = branch
        self.tags = list(tags)
        self.variables = {}
        self.states = []
        self.runs = []
        self.locked = False

    def set(self, key, value, category="terraform", hcl=False):
        """Sets a variable, as a person does on the workspace's page."""
        self.variables[key] = {"key": key, "value": value, "category": category, "hcl": hcl, "sensitive": False}


class Configuration:
    def __init__(self, workspace, speculative, archive=None):
        self.id = name_of("cv")
        self.workspace = workspace
        self.speculative = speculative
        self.archive = archive


class State:
    def __init__(self, content):
        self.id = name_of("sv")
        self.content = content
        self.parsed = json.loads(content)


class Run:
    def __init__(self, workspace, configuration, attributes):
        self.id = name_of("run")
        self.workspace = workspace
        self.configuration = configuration
        self.message = attributes.get("message")
        self.is_destroy = bool(attributes.get("is-destroy"))
        self.is_speculative = configuration.speculative or bool(attributes.get("plan-only"))
        self.is_saved = bool(attributes.get("save-plan"))
        self.auto_apply = bool(attributes.get("auto-apply"))
        self.refresh = attributes.get("refresh") is not False
        self.targets = attributes.get("target-addrs") or []
        self.replacements = attributes.get("replace-addrs") or []
        self.variables = attributes.get("variables") or []
        self.status = "pending"
        self.phases = {"plan": Phase("plan"), "apply": Phase("apply")}
        self.plan = None
        self.failure = ""
        self.changed = threading.Condition()

    def move(self, status):
        with self.changed:
            self.status = status
            self.changed.notify_all()

    def wait(self, *statuses, seconds=300):
        with self.changed:
            if not self.changed.wait_for(lambda: self.status in {*statuses, *FINAL}, seconds):
                raise TimeoutError(f"{self.id} is {self.status} after {seconds} s")
        return self.status

    def text(self, phase="plan"):
        """What the log of a phase says to people."""
        lines = []
        for line in self.phases[phase].log.splitlines():
            said = json.loads(line)
            diagnostic = said.get("diagnostic", {})
            lines.append(" ".join(filter(None, [said["@message"], diagnostic.get("detail")])))
        return "\n".join([*lines, self.failure])


class Phase:
    """The plan or the apply of a run."""

    def __init__(self, kind):
        self.kind = kind
        self.id = name_of(kind)
        self.status = "unreachable" if kind == "apply" else "pending"
        self.log = b""
        self.counts = {}

    def write(self, line):
        self.log += line
        if line.startswith(b"{"):
            said = json.loads(line)
            if said["type"] == "change_summary":
                self.counts = said["changes"]


class Cloud:
    """One organization."""

    def __init__(self, folder, organization, token, routes):
        self.organization = organization
        self.token = token
        self.machine = cloud_runs.Machine(Path(folder) / "runs")
        self.routes = routes
        self.workspaces = {}
        self.configurations = {}
        self.runs = {}
        self.states = {}
        # What machines have uploaded, by workspace.
        self.uploads = {}
        self.lock = threading.RLock()
        self.unknown = []
        self.version = json.loads(subprocess.check_output(["terraform", "version", "-json"]))["terraform_version"]

    def hosts(self):
        return {HOST: self.answer, OBJECTS: self.answer_object}

    # What people do in the pages.

    def create(self, workspace):
        self.workspaces[workspace.name] = workspace
        return workspace

    def archive(self, workspace, revision):
        command = ["git", "-C", str(workspace.repository), "archive", "--format=tar", revision]
        return subprocess.check_output(command)

    def commit(self, workspace, revision="main", pull_request=False):
        """What a push to the repository starts: a run if it is to the branch of the workspace, or a speculative one."""
        configuration = Configuration(workspace, pull_request, self.archive(workspace, revision))
        return self.queue(Run(workspace, configuration, {"message": f"Commit {revision}"}))

    def start(self, workspace, **attributes):
        """Starts a run of the newest configuration, as `New run` and `Queue destroy plan` do."""
        last = next(run for run in reversed(workspace.runs) if not run.is_speculative)
        return self.queue(Run(workspace, last.configuration, attributes))

    def confirm(self, run):
        if run.status not in ("planned", "planned_and_saved"):
            raise Reply(409, error(409, "transition not allowed"))
        run.move("confirmed")
        threading.Thread(target=self.execute, args=(run, self.apply), daemon=True).start()

    @staticmethod
    def last(workspace):
        return workspace.runs[-1]

    # Runs.

    def queue(self, run):
        self.runs[run.id] = run
        run.workspace.runs.append(run)
        threading.Thread(target=self.execute, args=(run, self.plan), daemon=True).start()
        return run

    def execute(self, run, phase):
        try:
            phase(run)
        except Exception as failure:
            run.failure = str(failure) if isinstance(failure, cloud_runs.Broken) else traceback.format_exc()
            for of in run.phases.values():
                of.status = "errored" if of.status == "running" else of.status
            run.move("errored")

    def plan(self, run):
        phase = run.phases["plan"]
        phase.status = "running"
        run.move("planning")
        run.plan, run.full, run.shown = self.machine.work(run, "plan").plan(phase)
        phase.status = "finished"
        run.has_changes = run.full["applyable"]
        if run.is_speculative or not run.has_changes:
            run.move("planned_and_finished")
        elif run.is_saved:
            run.move("planned_and_saved")
        else:
            run.move("planned")
            if run.auto_apply:
                self.confirm(run)

    def apply(self, run):
        phase = run.phases["apply"]
        phase.status = "running"
        run.move("applying")
        work = self.machine.work(run, "apply")
        try:
            work.apply(run.plan, phase)
        finally:
            if work.state.exists():
                self.keep(run.workspace, work.state.read_bytes())
        phase.status = "finished"
        run.move("applied")

    def keep(self, workspace, content):
        state = State(content)
        self.states[state.id] = state
        workspace.states.append(state)
        return state

    # The API.

    def answer(self, request):
        if request.path == "/.well-known/terraform.json":
            return Reply(200, {"tfe.v2": "/api/v2/", "tfe.v2.1": "/api/v2/", "tfe.v2.2": "/api/v2/", "state.v2": "/api/v2/"})
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return Reply(401, error(401, "unauthorized"))
        with self.lock:
            for method, pattern, function in self.routes:
                found = re.fullmatch(f"/api/v2/{pattern}", request.path)
                if found and method == request.method:
                    reply = function(self, request, *found.groups())
                    # Older servers are refused: https://developer.hashicorp.com/terraform/enterprise/api-docs
                    reply.headers |= {"TFP-API-Version": "2.6", "TFP-AppName": "HCP Terraform"}
                    if reply.headers.get("Content-Type") == "application/json" and request.path.startswith("/api/v2/"):
                        reply.headers["Content-Type"] = "application/vnd.api+json"
                    return reply
        self.unknown.append(f"{request.method} {request.path}")
        return Reply(404, error(404, "not found"))

    def answer_object(self, request):
        _, _, kind, identity = request.path.split("/")
        if kind == "upload" and request.method == "PUT":
            configuration = self.configurations[identity]
            configuration.archive = request.body
            self.uploads.setdefault(configuration.workspace.name, []).append(request.body)
            return Reply(200)
        if kind == "state":
            return Reply(200, self.states[identity].content)
        run, phase = identity.split(".")
        return Reply(200, self.log(self.runs[run].phases[phase], request.query))

    def log(self, phase, query):
        # The end is marked when nothing more will come, so it is looked at first.
        ended = phase.status in ("finished", "errored")
        whole = STX + phase.log + (ETX if ended else b"")
        begin = int(query.get("offset", 0))
        return whole[begin : begin + int(query.get("limit", 65536))]

    def workspace(self, name, by="name"):
        found = [of for of in self.workspaces.values() if getattr(of, by) == name]
        if not found:
            raise Reply(404, error(404, "not found"))
        return found[0]


def error(status, title):
    return {"errors": [{"status": str(status), "title": title}]}


def one(of):
    return Reply(200, {"data": of})


def many(items):
    page = {"current-page": 1, "page-size": 100, "prev-page": None, "next-page": None, "total-pages": 1, "total-count": len(items)}
    return Reply(200, {"data": items, "meta": {"pagination": page}})


def linked(kind, identity):
    return {"data": {"id": identity, "type": kind}}
