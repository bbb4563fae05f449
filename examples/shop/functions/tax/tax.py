"""Stands for another team's function on one machine."""

from typing import Any


def handler(event: dict[str, Any], context: Any) -> None:
    print(f"taxed {event['detail']['order_id']}")
