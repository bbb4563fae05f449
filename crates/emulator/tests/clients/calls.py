"""Calls the local bus as AWS's own clients do: boto3 and the AWS CLI, each call with the answer that AWS gives.

    calls.py CODEGEN AWS

CODEGEN is the binary, AWS the AWS CLI's. The bus is `codegen dev` on the pipeline of the current folder, SpendSense.
"""

import base64
import datetime
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

codegen, cli = sys.argv[1:3]
ACCOUNT, REGION = "000000000000", "us-east-1"
FUNCTION = "spendsense-compute-features-local"
QUEUE_ARN = f"arn:aws:sqs:{REGION}:{ACCOUNT}:"
count = 0


def start():
    bus = subprocess.Popen([codegen, "dev", "--port", "0", "--format", "json", "--region", REGION], stdout=subprocess.PIPE, text=True)
    where = json.loads(bus.stdout.readline())
    end = time.monotonic() + 300
    while time.monotonic() < end:
        state = json.load(urllib.request.urlopen(where["page"] + "state"))
        if len(state["functions"]) == 3:
            return bus, where["endpoint"]
        time.sleep(0.05)
    raise SystemExit("the functions are not there")


def ok(call, **arguments):
    """Calls, and answers the answer."""
    global count
    count += 1
    return call(**arguments)


def refused(code, call, text="", **arguments):
    """Calls, and wants to be refused with this code and a message that has this text."""
    global count
    count += 1
    try:
        answer = call(**arguments)
    except ClientError as error:
        found = error.response["Error"]
        assert found["Code"] == code, found
        assert text in found["Message"], found
    else:
        raise AssertionError(f"not refused with {code}: {answer}")


def equal(found, wanted):
    assert found == wanted, f"\nfound  {found}\nwanted {wanted}"


def buses(events):
    arn = ok(events.create_event_bus, Name="orders", Tags=[{"Key": "team", "Value": "a"}])["EventBusArn"]
    equal(arn, f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/orders")
    refused("ResourceAlreadyExistsException", events.create_event_bus, "already exists", Name="orders")
    refused("ValidationException", events.create_event_bus, Name="a b")
    equal(ok(events.describe_event_bus, Name="orders")["Arn"], arn)
    equal(ok(events.describe_event_bus)["Name"], "default")
    refused("ResourceNotFoundException", events.describe_event_bus, Name="none")
    equal([bus["Name"] for bus in ok(events.list_event_buses)["EventBuses"]], ["default", "orders"])
    page = ok(events.list_event_buses, Limit=1)
    equal([bus["Name"] for bus in page["EventBuses"]], ["default"])
    page = ok(events.list_event_buses, Limit=1, NextToken=page["NextToken"])
    equal([bus["Name"] for bus in page["EventBuses"]], ["orders"])
    assert "NextToken" not in page
    refused("ValidationException", events.delete_event_bus, Name="default")
    return arn


def rules(events, bus_arn):
    pattern = json.dumps({"source": ["shop"]})
    arn = ok(events.put_rule, Name="all", EventBusName="orders", EventPattern=pattern, Description="d")["RuleArn"]
    equal(arn, f"arn:aws:events:{REGION}:{ACCOUNT}:rule/orders/all")
    for arguments in [
        {"Name": "x"},
        {"Name": "x" * 65, "EventPattern": pattern},
        {"Name": "x", "ScheduleExpression": "rate(1 minutes)"},
        {"Name": "x", "ScheduleExpression": "cron(0 1 * * * *)"},
        {"Name": "x", "ScheduleExpression": "rate(1 hour)", "EventBusName": "orders"},
    ]:
        refused("ValidationException", events.put_rule, **arguments)
    for broken in ['{"source":"shop"}', "{}", '{"source":[{"prefx":"x"}]}', "not json"]:
        refused("InvalidEventPatternException", events.put_rule, Name="x", EventPattern=broken)
    refused("ResourceNotFoundException", events.put_rule, Name="x", EventPattern=pattern, EventBusName="none")
    described = ok(events.describe_rule, Name="all", EventBusName=bus_arn)
    equal((described["EventPattern"], described["State"], described["Description"]), (pattern, "ENABLED", "d"))
    refused("ResourceNotFoundException", events.describe_rule, "Rule none does not exist on EventBus orders.", Name="none", EventBusName="orders")
    ok(events.disable_rule, Name="all", EventBusName="orders")
    equal(ok(events.describe_rule, Name="all", EventBusName="orders")["State"], "DISABLED")
    ok(events.enable_rule, Name="all", EventBusName="orders")
    equal([rule["Name"] for rule in ok(events.list_rules, EventBusName="orders")["Rules"]], ["all"])
    refused("ResourceNotFoundException", events.list_rules, EventBusName="none")
    refused("ResourceNotFoundException", events.enable_rule, Name="none", EventBusName="orders")
    pages = events.get_paginator("list_rules").paginate(PaginationConfig={"PageSize": 2})
    names = [rule["Name"] for page in pages for rule in page["Rules"]]
    equal(len(names), 12)
    equal(names, sorted(names))
    ok(events.tag_resource, ResourceARN=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    ok(events.untag_resource, ResourceARN=arn, TagKeys=["a"])
    equal(ok(events.list_tags_for_resource, ResourceARN=arn)["Tags"], [{"Key": "b", "Value": "2"}])
    equal(ok(events.list_tags_for_resource, ResourceARN=bus_arn)["Tags"], [{"Key": "team", "Value": "a"}])
    refused("ResourceNotFoundException", events.list_tags_for_resource, ResourceARN=arn + "x")


def queues(sqs):
    url = ok(sqs.create_queue, QueueName="inbox", Attributes={"VisibilityTimeout": "5"})["QueueUrl"]
    equal(ok(sqs.create_queue, QueueName="inbox")["QueueUrl"], url)
    refused("QueueAlreadyExists", sqs.create_queue, QueueName="inbox", Attributes={"VisibilityTimeout": "6"})
    refused("InvalidParameterValue", sqs.create_queue, QueueName="a.b")
    equal(ok(sqs.get_queue_url, QueueName="inbox")["QueueUrl"], url)
    refused("AWS.SimpleQueueService.NonExistentQueue", sqs.get_queue_url, QueueName="none")
    assert url in ok(sqs.list_queues, QueueNamePrefix="in")["QueueUrls"]
    attributes = {"kind": {"DataType": "String", "StringValue": "x"}, "raw": {"DataType": "Binary", "BinaryValue": b"\0\1"}}
    sent = ok(sqs.send_message, QueueUrl=url, MessageBody='<a> & "b" ü', MessageAttributes=attributes)
    equal(ok(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["All"])["Attributes"]["ApproximateNumberOfMessages"], "1")
    refused("InvalidAttributeName", sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["Colour"])
    message = ok(sqs.receive_message, QueueUrl=url, MessageAttributeNames=["All"], AttributeNames=["All"])["Messages"][0]
    equal((message["MessageId"], message["Body"]), (sent["MessageId"], '<a> & "b" ü'))
    equal(message["MessageAttributes"]["raw"]["BinaryValue"], b"\0\1")
    equal(message["Attributes"]["ApproximateReceiveCount"], "1")
    assert "Messages" not in ok(sqs.receive_message, QueueUrl=url)  # nobody else sees it
    ok(sqs.delete_message, QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    refused("ReceiptHandleIsInvalid", sqs.delete_message, QueueUrl=url, ReceiptHandle="x")
    ok(sqs.send_message, QueueUrl=url, MessageBody="x")
    handle = ok(sqs.receive_message, QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    entries = [{"Id": "a", "ReceiptHandle": handle}, {"Id": "b", "ReceiptHandle": "x"}]
    answer = ok(sqs.delete_message_batch, QueueUrl=url, Entries=entries)
    equal(([one["Id"] for one in answer["Successful"]], [one["Id"] for one in answer["Failed"]]), (["a"], ["b"]))
    ok(sqs.send_message, QueueUrl=url, MessageBody="x")
    ok(sqs.purge_queue, QueueUrl=url)
    assert "Messages" not in ok(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=1)
    refused("AWS.SimpleQueueService.NonExistentQueue", sqs.send_message, QueueUrl=url + "x", MessageBody="x")
    return url


def targets(events, sqs, url):
    transformer = {"InputPathsMap": {"n": "$.detail.n"}, "InputTemplate": '{"number": <n>}'}
    wanted = [
        {"Id": "path", "Arn": QUEUE_ARN + "inbox", "InputPath": "$.detail"},
        {"Id": "text", "Arn": QUEUE_ARN + "inbox", "Input": '{"always": 1}'},
        {"Id": "made", "Arn": QUEUE_ARN + "inbox", "InputTransformer": transformer},
        {
            "Id": "whole", "Arn": QUEUE_ARN + "inbox", "DeadLetterConfig": {"Arn": QUEUE_ARN + "dead"},
            "RetryPolicy": {"MaximumRetryAttempts": 4, "MaximumEventAgeInSeconds": 60},
        },
    ]
    equal(ok(events.put_targets, Rule="all", EventBusName="orders", Targets=wanted)["FailedEntryCount"], 0)
    listed = ok(events.list_targets_by_rule, Rule="all", EventBusName="orders")["Targets"]
    equal(listed, sorted(wanted, key=lambda target: target["Id"]))
    page = ok(events.list_targets_by_rule, Rule="all", EventBusName="orders", Limit=3)
    equal((len(page["Targets"]), "NextToken" in page), (3, True))
    equal(ok(events.list_rule_names_by_target, TargetArn=QUEUE_ARN + "inbox", EventBusName="orders")["RuleNames"], ["all"])
    one = {"Id": "one", "Arn": QUEUE_ARN + "inbox"}
    for broken in [
        {**one, "Arn": "queue"},
        {**one, "InputPath": "detail"},
        {**one, "InputTransformer": {"InputPathsMap": {}, "InputTemplate": '{"x": <y>}'}},
        {**one, "InputPath": "$.detail", "Input": "{}"},
        {**one, "RetryPolicy": {"MaximumEventAgeInSeconds": 86401}},
    ]:
        refused("ValidationException", events.put_targets, Rule="all", EventBusName="orders", Targets=[broken])
    more = [{**one, "Id": f"more-{number}"} for number in range(2)]
    refused("LimitExceededException", events.put_targets, Rule="all", EventBusName="orders", Targets=more)
    refused("ResourceNotFoundException", events.put_targets, Rule="none", Targets=[one])

    answer = ok(events.put_events, Entries=[entry("shop", {"n": 7}, EventBusName="orders")])
    event_id = answer["Entries"][0]["EventId"]
    bodies = receive(sqs, url, 4)
    equal([body for body in bodies if "id" not in body], [{"always": 1}, {"n": 7}, {"number": 7}])
    whole = next(body for body in bodies if "id" in body)
    equal((whole["id"], whole["account"], whole["region"], whole["version"]), (event_id, ACCOUNT, REGION, "0"))

    removed = ok(events.remove_targets, Rule="all", EventBusName="orders", Ids=["path", "text", "made", "none"])
    equal((removed["FailedEntryCount"], removed["FailedEntries"][0]["TargetId"]), (1, "none"))
    refused("ValidationException", events.delete_rule, "since it has targets", Name="all", EventBusName="orders")
    refused("ValidationException", events.delete_event_bus, "since it has rules", Name="orders")


def entry(source, detail, **more):
    return {"Source": source, "DetailType": "Placed", "Detail": json.dumps(detail), **more}


def receive(sqs, url, most):
    bodies = []
    while len(bodies) < most:
        answer = ok(sqs.receive_message, QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=5)
        assert answer.get("Messages"), f"{len(bodies)} of {most} arrived"
        for message in answer["Messages"]:
            bodies.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return sorted(bodies, key=json.dumps)


def puts(events):
    answer = ok(events.put_events, Entries=[
        entry("shop", {}), {"Source": "shop", "DetailType": "x", "Detail": "[]"}, entry("aws.shop", {}),
        {"DetailType": "x", "Detail": "{}"}, {"Source": "shop", "Detail": "{}"}, entry("shop", {}, EventBusName="none"),
    ])
    equal(answer["FailedEntryCount"], 4)
    equal([result.get("ErrorCode") for result in answer["Entries"]],
          [None, "MalformedDetail", "NotAuthorizedForSourceException", "InvalidArgument", "InvalidArgument", None])
    equal(answer["Entries"][3]["ErrorMessage"], "Parameter Source is not valid. Reason: Source is a required argument.")
    refused("ValidationException", events.put_events, Entries=[entry("shop", {})] * 11)
    large = entry("shop", {"x": "x" * 600_000})
    refused("ValidationException", events.put_events, "Total size of the entries", Entries=[large, large])
    event = {"id": "1", "account": "1", "source": "shop", "time": "2026-01-01T00:00:00Z", "region": "r", "resources": [], "detail-type": "x", "detail": {"n": 1}}
    test = events.test_event_pattern
    equal(ok(test, EventPattern='{"detail":{"n":[1]}}', Event=json.dumps(event))["Result"], True)
    equal(ok(test, EventPattern='{"detail":{"n":[2]}}', Event=json.dumps(event))["Result"], False)
    refused("InvalidEventPatternException", test, EventPattern='{"detail":1}', Event=json.dumps(event))
    refused("ValidationException", test, EventPattern='{"detail":{"n":[1]}}', Event="{}")


def archives(events, sqs, url, bus_arn):
    arn = ok(events.create_archive, ArchiveName="kept", EventSourceArn=bus_arn, EventPattern='{"detail":{"keep":[true]}}', RetentionDays=3)["ArchiveArn"]
    refused("ResourceAlreadyExistsException", events.create_archive, ArchiveName="kept", EventSourceArn=bus_arn)
    refused("ResourceNotFoundException", events.create_archive, ArchiveName="other", EventSourceArn=bus_arn + "x")
    ok(events.put_events, Entries=[entry("shop", {"keep": True}, EventBusName="orders"), entry("shop", {}, EventBusName="orders")])
    equal(len(receive(sqs, url, 2)), 2)
    described = ok(events.describe_archive, ArchiveName="kept")
    equal((described["EventCount"], described["RetentionDays"], described["State"]), (1, 3, "ENABLED"))
    equal([archive["ArchiveName"] for archive in ok(events.list_archives)["Archives"]], ["kept"])
    refused("ResourceNotFoundException", events.describe_archive, ArchiveName="none")
    now = datetime.datetime.now(datetime.timezone.utc)
    times = {"EventStartTime": now - datetime.timedelta(hours=1), "EventEndTime": now + datetime.timedelta(hours=1)}
    ok(events.start_replay, ReplayName="again", EventSourceArn=arn, Destination={"Arn": bus_arn}, **times)
    replayed = receive(sqs, url, 1)[0]
    equal((replayed["replay-name"], replayed["detail"]), ("again", {"keep": True}))
    equal(ok(events.describe_replay, ReplayName="again")["State"], "COMPLETED")
    refused("ResourceNotFoundException", events.describe_replay, ReplayName="none")
    refused("ResourceAlreadyExistsException", events.start_replay, ReplayName="again", EventSourceArn=arn, Destination={"Arn": bus_arn}, **times)
    backwards = {"EventStartTime": times["EventEndTime"], "EventEndTime": times["EventStartTime"]}
    refused("ValidationException", events.start_replay, ReplayName="b", EventSourceArn=arn, Destination={"Arn": bus_arn}, **backwards)


def functions(lambda_):
    names = [function["FunctionName"] for function in ok(lambda_.list_functions)["Functions"]]
    equal((len(names), FUNCTION in names), (3, True))
    page = ok(lambda_.list_functions, MaxItems=2)
    equal(len(page["Functions"]), 2)
    equal(len(ok(lambda_.list_functions, Marker=page["NextMarker"])["Functions"]), 1)
    described = ok(lambda_.get_function, FunctionName=FUNCTION)["Configuration"]
    equal((described["Timeout"], described["MemorySize"], described["Runtime"]), (240, 256, "provided.al2023"))
    refused("ResourceNotFoundException", lambda_.get_function, FunctionName="none")
    detail = {"event_type": "user.signup", "user_id": "u-1", "timestamp": "2026-01-31T09:00:00Z"}
    answer = ok(lambda_.invoke, FunctionName=FUNCTION, Payload=json.dumps(detail), LogType="Tail")
    assert "FunctionError" not in answer, answer["Payload"].read()
    equal((answer["StatusCode"], answer["ExecutedVersion"]), (200, "$LATEST"))
    assert b"u-1" in base64.b64decode(answer["LogResult"])
    failed = ok(lambda_.invoke, FunctionName=described["FunctionArn"], Payload="{}")
    equal(failed["FunctionError"], "Unhandled")
    assert "errorMessage" in json.load(failed["Payload"])
    equal(ok(lambda_.invoke, FunctionName=FUNCTION, InvocationType="Event", Payload=json.dumps(detail))["StatusCode"], 202)
    equal(ok(lambda_.invoke, FunctionName=FUNCTION, InvocationType="DryRun")["StatusCode"], 204)
    refused("ResourceNotFoundException", lambda_.invoke, FunctionName="none")
    refused("InvalidRequestContentException", lambda_.invoke, FunctionName=FUNCTION, Payload="{")


def aws(*arguments, status=0):
    """Calls the AWS CLI, and answers its answer, or what it says of an error."""
    global count
    count += 1
    run = subprocess.run([cli, "--endpoint-url", endpoint, *arguments, "--output", "json"], capture_output=True, text=True)
    assert run.returncode == status, f"aws {' '.join(arguments)}: {run.returncode}\n{run.stdout}{run.stderr}"
    return run.stderr if status else json.loads(run.stdout or "{}")


def by_cli(url):
    equal(len(aws("events", "list-rules")["Rules"]), 12)
    aws("events", "put-rule", "--name", "cli", "--event-pattern", '{"source":["cli"]}')
    aws("events", "put-targets", "--rule", "cli", "--targets", f"Id=1,Arn={QUEUE_ARN}inbox")
    entries = json.dumps([{"Source": "cli", "DetailType": "x", "Detail": '{"from":"cli"}'}])
    equal(aws("events", "put-events", "--entries", entries)["FailedEntryCount"], 0)
    received = aws("sqs", "receive-message", "--queue-url", url, "--wait-time-seconds", "5")["Messages"]
    equal(json.loads(received[0]["Body"])["detail"], {"from": "cli"})
    aws("sqs", "delete-message", "--queue-url", url, "--receipt-handle", received[0]["ReceiptHandle"])
    said = aws("events", "describe-rule", "--name", "none", status=255)
    assert "ResourceNotFoundException" in said, said
    said = aws("events", "put-rule", "--name", "x", "--schedule-expression", "rate(5 minute)", status=255)
    assert "ValidationException" in said, said
    aws("events", "remove-targets", "--rule", "cli", "--ids", "1")
    aws("events", "delete-rule", "--name", "cli")
    equal(len(aws("lambda", "list-functions")["Functions"]), 3)
    aws("sqs", "delete-queue", "--queue-url", url)


def older_sqs(url):
    """The protocol that clients spoke before 2023: forms in, XML out."""
    def call(**fields):
        global count
        count += 1
        body = urllib.parse.urlencode(fields).encode()
        try:
            return urllib.request.urlopen(url, body).read().decode()
        except urllib.error.HTTPError as error:
            return error.read().decode()
    assert "<MessageId>" in call(Action="SendMessage", MessageBody="<x>")
    assert "<Body>&lt;x&gt;</Body>" in call(Action="ReceiveMessage")
    assert "<Name>VisibilityTimeout</Name>" in call(**{"Action": "GetQueueAttributes", "AttributeName.1": "All"})
    assert "<Code>InvalidAction</Code>" in call(Action="Fly")
    call(Action="PurgeQueue")


bus, endpoint = start()
os.environ.update(AWS_ENDPOINT_URL=endpoint, AWS_REGION=REGION, AWS_DEFAULT_REGION=REGION,
                  AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_EC2_METADATA_DISABLED="true")
for variable in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
    os.environ.pop(variable, None)
try:
    once = Config(retries={"max_attempts": 1}, parameter_validation=False)
    events, sqs, lambda_ = (boto3.client(name, config=once) for name in ("events", "sqs", "lambda"))
    bus_arn = buses(events)
    rules(events, bus_arn)
    url = queues(sqs)
    targets(events, sqs, url)
    puts(events)
    archives(events, sqs, url, bus_arn)
    functions(lambda_)
    older_sqs(url)
    by_cli(url)
finally:
    bus.terminate()
assert bus.wait(timeout=30) == 128 + signal.SIGTERM
print(f"{count} calls answered as AWS answers them")
