"""What `codegen verify` has to find: each thing is broken by hand through the API of a stand-in.

A break answers the finding that it has to lead to, and whether `terraform apply` mends it; what Terraform does not
see is mended by hand, as the finding's help says.
"""

import json

import boto3

ENVIRONMENT = "dev"
FIRST, SECOND, THIRD = "compute-features", "assign-persona", "generate-recommendations"


class Account:
    """The clients of a stand-in's services."""

    def __init__(self, url, region):
        def client(service):
            return boto3.client(
                service, endpoint_url=url, region_name=region, aws_access_key_id="test", aws_secret_access_key="test"
            )

        self.events = client("events")
        self.functions = client("lambda")
        self.queues = client("sqs")

    def queue(self, job):
        return self.queues.get_queue_url(QueueName=f"spendsense-{job}-dlq-{ENVIRONMENT}")["QueueUrl"]

    def target(self, name):
        return self.events.list_targets_by_rule(Rule=name)["Targets"][0]


def rule(job, trigger):
    return f"spendsense-{job}-{trigger}-{ENVIRONMENT}"


def function(job):
    return f"spendsense-{job}-{ENVIRONMENT}"


def missing_rule(account):
    name = rule(FIRST, "scheduled")
    account.events.remove_targets(Rule=name, Ids=[account.target(name)["Id"]])
    account.events.delete_rule(Name=name)
    return "missing-rule", f"rule {name}"


def disabled_rule(account):
    name = rule(FIRST, "event")
    account.events.disable_rule(Name=name)
    return "disabled-rule", f"rule {name}"


def other_pattern(account):
    name = rule(SECOND, "event")
    pattern = {"source": ["spendsense"], "detail-type": ["Features Computed"]}
    account.events.put_rule(Name=name, EventPattern=json.dumps(pattern), State="ENABLED")
    return "other-pattern", f"rule {name}"


def other_schedule(account):
    name = rule(SECOND, "scheduled")
    account.events.put_rule(Name=name, ScheduleExpression="rate(5 minutes)", State="ENABLED")
    return "other-schedule", f"rule {name}"


def foreign_target(account):
    name = rule(THIRD, "event")
    target = account.target(name)
    target["Arn"] = target["Arn"].replace(function(THIRD), function(FIRST))
    account.events.put_targets(Rule=name, Targets=[target])
    return "foreign-target", f"target {target['Id']} of the rule {name}"


def missing_permission(account):
    name = rule(FIRST, "event")
    account.functions.remove_permission(FunctionName=function(FIRST), StatementId=name)
    return "missing-permission", f"function {function(FIRST)}"


def missing_queue_policy(account):
    account.queues.set_queue_attributes(QueueUrl=account.queue(SECOND), Attributes={"Policy": ""})
    return "missing-queue-policy", f"queue spendsense-{SECOND}-dlq-{ENVIRONMENT}"


def other_input(account):
    name = rule(THIRD, "scheduled")
    target = account.target(name)
    target["InputTransformer"]["InputTemplate"] = '{"nothing": "of it"}'
    account.events.put_targets(Rule=name, Targets=[target])
    return "other-input", f"target {target['Id']} of the rule {name}"


def no_concurrency(account):
    account.functions.put_function_concurrency(FunctionName=function(THIRD), ReservedConcurrentExecutions=0)
    return "no-concurrency", f"function {function(THIRD)}"


def dead_letters(account):
    account.queues.send_message(QueueUrl=account.queue(THIRD), MessageBody="{}")
    return "dead-letters", f"queue spendsense-{THIRD}-dlq-{ENVIRONMENT}"


def unknown_rule(account):
    name = rule("forgotten", "event")
    account.events.put_rule(Name=name, EventPattern='{"source": ["spendsense"]}')
    return "unknown-rule", f"rule {name}"


def second_target(account):
    name = rule(SECOND, "event")
    arn = account.target(name)["Arn"].replace(function(SECOND), function(FIRST))
    account.events.put_targets(Rule=name, Targets=[{"Id": "by-hand", "Arn": arn}])
    return "foreign-target", f"target by-hand of the rule {name}"


# What `terraform apply` mends, and what it does not see.
MENDED = [
    missing_rule, disabled_rule, other_pattern, other_schedule, foreign_target, missing_permission,
    missing_queue_policy, other_input, no_concurrency,
]  # fmt: skip
BY_HAND = [dead_letters, unknown_rule, second_target]
# What it mends on AWS, and not on a stand-in, with the reason.
GAPS = {
    "ministack": {},
    "moto": {"no-concurrency": "moto 5.2 leaves a reserved concurrency of 0 out of GetFunction, so Terraform sees none"},
}


def break_all(account):
    """Breaks everything, and answers the findings that have to come of it."""
    return sorted(broken(account) for broken in MENDED + BY_HAND)


def left_after_apply(stand_in):
    """The ids of the findings that `terraform apply` leaves."""
    return sorted(["dead-letters", "foreign-target", "unknown-rule", *GAPS[stand_in]])


def mend_by_hand(stand_in, account):
    """What the findings' help says for what Terraform does not see."""
    account.queues.purge_queue(QueueUrl=account.queue(THIRD))
    account.events.delete_rule(Name=rule("forgotten", "event"))
    account.events.remove_targets(Rule=rule(SECOND, "event"), Ids=["by-hand"])
    if "no-concurrency" in GAPS[stand_in]:
        account.functions.delete_function_concurrency(FunctionName=function(THIRD))
