"""Stands for the function `acme-issue` on this machine."""

import runtime


def handle(event):
    order = event["detail"]
    runtime.emit(
        "acme.billing",
        "Invoice Issued",
        {
            "event_type": "invoice.issued",
            "invoice_id": f"i-{order['order_id']}",
            "amount_cents": order["amount_cents"],
        },
    )


runtime.serve(handle)
