"""Changes of a spec, each with what has to be served while it is applied."""

import copy
from dataclasses import dataclass, field
from typing import Callable

from watch import Waiting

DETAIL = {"order_id": "string"}
BASE = {
    "pipeline": "shop",
    "source": "shop.orders",
    "events": {
        "order.placed": {"detail_type": "Order Placed", "external": True, "detail": DETAIL},
        "order.billed": {"detail_type": "Order Billed", "external": True, "detail": DETAIL},
        "parcel.ready": {"detail_type": "Parcel Ready", "external": True, "detail": DETAIL},
        "order.refunded": {"detail_type": "Order Refunded", "external": True, "detail": DETAIL},
    },
    "archive": {"days": 7},
    "alarms": {"dashboard": False},
    "jobs": {
        "bill": {
            "function": {"package": "bill"},
            "triggers": [{"event": "order.placed"}, {"schedule": "rate(1 day)"}],
            "emits": ["order.billed"],
        },
        "pack": {
            "function": {"package": "pack"},
            "triggers": [{"event": "order.billed"}, {"schedule": "rate(1 hour)", "shards": 4}],
        },
        "notify": {"deliver_to": "queue", "triggers": [{"event": "parcel.ready"}]},
        "old": {"function": {"package": "old"}, "triggers": [{"event": "order.refunded"}]},
    },
}
WAITING = {
    "bill": [Waiting("bill, event", "Order Placed"), Waiting("bill, daily", schedule="rate(1 day)")],
    "pack": [Waiting("pack, event", "Order Billed"), Waiting("pack, hourly", schedule="rate(1 hour)")],
    "notify": [Waiting("notify, event", "Parcel Ready")],
    "old": [Waiting("old, event", "Order Refunded")],
}
# Functions and queues that are there already.
EXISTING_FUNCTIONS = ["legacy"]
EXISTING_QUEUES = ["ledger-a", "ledger-b"]


@dataclass
class Change:
    """A change: the spec before it and after it, and how it is applied."""

    id: str
    title: str
    change: Callable = lambda spec: None
    # What the spec has beside the base, before and after the change.
    given: Callable = lambda spec: None
    # The jobs that the change is about, beside which there are no others.
    jobs: tuple = ("bill",)
    # What no longer waits, as the change takes it away.
    without: tuple = ()
    act: str = "apply"
    options: tuple = ()
    waiting: list = field(default_factory=list)

    def before(self):
        spec = copy.deepcopy(BASE)
        spec["jobs"] = {name: job for name, job in spec["jobs"].items() if name in self.jobs}
        self.given(spec)
        return spec

    def after(self):
        spec = self.before()
        self.change(spec)
        return spec

    def waits(self):
        of_jobs = [wait for job in self.jobs for wait in WAITING[job] if job not in self.without]
        return self.waiting or of_jobs


def job(name, /, **keys):
    """Returns a change that sets keys of a job; None takes a key away."""

    def change(spec):
        for key, value in keys.items():
            if value is None:
                spec["jobs"][name].pop(key, None)
            else:
                spec["jobs"][name][key] = value

    return change


def trigger(name, index, /, **keys):
    """Returns a change that sets keys of a trigger."""

    def change(spec):
        for key, value in keys.items():
            if value is None:
                spec["jobs"][name]["triggers"][index].pop(key, None)
            else:
                spec["jobs"][name]["triggers"][index][key] = value

    return change


def top(**keys):
    """Returns a change that sets keys of the spec; None takes a key away."""

    def change(spec):
        for key, value in keys.items():
            if value is None:
                spec.pop(key)
            else:
                spec[key] = value

    return change


def rename(old, new, /, **keys):
    """Returns a change that renames a job."""

    def change(spec):
        spec["jobs"] = {new if name == old else name: found for name, found in spec["jobs"].items()}
        spec["jobs"][new].update(keys)

    return change


def remove(name):
    """Returns a change that removes a job."""
    return lambda spec: spec["jobs"].pop(name)


def add_trigger(name, /, **keys):
    """Returns a change that adds a trigger."""
    return lambda spec: spec["jobs"][name]["triggers"].append(keys)


def both(*changes):
    """Returns a change that makes several."""

    def change(spec):
        for one in changes:
            one(spec)

    return change


VERSIONS = job("bill", function={"package": "bill", "versions": True})
ZONE = trigger("bill", 1, timezone="Europe/Berlin")
EMITTED = [*WAITING["bill"], Waiting("pack, event", "Order Billed", emitter="bill"), Waiting("pack, hourly", schedule="rate(1 hour)")]

CHANGES = [
    Change("versions-on", "`versions: true`", VERSIONS),
    Change("versions-off", "`versions` taken away", job("bill", function={"package": "bill"}), VERSIONS),
    Change("other-bus", "default bus → a bus of its own", top(bus="orders"), jobs=("bill", "pack"), waiting=EMITTED),
    Change("function-to-queue", "function → `deliver_to: queue`", job("old", function=None, deliver_to="queue"), jobs=("old",)),
    Change("queue-to-function", "`deliver_to: queue` → function", job("notify", deliver_to=None, function={"package": "old"}), jobs=("notify",)),
    Change("queue-to-topic", "`deliver_to: queue` → `topic`", job("notify", deliver_to="topic"), jobs=("notify",)),
    Change("log-group-to-queue", "`deliver_to: log_group` → `queue`, another log group stays", job("notify", deliver_to="queue"), both(job("notify", deliver_to="log_group"), job("old", function=None, deliver_to="log_group")), jobs=("notify", "old")),
    Change("function-to-existing", "function → an existing function", job("bill", function={"existing": "legacy"}, emits=None)),
    Change("scheduler-to-existing", "function with a schedule of EventBridge Scheduler → an existing function", job("bill", function={"existing": "legacy"}, emits=None), ZONE),
    Change("existing-to-existing", "an existing queue → another", job("notify", deliver_to={"queue": {"existing": "ledger-b"}}), job("notify", deliver_to={"queue": {"existing": "ledger-a"}}), jobs=("notify",)),
    Change("buffer-on", "`buffer` added", job("bill", buffer={"batch": 10, "window": "5s"})),
    Change("buffer-off", "`buffer` taken away", job("bill", buffer=None), job("bill", buffer={"batch": 10, "window": "5s"})),
    Change("trigger-renamed", "trigger renamed, without `renamed_from`", trigger("bill", 0, id="placed")),
    Change("trigger-renamed-from", "trigger renamed, with `renamed_from`", trigger("bill", 0, id="placed", renamed_from="event")),
    Change("queue-trigger-renamed", "trigger of a queue renamed, without `renamed_from`", trigger("notify", 0, id="ready"), jobs=("notify",)),
    Change("job-renamed", "job renamed, without `renamed_from`", rename("bill", "charge"), jobs=("bill",)),
    Change("job-renamed-from", "job renamed, with `renamed_from`", rename("bill", "charge", renamed_from="bill"), jobs=("bill",)),
    Change("pipeline-renamed", "pipeline renamed", top(pipeline="store"), jobs=("bill", "notify")),
    Change("function-named", "a function gets a `name`", job("bill", name="charge-${environment}")),
    Change("bus-renamed", "a bus of its own → another of its own", top(bus="shop-b"), top(bus="shop-a"), jobs=("bill", "pack"), waiting=EMITTED),
    Change("rule-named", "a rule gets a `name`", trigger("bill", 0, name="charge-${environment}")),
    Change("rule-to-scheduler", "`timezone` added: rule → EventBridge Scheduler", ZONE),
    Change("scheduler-to-rule", "`timezone` taken away", trigger("bill", 1, timezone=None), ZONE),
    Change("more-shards", "4 shards → 8", trigger("pack", 1, shards=8), jobs=("pack",)),
    Change("trigger-added", "a trigger beside", add_trigger("bill", event="order.refunded", id="refunded")),
    Change("trigger-added-to-queue", "a trigger beside, of a queue", add_trigger("notify", event="order.refunded", id="refunded"), jobs=("notify",)),
    Change("job-added", "a job beside, of a longer name", lambda spec: spec["jobs"].update({"bill-late": {"function": {"package": "old"}, "triggers": [{"event": "order.refunded"}]}})),
    Change("job-removed", "a job removed", remove("old"), jobs=("bill", "old"), without=("old",)),
    Change("archive-removed", "`archive` removed", top(archive=None)),
    Change("replace", "`apply -replace` of a function", act="replace"),
    Change("replace-versions", "`apply -replace` of a function with `versions`", given=VERSIONS, act="replace"),
    Change("deleted", "a function deleted by hand, then `apply`", act="delete"),
    Change("deleted-versions", "a function with `versions` deleted by hand, then `apply`", given=VERSIONS, act="delete"),
    Change("interrupted", "the first `apply` interrupted, then `apply`", act="interrupt"),
    Change("upgrade", "the module of the version before → this one's", act="upgrade", jobs=("bill", "pack", "notify")),
    Change("upgrade-versions", "the module of the version before → this one's, with `versions` and EventBridge Scheduler", given=both(VERSIONS, ZONE), act="upgrade"),
]  # fmt: skip
