"""Puts events onto the pipeline's bus."""

import functools
import json
import os
from collections.abc import Mapping
from typing import Any

from event_types import DETAIL_TYPES, SOURCE


@functools.cache
def bus() -> Any:
    # Lambda's Python has it. On one machine AWS_ENDPOINT_URL leads to the local bus, which every SDK follows.
    import boto3

    return boto3.client("events")


def emit(detail: Mapping[str, Any]) -> None:
    """Emits one event of the spec; `event_type` in the detail says which."""
    entry = {
        "EventBusName": os.environ["EVENT_BUS_NAME"],
        "Source": SOURCE,
        "DetailType": DETAIL_TYPES[detail["event_type"]],
        "Detail": json.dumps(detail),
    }
    answer = bus().put_events(Entries=[entry])
    # PutEvents succeeds even if it takes none of the entries.
    if answer["FailedEntryCount"]:
        raise RuntimeError(f"the event was refused: {answer['Entries']}")
