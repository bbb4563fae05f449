"""Writes to customers: of an order that was accepted, and once a week of what is new.

Lambda hands over a batch of messages from a queue. A message that fails is reported, and comes again without the others.
"""

import json
from typing import Any

from event_types import DigestDueEvent, OrderAcceptedEvent


def write(event: OrderAcceptedEvent | DigestDueEvent) -> str:
    if event["detail-type"] == "Order Accepted":
        order = event["detail"]
        return f"To {order['customer']}: order {order['order_id']} is on its way, for {order['points']} points"
    return f"To everybody: the {event['detail']['kind']} digest of the week of {event['detail']['week_of']}"


def handler(batch: dict[str, Any], context: Any) -> dict[str, Any]:
    failed = []
    for record in batch["Records"]:
        try:
            print(write(json.loads(record["body"])))
        except Exception as error:
            print(f"message {record['messageId']} failed: {error!r}")
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
