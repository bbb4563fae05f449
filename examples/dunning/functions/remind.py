"""Stands for the function `acme-remind` on this machine."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.append(str(Path(__file__).parents[2] / "billing" / "functions"))
import runtime

if TYPE_CHECKING:
    from event_types import BillingInvoiceOverdueEvent


def handle(event: "BillingInvoiceOverdueEvent") -> None:
    invoice = event["detail"]
    runtime.emit(
        "acme.dunning",
        "Reminder Sent",
        {"event_type": "reminder.sent", "invoice_id": invoice["invoice_id"], "level": invoice["level"]},
    )


runtime.serve(handle)
