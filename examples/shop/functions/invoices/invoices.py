"""Reads an invoice that was uploaded, and says what it is about."""

import json
import os
from pathlib import Path
from typing import Any

import boto3

bus = boto3.client("events")


def read(bucket: str, key: str) -> bytes:
    # There is no S3 on one machine: a folder stands for the bucket.
    folder = os.environ.get("INVOICES_FOLDER")
    if folder:
        return (Path(folder) / Path(key).name).read_bytes()
    content: bytes = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return content


def handler(event: dict[str, Any], context: Any) -> None:
    upload = event["detail"]
    invoice = json.loads(read(upload["bucket"]["name"], upload["object"]["key"]))
    detail = {
        "event_type": "invoice.imported",
        "order_id": invoice["order"],
        "total_cents": invoice["total_cents"],
    }
    entry = {
        "EventBusName": os.environ["EVENT_BUS_NAME"],
        "Source": "webshop.orders",
        "DetailType": "Invoice Imported",
        "Detail": json.dumps(detail),
    }
    answer = bus.put_events(Entries=[entry])
    # PutEvents succeeds even if it takes none of the entries.
    if answer["FailedEntryCount"]:
        raise RuntimeError(f"the event was refused: {answer['Entries']}")
