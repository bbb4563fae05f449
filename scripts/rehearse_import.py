"""Imports a live bus with rules in all the styles that people and tools write, and checks that nothing is made twice.

usage: rehearse_import.py PROGRAMS WORK

PROGRAMS is the folder of the commands. The bus is written with boto3 on a stand-in. What is imported is generated,
planned with the real provider and applied: the plan may take over, add tags and descriptions, and destroy nothing; a
second plan is empty. Then SpendSense as the CDK would deploy it.
"""

import collections
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import yaml
from stand_in import ENVIRONMENT, REGION, Failed, StandIn, changed, rehearse

ACCOUNT = "123456789012"
# What the first plan may change: words for people, and defaults written out. No such change reaches an event.
HARMLESS = {
    "aws_cloudwatch_event_rule": {"description", "tags_all", "force_destroy", "event_bus_name", "event_pattern"},
    "aws_cloudwatch_event_target": {"retry_policy", "force_destroy", "input_path", "input", "event_bus_name"},
    "aws_scheduler_schedule": {"description"},
    "aws_lambda_permission": set(),
}


def arn(service, resource):
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def from_json(text):
    """Returns what a constant input says: white space in it is none of its meaning."""
    return text and json.loads(text)


def function(name):
    return arn("lambda", f"function:{name}")


class Live(StandIn):
    """A stand-in with a deployment that no pipeline has made."""

    def __init__(self, programs, work, pipeline):
        folder = work / f"import-{pipeline}"
        super().__init__("moto", programs, folder, pipeline, str(folder / "moto" / "pipeline.yaml"))
        # The root module is the one that the import writes.
        self.environment["TF_VAR_environment"] = ENVIRONMENT

    @staticmethod
    def make_zip(into):
        with zipfile.ZipFile(into, "w") as file:
            file.writestr("a.py", "def b(event, context): pass\n")

    def make_functions(self, *names):
        packed = io.BytesIO()
        self.make_zip(packed)
        role = self.make_role(f"old-{names[0]}", "lambda.amazonaws.com")
        functions = self.client("lambda")
        for name in names:
            functions.create_function(
                FunctionName=name, Runtime="python3.13", Handler="a.b", Role=role, Code={"ZipFile": packed.getvalue()}
            )

    def make_queue(self, name, **attributes):
        self.client("sqs").create_queue(QueueName=name, Attributes=attributes)
        return arn("sqs", name)

    def make_role(self, name, service):
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        return self.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]

    def make_rule(self, name, target, *more, bus="default", sid=None, lets_in=True, **rule):
        """Makes a rule with its targets, and lets it in as a console or a tool does."""
        events = self.client("events")
        pattern = rule.pop("pattern", None)
        said = {"EventPattern": json.dumps(pattern)} if pattern else {}
        if bus != "default":
            said["EventBusName"] = bus
        made = events.put_rule(Name=name, **said, **rule)["RuleArn"]
        at = {"EventBusName": bus} if bus != "default" else {}
        targets = [one if isinstance(one, dict) else {"Id": one.rsplit(":", 1)[-1], "Arn": one} for one in (target, *more)]
        failed = events.put_targets(Rule=name, Targets=targets, **at)
        if failed["FailedEntryCount"]:
            raise Failed(f"{name}: {failed}")
        for index, one in enumerate(targets):
            if ":function:" in one["Arn"] and lets_in:
                of_function, _, qualifier = one["Arn"].split(":function:")[1].partition(":")
                more = {"Qualifier": qualifier} if qualifier else {}
                self.client("lambda").add_permission(
                    FunctionName=of_function, StatementId=sid or f"AllowRule{name.replace('.', '-')}{index}",
                    Action="lambda:InvokeFunction", Principal="events.amazonaws.com", SourceArn=made, **more,
                )  # fmt: skip
        return made

    def import_all(self, *options):
        """Imports, generates and plans. Returns the report, and the changes of the plan."""
        codegen = str(self.programs / "codegen")
        spec = ["--spec", self.spec]
        # Exit status 1: something is left out or changes.
        command = [
            codegen, "import", *spec, "--pipeline", self.pipeline, "--environment", ENVIRONMENT, "--endpoint-url", self.url,
            "--region", REGION, "--format", "json", *options,
        ]  # fmt: skip
        report = self.run_with(command, (0, 1))
        self.run(codegen, "generate", *spec)
        return json.loads(report), self.plan()

    def run_with(self, command, statuses):
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        with (self.folder / "commands.log").open("a") as log:
            log.write(f"$ {' '.join(command)}\n{done.stdout}\n{done.stderr}\n")
        if done.returncode not in statuses:
            raise Failed(f"`{' '.join(command)}` failed:\n{done.stderr}")
        return done.stdout

    def plan(self):
        terraform = ["terraform", f"-chdir={self.terraform}"]
        self.run(*terraform, "init", "-input=false")
        self.run(*terraform, "plan", "-input=false", "-out=import.tfplan")
        plan = json.loads(self.run(*terraform, "show", "-json", "import.tfplan"))
        return [change for change in plan["resource_changes"] if change["mode"] == "managed"]

    def apply(self):
        self.run("terraform", f"-chdir={self.terraform}", "apply", "-input=false", "import.tfplan")

    def check_plan(self, report, changes):
        """Checks that a plan takes over what the report says, replaces and destroys nothing, and changes no event."""
        adopted, added, touched = collections.Counter(), collections.Counter(), []
        for change in changes:
            kind, actions = change["type"], change["change"]["actions"]
            if "delete" in actions:
                raise Failed(f"the plan wants to {'-'.join(actions)} {change['address']}")
            if "importing" in change["change"]:
                adopted[kind] += 1
                attributes = set(changed(change["change"])) if actions == ["update"] else set()
                if attributes - HARMLESS.get(kind, set()) - {"tags_all", "tags"}:
                    touched.append((change["address"], sorted(attributes)))
            elif actions == ["create"] and kind != "terraform_data":
                added[kind] += 1
        if dict(adopted) != report["adopted"]:
            raise Failed(f"the plan takes over {dict(adopted)}, and the report says {report['adopted']}")
        if dict(added) != report["added"]:
            raise Failed(f"the plan adds {dict(added)}, and the report says {report['added']}")
        return adopted, added, touched

    def check_second_plan_is_empty(self):
        for change in self.plan():
            if change["change"]["actions"] not in (["no-op"], ["read"]):
                raise Failed(f"the second plan wants {change['change']['actions']} of {change['address']}: {changed(change['change'])}")

    def listed(self):
        """Returns everything that delivers: rules with their targets, schedules."""
        events, schedules = self.client("events"), self.client("scheduler")
        found = {}
        for bus in [one["Name"] for one in events.list_event_buses()["EventBuses"]]:
            for rule in events.list_rules(EventBusName=bus)["Rules"]:
                targets = events.list_targets_by_rule(EventBusName=bus, Rule=rule["Name"])["Targets"]
                found[bus, rule["Name"]] = (
                    rule["State"], json.loads(rule.get("EventPattern", "null")), rule.get("ScheduleExpression"),
                    sorted((one["Id"], one["Arn"], from_json(one.get("Input"))) for one in targets),
                )  # fmt: skip
        for one in schedules.list_schedules()["Schedules"]:
            body = schedules.get_schedule(Name=one["Name"], GroupName=one["GroupName"])
            found[one["GroupName"], one["Name"]] = (
                body["State"], body["ScheduleExpression"], body.get("ScheduleExpressionTimezone"),
                str(body.get("StartDate")), str(body.get("EndDate")), body["Target"]["Arn"],
                from_json(body["Target"].get("Input")), body["Target"]["RoleArn"],
            )  # fmt: skip
        return found


class SpendSense(Live):
    """SpendSense as the CDK would have deployed it: rules with the pipeline's names, targets and statements with its own."""

    OPTIONS = ()

    def __init__(self, programs, work):
        super().__init__(programs, work, "spendsense")

    def make(self):
        spec = yaml.safe_load(Path("pipeline.yaml").read_text())
        for job, said in spec["jobs"].items():
            name = f"{self.pipeline}-{job}-{ENVIRONMENT}"
            self.make_functions(name)
            for trigger in said["triggers"]:
                kind = next(kind for kind in ("event", "schedule") if kind in trigger)
                rule = trigger.get("id", {"event": "event", "schedule": "scheduled"}[kind])
                if kind == "schedule":
                    when = {"ScheduleExpression": trigger["schedule"]}
                else:
                    detail = {"event_type": [trigger["event"]], **trigger.get("where", {})}
                    event = spec["events"][trigger["event"]]
                    pattern = {"source": [spec["source"]], "detail-type": [event["detail_type"]], "detail": detail}
                    when = {"pattern": pattern}
                target = {"Id": "Target0", "Arn": function(name)}
                words = "".join(word.capitalize() for word in f"{job}-{rule}".split("-"))
                sid = f"SpendsenseStack-{words}AllowEventRule5E1A2B3C-1A2B3C4D5E6F7"
                self.make_rule(f"{self.pipeline}-{job}-{rule}-{ENVIRONMENT}", target, sid=sid, **when)

    def check(self, report, adopted):
        """Checks that all of it is taken over, and that no name of a rule had to be said."""
        text = Path(self.spec).read_text()
        said = [line for line in text.splitlines() if line.strip().startswith("name:")]
        rules = adopted["aws_cloudwatch_event_rule"]
        wrong = [note for note in report["notes"] if note["kind"] != "remark"]
        if said or wrong or rules != 12 or adopted["aws_lambda_permission"] != rules:
            raise Failed(f"{adopted}, {said}, {wrong}")


class Acme(Live):
    """A bus on which several people and tools have made rules over the years."""

    OPTIONS = ("--bus", "orders", "--bus", "default", "--schedules", "")

    def __init__(self, programs, work):
        super().__init__(programs, work, "acme")

    def make(self):
        client = self.client
        client("events").create_event_bus(Name="orders")
        self.make_functions("mail", "acme-bill-dev", "Shop-ShipFn5E1A2B3C-xYz1AbCdEfGh", "report", "audit", "versioned")
        version = client("lambda").publish_version(FunctionName="versioned")["Version"]
        client("lambda").create_alias(FunctionName="versioned", Name="live", FunctionVersion=version)
        dead, work = self.make_queue("acme-dead"), self.make_queue("work")
        fifo = self.make_queue("orders.fifo", FifoQueue="true", ContentBasedDeduplication="true")
        topic = client("sns").create_topic(Name="orders")["TopicArn"]
        client("kinesis").create_stream(StreamName="orders", ShardCount=1)
        to_targets = self.make_role("EventBridge_Invoke_Targets", "events.amazonaws.com")
        to_schedules = self.make_role("Scheduler_Invoke", "scheduler.amazonaws.com")
        rule = self.make_rule
        # Names as people write them.
        rule("order-mail", function("mail"), bus="orders", pattern={"source": ["acme.shop"], "detail-type": ["Order Placed"]})
        rule("OrderBilled", function("acme-bill-dev"), bus="orders", pattern={"source": ["acme.shop"], "detail-type": ["Order Billed"], "detail": {"total": [{"numeric": [">=", 5000]}]}})  # fmt: skip
        rule("acme_audit.all", function("audit"), bus="orders", pattern={"source": [{"prefix": "acme."}]})
        rule("acme-bill-refund-dev", {"Id": "bill", "Arn": function("acme-bill-dev")}, bus="orders", pattern={"source": ["acme.shop"], "detail-type": ["Order Refunded"]})  # fmt: skip
        # As the CDK and CloudFormation name them, with random ends.
        rule("Shop-OnShipped5E1A2B3C-1A2B3C4D5E6F7", {"Id": "Target0", "Arn": function("Shop-ShipFn5E1A2B3C-xYz1AbCdEfGh"), "DeadLetterConfig": {"Arn": dead}, "RetryPolicy": {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 7200}}, bus="orders", pattern={"source": ["acme.shop"], "detail-type": ["Order Shipped"], "detail": {"event_type": ["order.shipped"]}})  # fmt: skip
        # Other sources, one of which cannot be a pipeline's.
        rule("partner-in", function("mail"), bus="orders", pattern={"source": ["partner.crm"], "detail-type": ["Lead"]})
        rule("bucket-uploads", function("report"), pattern={"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": ["acme-in"]}}})  # fmt: skip
        rule("ec2-states", function("audit"), pattern={"source": ["aws.ec2"], "detail-type": ["EC2 Instance State-change Notification"]})
        rule("anything-but", function("audit"), bus="orders", pattern={"source": ["acme.shop"], "detail": {"channel": [{"anything-but": ["web"]}]}})
        rule("either", function("audit"), bus="orders", pattern={"$or": [{"source": ["a"]}, {"detail-type": ["B"]}]})
        rule("braces", function("audit"), bus="orders", pattern={"source": ["acme.shop"], "detail": {"template": ["${name}"]}})
        # Inputs.
        rule("constant", {"Id": "1", "Arn": function("mail"), "Input": '{"html": "<b>hi</b>", "n": 12345678901234567890}'}, bus="orders", pattern={"source": ["acme.shop"], "detail-type": ["Constant"]})  # fmt: skip
        rule("part", {"Id": "1", "Arn": function("mail"), "InputPath": "$.detail"}, bus="orders", pattern={"source": ["acme.shop"], "detail-type": ["Part"]})
        rule("transformed", {"Id": "1", "Arn": function("mail"), "InputTransformer": {"InputPathsMap": {"id": "$.detail.id"}, "InputTemplate": '{"order": <id>}'}}, bus="orders", pattern={"source": ["acme.shop"], "detail-type": ["Transformed"]})  # fmt: skip
        # Off, by alias, and to a version's newest code.
        rule("switched-off", function("mail"), bus="orders", State="DISABLED", pattern={"source": ["acme.shop"], "detail-type": ["Off"]})
        rule("by-alias", function("versioned:live"), bus="orders", pattern={"source": ["acme.shop"], "detail-type": ["Alias"]})
        # Schedules as rules.
        rule("nightly-report", function("report"), ScheduleExpression="cron(0 3 * * ? *)")
        rule("every-hour", {"Id": "1", "Arn": function("report"), "Input": '{"kind": "hourly"}'}, ScheduleExpression="rate(1 hour)")
        rule("paused", function("report"), ScheduleExpression="rate(5 minutes)", State="DISABLED")
        # Other targets.
        rule("to-queue", {"Id": "q", "Arn": work, "RoleArn": to_targets}, bus="orders", pattern={"source": ["acme.shop"], "detail-type": ["Queued"]})
        rule("to-fifo", {"Id": "q", "Arn": fifo, "SqsParameters": {"MessageGroupId": "orders"}}, bus="orders", pattern={"source": ["acme.shop"], "detail-type": ["Ordered"]})
        rule("to-topic", {"Id": "t", "Arn": topic}, bus="orders", pattern={"source": ["acme.shop"], "detail-type": ["Told"]})
        rule("to-stream", {"Id": "s", "Arn": arn("kinesis", "stream/orders"), "RoleArn": to_targets, "KinesisParameters": {"PartitionKeyPath": "$.detail.id"}}, bus="orders", pattern={"source": ["acme.shop"], "detail-type": ["Streamed"]})  # fmt: skip
        rule("to-machine", {"Id": "m", "Arn": arn("states", "stateMachine:fulfil"), "RoleArn": to_targets}, bus="orders", pattern={"source": ["acme.shop"], "detail-type": ["Started"]})
        rule("to-bus", {"Id": "b", "Arn": arn("events", "event-bus/default"), "RoleArn": to_targets}, bus="orders", pattern={"source": ["acme.shop"], "detail-type": ["Forwarded"]})
        rule("to-tasks", {"Id": "c", "Arn": arn("ecs", "cluster/main"), "RoleArn": to_targets, "EcsParameters": {"TaskDefinitionArn": arn("ecs", "task-definition/pick:1"), "LaunchType": "EC2", "TaskCount": 2}}, bus="orders", pattern={"source": ["acme.shop"], "detail-type": ["Picked"]})  # fmt: skip
        rule("to-batch", {"Id": "j", "Arn": arn("batch", "job-queue/night"), "RoleArn": to_targets, "BatchParameters": {"JobDefinition": arn("batch", "job-definition/bill:2"), "JobName": "bill", "RetryStrategy": {"Attempts": 3}}}, bus="orders", pattern={"source": ["acme.shop"], "detail-type": ["Batched"]})  # fmt: skip
        # What stays as it is: a log group, a task of which not all is said, a rule with two targets, a function of another account.
        rule("to-logs", {"Id": "l", "Arn": arn("logs", "log-group:/aws/events/orders")}, bus="orders", pattern={"source": ["acme.shop"]})
        rule("to-task", {"Id": "c", "Arn": arn("ecs", "cluster/main"), "RoleArn": to_targets, "EcsParameters": {"TaskDefinitionArn": arn("ecs", "task-definition/t:1")}}, bus="orders", pattern={"source": ["acme.shop"]})  # fmt: skip
        rule("two-targets", {"Id": "a", "Arn": function("mail")}, {"Id": "b", "Arn": work}, bus="orders", pattern={"source": ["acme.shop"], "detail-type": ["Both"]})
        rule("elsewhere", {"Id": "x", "Arn": f"arn:aws:lambda:{REGION}:999999999999:function:theirs"}, bus="orders", lets_in=False, pattern={"source": ["acme.shop"], "detail-type": ["Theirs"]})  # fmt: skip
        scheduler = client("scheduler")
        scheduler.create_schedule_group(Name="nightly")
        window = {"FlexibleTimeWindow": {"Mode": "OFF"}}
        scheduler.create_schedule(
            Name="weekly-digest", GroupName="nightly", ScheduleExpression="cron(0 8 ? * MON *)", ScheduleExpressionTimezone="Europe/Berlin",
            StartDate="2130-01-01T00:00:00Z", EndDate="2131-01-01T00:00:00Z", State="DISABLED",
            Target={"Arn": function("report"), "RoleArn": to_schedules, "Input": '{"kind":"weekly"}'}, **window,
        )  # fmt: skip
        scheduler.create_schedule(
            Name="every-morning", ScheduleExpression="rate(1 day)",
            Target={"Arn": function("report"), "RoleArn": to_schedules, "Input": '{"kind":"daily"}', "DeadLetterConfig": {"Arn": dead}}, **window,
        )  # fmt: skip


    def check(self, report, adopted):
        """Checks that all is taken over but for what a spec cannot hold, and that this is said of each rule."""
        left = {note["place"].split(",")[0] for note in report["notes"] if note["kind"] == "left-out"}
        if left != {f"rule {name}" for name in ("to-logs", "to-task", "two-targets", "elsewhere")}:
            raise Failed(f"left out are {sorted(left)}")
        wrong = [note for note in report["notes"] if note["kind"] not in ("remark", "left-out")]
        if wrong:
            raise Failed(f"the list has {wrong}")


def main(programs, work):
    programs, work = Path(programs).resolve(), Path(work).resolve()

    def each(live):
        live.make()
        before = live.listed()
        report, changes = live.import_all(*live.OPTIONS)
        adopted, added, touched = live.check_plan(report, changes)
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(adopted.items()))
        left = sum(note["kind"] == "left-out" for note in report["notes"])
        live.say(f"{len(before)} rules and schedules: takes over {kinds}; adds {added.total()}; {left} notes of what is left out")
        if touched or added:
            raise Failed(f"the plan changes {touched}, and adds {dict(added)}")
        live.check(report, adopted)
        if os.environ.get("PLAN_ALONE"):
            return
        live.apply()
        after = live.listed()
        for key in sorted({*before, *after}):
            if before.get(key) != after.get(key):
                raise Failed(f"{key}: {before.get(key)} became {after.get(key)}")
        (live.terraform / "imports.tf").unlink()
        live.check_second_plan_is_empty()
        live.say("applied: every rule, target and schedule is as it was, and a second plan is empty")

    stand_ins = [Acme(programs, work), SpendSense(programs, work)]
    return 0 if rehearse(stand_ins, each) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
