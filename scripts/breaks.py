"""Breaks things by hand through the API of a stand-in, which `codegen verify` then has to find.

Each function breaks one thing. It returns the finding that is expected, whether `terraform apply` mends it, and how a
person mends it by hand, as the finding's help says.
"""

import json
from dataclasses import dataclass
from typing import Callable

ENVIRONMENT = "dev"
BUSES = {
    "shop": f"orders-{ENVIRONMENT}",
    "bank": f"payments-{ENVIRONMENT}",
    "newsletter": f"newsletter-{ENVIRONMENT}",
    "billing": f"billing-{ENVIRONMENT}",
    "dunning": f"dunning-{ENVIRONMENT}",
    "webshop": f"webshop-{ENVIRONMENT}",
}


@dataclass
class Broken:
    """A thing that was broken, and how it is mended."""

    finding: tuple
    mend: Callable
    is_seen_by_terraform: bool = True


class Account:
    """The clients of a stand-in's services, for one pipeline."""

    def __init__(self, client, pipeline, bus=None):
        self.events = client("events")
        self.functions = client("lambda")
        self.queues = client("sqs")
        self.scheduler = client("scheduler")
        self.bus = bus or BUSES.get(pipeline, "default")

    def on_bus(self, rule):
        """Returns the bus of a rule. Schedules are on the default bus."""
        names = [of["Name"] for of in self.events.list_rules(EventBusName=self.bus, NamePrefix=rule)["Rules"]]
        return self.bus if rule in names else "default"

    def targets(self, rule):
        return self.events.list_targets_by_rule(Rule=rule, EventBusName=self.on_bus(rule))["Targets"]

    def queue(self, name):
        return self.queues.get_queue_url(QueueName=name)["QueueUrl"]

    def change_schedule(self, name, **changes):
        found = self.scheduler.get_schedule(Name=name)
        keys = ("ScheduleExpression", "ScheduleExpressionTimezone", "FlexibleTimeWindow", "Target", "State", "Description")
        self.scheduler.update_schedule(Name=name, **{key: found[key] for key in keys if key in found} | changes)


def by_apply():
    raise AssertionError("`terraform apply` did not mend it")


def missing_rule(account, name):
    bus = account.on_bus(name)
    account.events.remove_targets(Rule=name, EventBusName=bus, Ids=[of["Id"] for of in account.targets(name)])
    account.events.delete_rule(Name=name, EventBusName=bus)
    return Broken(("missing-rule", f"rule {name}"), by_apply)


def missing_schedule(account, name):
    account.scheduler.delete_schedule(Name=name)
    return Broken(("missing-rule", f"schedule {name}"), by_apply)


def disabled_rule(account, name):
    account.events.disable_rule(Name=name, EventBusName=account.on_bus(name))
    return Broken(("disabled-rule", f"rule {name}"), by_apply)


def enabled_rule(account, name):
    account.events.enable_rule(Name=name, EventBusName=account.on_bus(name))
    return Broken(("enabled-rule", f"rule {name}"), by_apply)


def disabled_schedule(account, name):
    account.change_schedule(name, State="DISABLED")
    return Broken(("disabled-rule", f"schedule {name}"), by_apply)


def other_pattern(account, name):
    pattern = {"source": ["somebody.else"]}
    account.events.put_rule(
        Name=name, EventBusName=account.on_bus(name), EventPattern=json.dumps(pattern), State="ENABLED"
    )
    return Broken(("other-pattern", f"rule {name}"), by_apply)


def other_schedule(account, name):
    account.events.put_rule(Name=name, ScheduleExpression="rate(5 hours)", State="ENABLED")
    return Broken(("other-schedule", f"rule {name}"), by_apply)


def other_time(account, name):
    account.change_schedule(name, ScheduleExpressionTimezone="Asia/Tokyo")
    return Broken(("other-schedule", f"schedule {name}"), by_apply)


def foreign_target(account, name):
    target = account.targets(name)[0]
    target["Arn"] += "-of-others"
    account.events.put_targets(Rule=name, EventBusName=account.on_bus(name), Targets=[target])
    return Broken(("foreign-target", f"target {target['Id']} of the rule {name}"), by_apply)


def second_target(account, name):
    bus = account.on_bus(name)
    target = account.targets(name)[0]
    by_hand = target | {"Id": "by-hand", "Arn": target["Arn"] + "-of-others"}
    account.events.put_targets(Rule=name, EventBusName=bus, Targets=[by_hand])

    def mend():
        account.events.remove_targets(Rule=name, EventBusName=bus, Ids=["by-hand"])

    return Broken(("foreign-target", f"target by-hand of the rule {name}"), mend, is_seen_by_terraform=False)


def other_input(account, name):
    target = account.targets(name)[0]
    target["InputTransformer"]["InputTemplate"] = '{"nothing": "of it"}'
    account.events.put_targets(Rule=name, EventBusName=account.on_bus(name), Targets=[target])
    return Broken(("other-input", f"target {target['Id']} of the rule {name}"), by_apply)


def missing_permission(account, rule, function):
    """Removes a permission of the function, or of the alias behind its name."""
    name, _, alias = function.partition(":")
    qualifier = {"Qualifier": alias} if alias else {}
    policy = json.loads(account.functions.get_policy(FunctionName=name, **qualifier)["Policy"])
    # The provider has put a time behind the rule's name.
    ids = [of["Sid"] for of in policy["Statement"] if of["Sid"].startswith(rule)]
    for statement in ids:
        account.functions.remove_permission(FunctionName=name, StatementId=statement, **qualifier)
    assert len(ids) == 1, ids
    return Broken(("missing-permission", f"function {function}"), by_apply)


def missing_queue_policy(account, queue):
    account.queues.set_queue_attributes(QueueUrl=account.queue(queue), Attributes={"Policy": ""})
    return Broken(("missing-queue-policy", f"queue {queue}"), by_apply)


def no_concurrency(account, function):
    account.functions.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)

    def mend():
        account.functions.delete_function_concurrency(FunctionName=function)

    return Broken(("no-concurrency", f"function {function}"), mend)


def dead_letters(account, queue):
    account.queues.send_message(QueueUrl=account.queue(queue), MessageBody="{}")

    def mend():
        account.queues.purge_queue(QueueUrl=account.queue(queue))

    return Broken(("dead-letters", f"queue {queue}"), mend, is_seen_by_terraform=False)


def mapping_of(account, function):
    # By its ARN: moto knows mappings only by the text that they were made with.
    arn = account.functions.get_function(FunctionName=function)["Configuration"]["FunctionArn"]
    return account.functions.list_event_source_mappings(FunctionName=arn)["EventSourceMappings"][0]


def unread_queue(account, function):
    account.functions.update_event_source_mapping(UUID=mapping_of(account, function)["UUID"], Enabled=False)
    return Broken(("unread-queue", f"function {function}"), by_apply)


def other_batches(account, function):
    account.functions.update_event_source_mapping(UUID=mapping_of(account, function)["UUID"], BatchSize=1)
    return Broken(("other-batches", f"function {function}"), by_apply)


def other_redrive(account, queue):
    url = account.queue(queue)
    account.queues.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "1"})
    return Broken(("other-redrive", f"queue {queue}"), by_apply)


def unknown_rule(account, name):
    account.events.put_rule(Name=name, EventBusName=account.bus, EventPattern='{"source": ["nobody"]}')

    def mend():
        account.events.delete_rule(Name=name, EventBusName=account.bus)

    return Broken(("unknown-rule", f"rule {name}"), mend, is_seen_by_terraform=False)


# The breaks of each pipeline, with names on AWS without the environment at their end.
BREAKS = {
    "spendsense": [
        (missing_rule, "spendsense-compute-features-scheduled"),
        (disabled_rule, "spendsense-compute-features-event"),
        (other_pattern, "spendsense-assign-persona-event"),
        (other_schedule, "spendsense-assign-persona-scheduled"),
        (foreign_target, "spendsense-generate-recommendations-event"),
        (missing_permission, "spendsense-compute-features-event", "spendsense-compute-features"),
        (missing_queue_policy, "spendsense-assign-persona-dlq"),
        (other_input, "spendsense-generate-recommendations-scheduled"),
        (no_concurrency, "spendsense-generate-recommendations"),
        (dead_letters, "spendsense-generate-recommendations-dlq"),
        (unknown_rule, "spendsense-forgotten-event"),
        (second_target, "spendsense-assign-persona-event"),
    ],
    "shop": [
        (missing_rule, "shop-pack-urgent"),
        (disabled_rule, "shop-bill-event"),
        (enabled_rule, "shop-notify-uploads"),
        (other_pattern, "shop-pack-event"),
        (foreign_target, "shop-bill-event"),
        (missing_permission, "shop-bill-event", "shop-bill"),
        (missing_queue_policy, "shop-pack-dlq"),
        (other_input, "shop-notify-event"),
        (no_concurrency, "shop-pack"),
        (dead_letters, "shop-notify-dlq"),
        (unknown_rule, "shop-forgotten-event"),
        (second_target, "shop-pack-event"),
    ],
    "billing": [
        (missing_rule, "billing-issue-event"),
        (other_pattern, "billing-ledger-pattern"),
        (missing_queue_policy, "billing-collect-dlq"),
    ],
    "dunning": [
        (other_pattern, "dunning-close-reminded"),
        (disabled_rule, "dunning-close-reminded"),
        (missing_queue_policy, "dunning-remind-dlq"),
    ],
    "digest": [
        (missing_rule, "digest-collect-scheduled-2"),
        (missing_schedule, "digest-send-launch"),
        (other_pattern, "digest-audit-event"),
        (other_schedule, "digest-collect-scheduled"),
        (disabled_rule, "digest-collect-scheduled"),
        (other_time, "digest-send-scheduled"),
        (disabled_schedule, "digest-send-scheduled"),
        (foreign_target, "digest-audit-event"),
        (missing_permission, "digest-audit-event", "digest-audit"),
        (missing_queue_policy, "digest-collect-dlq"),
        (other_input, "digest-collect-scheduled"),
        (no_concurrency, "digest-send"),
        (dead_letters, "digest-send-dlq"),
        (unknown_rule, "digest-forgotten-event"),
        (second_target, "digest-audit-event"),
    ],
    "bank": [
        (missing_rule, "bank-dunning-event"),
        (disabled_rule, "bank-journal-pattern"),
        (other_pattern, "bank-accounting-refused"),
        (other_time, "bank-settle-scheduled"),
        (foreign_target, "bank-accounting-event"),
        (missing_permission, "bank-settle-event", "bank-settle:live"),
        (missing_queue_policy, "bank-headquarters-dlq"),
        (missing_queue_policy, "bank-accounting"),
        (other_input, "bank-partners-event"),
        (no_concurrency, "bank-settle"),
        (dead_letters, "bank-partners-dlq"),
        (unknown_rule, "bank-forgotten-event"),
        (second_target, "bank-headquarters-event"),
    ],
    "newsletter": [
        (missing_rule, "newsletter-write-event"),
        (foreign_target, "newsletter-count-event"),
        (missing_permission, "newsletter-count-event", "=reader-statistics:live"),
        (missing_permission, "newsletter-print-event", "newsletter-print:live"),
        (missing_queue_policy, "newsletter-send-dlq"),
        (no_concurrency, "newsletter-print"),
    ],
    "mailing": [
        (missing_rule, "mailing-address-event"),
        (foreign_target, "mailing-mail-event"),
        (missing_queue_policy, "mailing-mail-buffer"),
        (unread_queue, "mailing-count"),
        (other_batches, "mailing-mail"),
        (other_redrive, "mailing-mail-buffer"),
        (no_concurrency, "mailing-mail"),
        (dead_letters, "mailing-mail-dlq"),
        (unknown_rule, "mailing-forgotten-event"),
    ],
    "webshop": [
        (missing_rule, "webshop-mail"),
        (other_pattern, "webshop-accept-event"),
        (disabled_rule, "webshop-import-invoice-event"),
        (foreign_target, "webshop-tax-event"),
        (missing_permission, "webshop-tax-invoice", "legacy-tax:live"),
        (missing_queue_policy, "webshop-mail-buffer"),
        (other_batches, "webshop-mail"),
        (other_time, "webshop-remind-scheduled"),
        (second_target, "webshop-crm-event"),
        (dead_letters, "webshop-erp-dlq"),
        (unknown_rule, "webshop-forgotten-event"),
    ],
}


def gaps(stand_in, pipeline):
    """Returns what `terraform apply` mends on AWS but not on a stand-in, with the reason."""
    # The spec of the bank reserves a concurrency, so there Terraform sees that it is missing.
    if stand_in != "moto" or pipeline == "bank":
        return {}
    return {"no-concurrency": "moto 5.2 leaves a reserved concurrency of 0 out of GetFunction, so Terraform sees none"}


def break_all(account, pipeline):
    """Breaks everything, and returns what was broken."""
    return [broken(account, *map(in_environment, names)) for broken, *names in BREAKS[pipeline]]


def in_environment(name):
    # A function of others has one name in every environment.
    if name.startswith("="):
        return name[1:]
    name, colon, alias = name.partition(":")
    return f"{name}-{ENVIRONMENT}{colon}{alias}"
