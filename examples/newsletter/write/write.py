"""Writes the first letter to a reader."""

import json
import os

import boto3

# On one machine AWS_ENDPOINT_URL leads to the local bus, which every SDK follows.
events = boto3.client("events")


def handler(event, context):
    reader = event["detail"]
    letter = {
        "event_type": "letter.written",
        "address": reader["address"],
        "title": f"{os.environ['GREETING']}, {reader['address']}",
        "parts": [{"heading": topic, "text": None} for topic in reader["topics"]],
    }
    answer = events.put_events(
        Entries=[
            {
                "EventBusName": os.environ["EVENT_BUS_NAME"],
                "Source": "acme.newsletter",
                "DetailType": "Letter Written",
                "Detail": json.dumps(letter),
            }
        ]
    )
    # PutEvents succeeds even if it takes none of the entries.
    if answer["FailedEntryCount"]:
        raise RuntimeError(f"the letter was refused: {answer['Entries']}")
    return {"request": context.aws_request_id, "left_ms": context.get_remaining_time_in_millis()}
