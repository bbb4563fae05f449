"""Judges whether what a pipeline waits for finds a target that takes it, from what is deployed at a moment."""

import fnmatch
import json
import time
from dataclasses import dataclass, field

from botocore.exceptions import ClientError


@dataclass
class Waiting:
    """Something that a pipeline waits for: a detail type, or the expression of a schedule."""

    name: str
    detail_type: str | None = None
    schedule: str | None = None
    # The job on whose bus the event is put; without one it counts on whichever bus it is taken.
    emitter: str | None = None


@dataclass
class Seen:
    """What was seen of it."""

    unserved_s: float = 0.0
    unkept_s: float = 0.0
    twice_s: float = 0.0
    since: dict = field(default_factory=dict)


class Watch:
    """Looks at everything after each call that changes something."""

    def __init__(self, client, answers, pipelines, waiting):
        names = ("events", "lambda", "sqs", "sns", "scheduler", "iam", "logs")
        self.events, self.functions, self.queues, self.topics, self.scheduler, self.iam, self.logs = map(client, names)
        self.answers = answers
        self.pipelines = pipelines
        self.waiting = waiting
        self.seen = {wait.name: Seen() for wait in waiting}
        self.log = []
        self.started = time.monotonic()

    def look(self, after):
        with self.answers.lock:
            routes = self.routes_now()
            now = time.monotonic()
            for wait in self.waiting:
                bus = self.bus_of(wait.emitter) if wait.emitter else None
                own = [route for route in routes if route.takes(wait, bus)]
                states = {
                    "unserved": not any(route.works for route in own),
                    "unkept": not any(route.works and route.keeps for route in own),
                    "twice": sum(route.works for route in own) > 1,
                }
                self.count(wait.name, states, now, after)

    def count(self, name, states, now, after):
        seen = self.seen[name]
        for state, is_so in states.items():
            since = seen.since.get(state)
            if is_so and since is None:
                seen.since[state] = now
                self.log.append(f"{now - self.started:6.1f} {name}: {state} after {after}")
            elif not is_so and since is not None:
                del seen.since[state]
                self.log.append(f"{now - self.started:6.1f} {name}: no longer {state} after {after}")
            if since is not None:
                longest = max(getattr(seen, f"{state}_s"), now - since)
                setattr(seen, f"{state}_s", longest)

    def end(self):
        """Looks once more. What is wrong then stays wrong."""
        self.look("the end")
        return {name: sorted(seen.since.keys() - {"twice"}) for name, seen in self.seen.items() if seen.since.keys() - {"twice"}}

    def bus_of(self, job):
        """Returns the bus on which the functions of a job put their events."""
        for function in self.functions.list_functions()["Functions"]:
            if any(function["FunctionName"] == f"{pipeline}-{job}-dev" for pipeline in self.pipelines):
                return function["Environment"]["Variables"]["EVENT_BUS_NAME"]
        return None

    def routes_now(self):
        """Returns the routes; what is deleted while they are read is read again."""
        while True:
            try:
                return self.routes()
            except ClientError as error:
                if not error.response["Error"]["Code"].endswith(("NotFoundException", "NotFound", "NonExistentQueue")):
                    raise

    def routes(self):
        found = []
        for bus in self.events.list_event_buses()["EventBuses"]:
            for rule in self.events.list_rules(EventBusName=bus["Name"])["Rules"]:
                # An archive is a rule of AWS's own.
                if rule.get("ManagedBy") or rule["Name"].startswith("Events-Archive-"):
                    continue
                targets = self.events.list_targets_by_rule(Rule=rule["Name"], EventBusName=bus["Name"])["Targets"]
                found.append(self.route_of_rule(bus["Name"], rule, targets))
        for listed in self.scheduler.list_schedules()["Schedules"]:
            schedule = self.scheduler.get_schedule(Name=listed["Name"], GroupName=listed["GroupName"])
            found.append(self.route_of_schedule(schedule))
        return found

    def route_of_rule(self, bus, rule, targets):
        works = bool(targets) and rule["State"] == "ENABLED"
        keeps = works
        for target in targets:
            works &= self.reaches(target["Arn"], rule["Arn"], target.get("RoleArn"))
            dead = target.get("DeadLetterConfig", {}).get("Arn")
            keeps &= bool(dead) and self.queue_lets_in(dead, rule["Arn"]) and self.keeps_failures(target["Arn"])
        pattern = json.loads(rule.get("EventPattern") or "{}")
        return Route(bus, pattern.get("detail-type", []), rule.get("ScheduleExpression"), works, keeps)

    def route_of_schedule(self, schedule):
        target = schedule["Target"]
        works = schedule["State"] == "ENABLED" and self.reaches(target["Arn"], None, target["RoleArn"])
        dead = target.get("DeadLetterConfig", {}).get("Arn")
        keeps = bool(dead) and self.role_may(target["RoleArn"], dead) and self.is_queue(dead)
        keeps &= self.keeps_failures(target["Arn"])
        return Route(None, [], schedule["ScheduleExpression"], works, keeps)

    def reaches(self, arn, rule, role):
        """Returns whether something is there, and takes what a rule sends, or what is sent with a role."""
        service, name = arn.split(":")[2], arn.split(":", 5)[5]
        if role and not self.role_may(role, arn):
            return False
        if service == "lambda":
            function, _, alias = name.removeprefix("function:").partition(":")
            if not self.answers.is_there(function, alias):
                return False
            statements = self.answers.permissions.get((function, alias), {}).values()
            return bool(role) or allows(list(statements), rule)
        if service == "sqs":
            return self.is_queue(arn) if role else self.queue_lets_in(arn, rule)
        if service == "sns":
            topics = [topic["TopicArn"] for topic in self.topics.list_topics()["Topics"]]
            if arn not in topics:
                return False
            policy = self.topics.get_topic_attributes(TopicArn=arn)["Attributes"].get("Policy", "{}")
            return bool(role) or allows(json.loads(policy).get("Statement", []), rule)
        if service == "logs":
            group = name.removeprefix("log-group:").removesuffix(":*")
            groups = self.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
            if all(found["logGroupName"] != group for found in groups):
                return False
            policies = self.logs.describe_resource_policies()["resourcePolicies"]
            documents = [json.loads(policy["policyDocument"]) for policy in policies]
            return any(permits(statement, f"{arn}:*") for document in documents for statement in document["Statement"])
        raise AssertionError(f"a target that is not judged: {arn}")

    def keeps_failures(self, arn):
        """Returns whether failed runs of a function are kept; nothing else has any."""
        if arn.split(":")[2] != "lambda":
            return True
        function, _, alias = arn.split(":", 6)[6].partition(":")
        if not any(function.startswith(f"{pipeline}-") for pipeline in self.pipelines):
            # Its owner says what becomes of them.
            return True
        found = self.answers.failures.get((function, alias), {})
        queue = found.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        return bool(queue) and self.is_queue(queue)

    def queue(self, arn):
        try:
            url = self.queues.get_queue_url(QueueName=arn.split(":")[5])["QueueUrl"]
            return self.queues.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        except self.queues.exceptions.QueueDoesNotExist:
            return None

    def is_queue(self, arn):
        return self.queue(arn) is not None

    def queue_lets_in(self, arn, rule):
        found = self.queue(arn)
        policy = json.loads((found or {}).get("Policy") or "{}")
        return allows(policy.get("Statement", []), rule)

    def role_may(self, role, arn):
        name = role.rpartition("/")[2]
        try:
            policies = self.iam.list_role_policies(RoleName=name)["PolicyNames"]
        except self.iam.exceptions.NoSuchEntityException:
            return False
        documents = [self.iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"] for policy in policies]
        return any(permits(statement, arn) for document in documents for statement in document["Statement"])


@dataclass
class Route:
    """A rule or a schedule, with whether all of its targets work and keep what fails."""

    bus: str | None
    detail_types: list
    schedule: str | None
    works: bool
    keeps: bool

    def takes(self, wait, bus):
        if wait.schedule:
            return self.schedule == wait.schedule
        return wait.detail_type in self.detail_types and bus in (None, self.bus)


def allows(statements, rule):
    """Returns whether a resource's policy lets EventBridge in for a rule."""
    return any(
        statement["Effect"] == "Allow"
        and "events.amazonaws.com" in as_list(statement["Principal"].get("Service", []))
        and all(holds(operator, keys, rule) for operator, keys in statement.get("Condition", {}).items())
        for statement in statements
        if isinstance(statement["Principal"], dict)
    )


def holds(operator, keys, rule):
    found = any(fnmatch.fnmatchcase(rule, pattern) for patterns in keys.values() for pattern in as_list(patterns))
    return found == (operator != "ArnNotLike")


def permits(statement, arn):
    patterns = as_list(statement["Resource"])
    return statement["Effect"] == "Allow" and any(fnmatch.fnmatchcase(arn, pattern) for pattern in patterns)


def as_list(value):
    return value if isinstance(value, list) else [value]
