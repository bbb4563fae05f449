"""Stands for the function `acme-collect` on this machine: small amounts have been paid, and large ones have not."""

import runtime


def handle(event):
    invoice = event["detail"]
    detail = {"invoice_id": invoice["invoice_id"], "amount_cents": invoice["amount_cents"]}
    if invoice["amount_cents"] < 10_000:
        detail |= {"event_type": "invoice.paid"}
    else:
        detail |= {"event_type": "invoice.overdue", "level": "first"}
    runtime.emit("acme.billing", "Invoice Changed", detail)


runtime.serve(handle)
