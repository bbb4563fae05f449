"""Writes the first letter to a reader."""

import json
import os
from typing import Any

import boto3

from event_types import DETAIL_TYPES, SOURCE, LetterWritten, ReaderSubscribedEvent

# On one machine AWS_ENDPOINT_URL leads to the local bus, which every SDK follows.
bus = boto3.client("events")


def handler(event: ReaderSubscribedEvent, context: Any) -> dict[str, Any]:
    reader = event["detail"]
    letter: LetterWritten = {
        "event_type": "letter.written",
        "address": reader["address"],
        "title": f"{os.environ['GREETING']}, {reader['address']}",
        "parts": [{"heading": topic, "text": None} for topic in reader["topics"]],
    }
    entry = {
        "EventBusName": os.environ["EVENT_BUS_NAME"],
        "Source": SOURCE,
        "DetailType": DETAIL_TYPES[letter["event_type"]],
        "Detail": json.dumps(letter),
    }
    answer = bus.put_events(Entries=[entry])
    # PutEvents succeeds even if it takes none of the entries.
    if answer["FailedEntryCount"]:
        raise RuntimeError(f"the letter was refused: {answer['Entries']}")
    return {"request": context.aws_request_id, "left_ms": context.get_remaining_time_in_millis()}
