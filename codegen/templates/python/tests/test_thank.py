import contextlib
import io
import unittest

from event_types import OrderAccepted
from thank import handler, letter

ORDER: OrderAccepted = {
    "event_type": "order.accepted",
    "order_id": "o-1",
    "customer": "Ada",
    "total_cents": 1205,
}


class Thank(unittest.TestCase):
    def test_a_letter_names_the_order_and_its_price(self) -> None:
        self.assertEqual(letter(ORDER), "Thank you, Ada: your order o-1 over 12.05 is on its way")

    def test_a_schedule_has_its_own_detail(self) -> None:
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            handler({"detail": {"event_type": "scheduled", "timestamp": "2026-01-01T07:00:00Z"}}, None)
        self.assertEqual(said.getvalue(), "nobody was left out before 2026-01-01T07:00:00Z\n")
