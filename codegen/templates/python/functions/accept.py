"""The job `accept`: checks an order."""

from typing import Any

from emit import emit
from event_types import OrderAccepted, OrderPlaced, OrderPlacedEvent


def accept(order: OrderPlaced) -> OrderAccepted:
    """Checks an order. An error fails the run: Lambda tries it again, then keeps the event in the failure queue."""
    if order["total_cents"] <= 0:
        raise ValueError(f"the order {order['order_id']} costs nothing")
    return {
        "event_type": "order.accepted",
        "order_id": order["order_id"],
        "customer": order["customer"],
        "total_cents": order["total_cents"],
    }


def handler(event: OrderPlacedEvent, context: Any) -> None:
    emit(accept(event["detail"]))
