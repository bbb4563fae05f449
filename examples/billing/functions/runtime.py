"""The Lambda Runtime API and PutEvents, with nothing but Python: enough for a program that stands for a function."""

import json
import os
import urllib.request

INVOCATION = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"


def serve(handle):
    """Takes one event after another."""
    while True:
        with urllib.request.urlopen(f"{INVOCATION}/next", timeout=None) as invocation:
            request = invocation.headers["Lambda-Runtime-Aws-Request-Id"]
            event = json.load(invocation)
        try:
            handle(event)
            answer, body = "response", "null"
        except Exception as error:
            answer, body = "error", json.dumps({"errorType": type(error).__name__, "errorMessage": str(error)})
        urllib.request.urlopen(f"{INVOCATION}/{request}/{answer}", data=body.encode()).close()


def emit(source, detail_type, detail):
    """Puts an event onto the bus of the pipeline."""
    entry = {
        "EventBusName": os.environ["EVENT_BUS_NAME"],
        "Source": source,
        "DetailType": detail_type,
        "Detail": json.dumps(detail),
    }
    # The local bus looks at the key alone: it says which run emits.
    key = os.environ["AWS_ACCESS_KEY_ID"]
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "AWSEvents.PutEvents",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/events/aws4_request",
    }
    body = json.dumps({"Entries": [entry]}).encode()
    request = urllib.request.Request(os.environ["AWS_ENDPOINT_URL"], data=body, headers=headers)
    with urllib.request.urlopen(request) as answer:
        answer = json.load(answer)
    if answer["FailedEntryCount"]:
        raise RuntimeError(str(answer["Entries"]))
