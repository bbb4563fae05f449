"""The job `thank`: writes to the customer of an order, and once a day to those who were left out."""

from typing import Any

from event_types import OrderAccepted


def letter(order: OrderAccepted) -> str:
    whole, cents = divmod(order["total_cents"], 100)
    return f"Thank you, {order['customer']}: your order {order['order_id']} over {whole}.{cents:02} is on its way"


def handler(event: dict[str, Any], context: Any) -> None:
    detail = event["detail"]
    # A schedule starts the job, too. Its event has the time for which the run was due.
    if detail["event_type"] == "scheduled":
        print(f"nobody was left out before {detail['timestamp']}")
        return
    # Here the letter would be sent. An event may arrive twice: a key such as the order's id tells whether it was.
    print(letter(detail))
