"""The requests that the stand-in for Terraform Cloud answers, in the forms that clients read."""

import base64

from cloud_api import OBJECTS, Configuration, Run, Workspace, error, linked, many, now, one
from cloud_server import Reply

# Every request that is answered: method, path, function.
ROUTES = []

ENTITLEMENTS = ["agents", "audit-logging", "configuration-designer", "cost-estimation", "global-run-tasks", "operations"]
ENTITLEMENTS += ["private-module-registry", "run-tasks", "sentinel", "sso", "state-storage", "teams", "vcs-integrations"]
RIGHTS = ["create-state-versions", "destroy", "force-unlock", "lock", "queue-apply", "queue-destroy", "queue-run"]
RIGHTS += ["read-settings", "read-state-outputs", "read-state-versions", "unlock", "update", "update-variable"]


def route(method, pattern):
    def add(function):
        ROUTES.append((method, pattern, function))
        return function

    return add


def shown_workspace(of, cloud):
    repository = of.repository and {
        "identifier": "acme/repository", "branch": of.branch, "service-provider": "github", "ingress-submodules": False,
    }  # fmt: skip
    return {
        "id": of.id,
        "type": "workspaces",
        "attributes": {
            "name": of.name,
            "execution-mode": "remote",
            "operations": True,
            "terraform-version": cloud.version,
            "working-directory": of.working_directory,
            "vcs-repo": repository or None,
            "locked": of.locked,
            "tag-names": of.tags,
            "auto-apply": False,
            "structured-run-output-enabled": True,
            "speculative-enabled": True,
            "file-triggers-enabled": True,
            "permissions": {f"can-{right}": True for right in RIGHTS},
            "actions": {"is-destroyable": True},
            "resource-count": 0,
        },
        "relationships": {
            "organization": linked("organizations", cloud.organization),
            "project": linked("projects", "prj-0000000000000001"),
        },
    }


def shown_run(run):
    is_confirmable = run.status in ("planned", "planned_and_saved")
    return {
        "id": run.id,
        "type": "runs",
        "attributes": {
            "status": run.status,
            "message": run.message,
            "created-at": now(),
            "has-changes": bool(run.plan) and run.has_changes,
            "is-destroy": run.is_destroy,
            "plan-only": run.is_speculative,
            "save-plan": run.is_saved,
            "auto-apply": run.auto_apply,
            "refresh": run.refresh,
            "source": "tfe-api",
            "variables": run.variables,
            "actions": {
                "is-confirmable": is_confirmable,
                "is-discardable": is_confirmable,
                "is-cancelable": run.status in ("planning", "applying"),
                "is-force-cancelable": False,
            },
            "permissions": {
                "can-apply": True, "can-cancel": True, "can-discard": True, "can-force-cancel": True, "can-force-execute": True,
            },  # fmt: skip
            "status-timestamps": {},
        },
        "relationships": {
            "workspace": linked("workspaces", run.workspace.id),
            "configuration-version": linked("configuration-versions", run.configuration.id),
            "plan": linked("plans", run.phases["plan"].id),
            "apply": linked("applies", run.phases["apply"].id),
            "policy-checks": {"data": []},
            "task-stages": {"data": []},
        },
    }


def shown_phase(run, kind):
    phase = run.phases[kind]
    attributes = {
        "status": phase.status,
        "log-read-url": f"https://{OBJECTS}/object/log/{run.id}.{kind}",
        "has-changes": bool(run.plan) and run.has_changes,
        "structured": True,
    }
    for count, name in (("add", "additions"), ("change", "changes"), ("remove", "destructions"), ("import", "imports")):
        attributes[f"resource-{name}"] = phase.counts.get(count, 0)
    return {"id": phase.id, "type": {"plan": "plans", "apply": "applies"}[kind], "attributes": attributes}


def shown_configuration(of):
    attributes = {
        "status": "uploaded" if of.archive else "pending",
        "speculative": of.speculative,
        "upload-url": f"https://{OBJECTS}/object/upload/{of.id}",
        "auto-queue-runs": False,
        "source": "tfe-api",
    }
    return {"id": of.id, "type": "configuration-versions", "attributes": attributes}


def shown_outputs(state):
    return [
        {
            "id": f"wsout-{state.id}-{name}",
            "type": "state-version-outputs",
            "attributes": {
                "name": name,
                "value": None if of.get("sensitive") else of["value"],
                "sensitive": bool(of.get("sensitive")),
                "type": of["type"] if isinstance(of["type"], str) else of["type"][0],
                "detailed-type": of["type"],
            },
        }
        for name, of in sorted(state.parsed.get("outputs", {}).items())
    ]


def shown_state(state):
    attributes = {
        "created-at": now(),
        "serial": state.parsed["serial"],
        "status": "finalized",
        "resources-processed": True,
        "state-version": state.parsed["version"],
        "terraform-version": state.parsed["terraform_version"],
        "hosted-state-download-url": f"https://{OBJECTS}/object/state/{state.id}",
    }
    outputs = [{"id": of["id"], "type": of["type"]} for of in shown_outputs(state)]
    return {"id": state.id, "type": "state-versions", "attributes": attributes, "relationships": {"outputs": {"data": outputs}}}


def find_phase(cloud, kind, identity):
    for run in cloud.runs.values():
        if run.phases[kind].id == identity:
            return run
    raise Reply(404, error(404, "not found"))


@route("GET", "ping")
def ping(cloud, request):
    return Reply(204)


@route("GET", "account/details")
def account(cloud, request):
    return one({"id": "user-1", "type": "users", "attributes": {"username": "ada", "email": "ada@example"}})


@route("GET", "organizations/([^/]+)")
def organization(cloud, request, name):
    if name != cloud.organization:
        return Reply(404, error(404, "not found"))
    return one({"id": name, "type": "organizations", "attributes": {"name": name}})


@route("GET", "organizations/([^/]+)/entitlement-set")
def entitlements(cloud, request, name):
    if name != cloud.organization:
        return Reply(404, error(404, "not found"))
    return one({"id": name, "type": "entitlement-sets", "attributes": dict.fromkeys(ENTITLEMENTS, True)})


@route("GET", "organizations/([^/]+)/capacity")
def capacity(cloud, request, name):
    return one({"id": name, "type": "organization-capacity", "attributes": {"pending": 0, "running": 1}})


@route("GET", "organizations/([^/]+)/projects")
def projects(cloud, request, name):
    return many([{"id": "prj-0000000000000001", "type": "projects", "attributes": {"name": "Pipelines"}}])


@route("GET", "organizations/([^/]+)/workspaces")
def workspaces(cloud, request, organization):
    tags = set(filter(None, request.query.get("search[tags]", "").split(",")))
    name = request.query.get("search[name]", "")
    found = [of for of in cloud.workspaces.values() if tags <= set(of.tags) and name in of.name]
    return many([shown_workspace(of, cloud) for of in found])


@route("POST", "organizations/([^/]+)/workspaces")
def create_workspace(cloud, request, organization):
    attributes = request.json()["data"]["attributes"]
    made = cloud.create(Workspace(attributes["name"], tags=attributes.get("tag-names") or ()))
    return Reply(201, {"data": shown_workspace(made, cloud)})


@route("GET", "organizations/([^/]+)/workspaces/([^/]+)")
def workspace(cloud, request, organization, name):
    return one(shown_workspace(cloud.workspace(name), cloud))


@route("GET", "workspaces/([^/]+)")
def workspace_by_id(cloud, request, identity):
    return one(shown_workspace(cloud.workspace(identity, "id"), cloud))


@route("POST", "workspaces/([^/]+)/actions/safe-delete")
def delete_workspace(cloud, request, identity):
    of = cloud.workspace(identity, "id")
    if of.states and of.states[-1].parsed["resources"]:
        return Reply(409, error(409, "the workspace has resources under management"))
    del cloud.workspaces[of.name]
    return Reply(204)


@route("POST", "workspaces/([^/]+)/actions/(lock|unlock|force-unlock)")
def lock(cloud, request, identity, action):
    of = cloud.workspace(identity, "id")
    if of.locked == (action == "lock"):
        return Reply(409, error(409, f"workspace already {action}ed"))
    of.locked = action == "lock"
    return one(shown_workspace(of, cloud))


@route("GET", "workspaces/([^/]+)/(vars|all-vars)")
def variables(cloud, request, identity, _):
    of = cloud.workspace(identity, "id")
    return many([{"id": f"var-{key}", "type": "vars", "attributes": dict(of)} for key, of in of.variables.items()])


@route("GET", "workspaces/([^/]+)/(?:effective-)?tag-bindings")
def tags(cloud, request, identity):
    of = cloud.workspace(identity, "id")
    return many([{"id": f"tb-{tag}", "type": "tag-bindings", "attributes": {"key": tag, "value": ""}} for tag in of.tags])


@route("POST", "workspaces/([^/]+)/configuration-versions")
def create_configuration(cloud, request, identity):
    attributes = request.json()["data"]["attributes"]
    made = Configuration(cloud.workspace(identity, "id"), bool(attributes.get("speculative")))
    cloud.configurations[made.id] = made
    return Reply(201, {"data": shown_configuration(made)})


@route("GET", "configuration-versions/([^/]+)")
def configuration(cloud, request, identity):
    return one(shown_configuration(cloud.configurations[identity]))


@route("POST", "runs")
def create_run(cloud, request):
    data = request.json()["data"]
    of = cloud.workspace(data["relationships"]["workspace"]["data"]["id"], "id")
    configuration = cloud.configurations[data["relationships"]["configuration-version"]["data"]["id"]]
    # A connected workspace applies nothing that is not a commit of its branch.
    if of.repository and not (configuration.speculative or data["attributes"].get("plan-only")):
        return Reply(409, error(409, "configuration was not from version control"))
    if configuration.speculative and data["attributes"].get("save-plan"):
        return Reply(422, error(422, "a speculative plan cannot be saved"))
    return Reply(201, {"data": shown_run(cloud.queue(Run(of, configuration, data["attributes"])))})


@route("GET", "runs/([^/]+)")
def run(cloud, request, identity):
    of = cloud.runs[identity]
    included = [shown_workspace(of.workspace, cloud), shown_phase(of, "plan"), shown_phase(of, "apply")]
    return Reply(200, {"data": shown_run(of), "included": included})


@route("GET", "runs/([^/]+)/(task-stages|policy-checks|run-events)")
def stages(cloud, request, identity, _):
    return many([])


@route("POST", "runs/([^/]+)/actions/apply")
def confirm(cloud, request, identity):
    cloud.confirm(cloud.runs[identity])
    return Reply(202)


@route("POST", "runs/([^/]+)/actions/discard")
def discard(cloud, request, identity):
    cloud.runs[identity].move("discarded")
    return Reply(202)


@route("GET", "workspaces/([^/]+)/runs")
def runs(cloud, request, identity):
    return many([shown_run(of) for of in reversed(cloud.workspace(identity, "id").runs)])


@route("GET", "plans/([^/]+)")
def plan(cloud, request, identity):
    return one(shown_phase(find_phase(cloud, "plan", identity), "plan"))


@route("GET", "plans/([^/]+)/json-output-redacted")
def shown_plan(cloud, request, identity):
    return Reply(200, find_phase(cloud, "plan", identity).shown)


@route("GET", "plans/([^/]+)/json-output")
def full_plan(cloud, request, identity):
    return Reply(200, find_phase(cloud, "plan", identity).full)


@route("GET", "applies/([^/]+)")
def apply(cloud, request, identity):
    return one(shown_phase(find_phase(cloud, "apply", identity), "apply"))


@route("GET", "workspaces/([^/]+)/current-state-version")
def current_state(cloud, request, identity):
    states = cloud.workspace(identity, "id").states
    return one(shown_state(states[-1])) if states else Reply(404, error(404, "not found"))


@route("GET", "workspaces/([^/]+)/current-state-version-outputs")
def current_outputs(cloud, request, identity):
    states = cloud.workspace(identity, "id").states
    return many(shown_outputs(states[-1])) if states else Reply(404, error(404, "not found"))


@route("GET", "state-versions/([^/]+)/outputs")
def outputs(cloud, request, identity):
    return many(shown_outputs(cloud.states[identity]))


@route("GET", "state-versions/([^/]+)")
def state(cloud, request, identity):
    return one(shown_state(cloud.states[identity]))


@route("POST", "workspaces/([^/]+)/state-versions")
def create_state(cloud, request, identity):
    """What `terraform state mv`, `import` and `state push` do."""
    of = cloud.workspace(identity, "id")
    if not of.locked:
        return Reply(409, error(409, "the workspace is not locked"))
    content = base64.b64decode(request.json()["data"]["attributes"]["state"])
    return Reply(201, {"data": shown_state(cloud.keep(of, content))})
