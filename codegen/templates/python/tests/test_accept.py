import unittest

from accept import accept
from event_types import OrderPlaced


def order(total_cents: int) -> OrderPlaced:
    return {"event_type": "order.placed", "order_id": "o-1", "customer": "Ada", "total_cents": total_cents}


class Accept(unittest.TestCase):
    def test_an_order_that_costs_something_is_accepted(self) -> None:
        accepted = accept(order(1250))
        self.assertEqual(accepted["event_type"], "order.accepted")
        self.assertEqual(accepted["total_cents"], 1250)

    def test_an_order_that_costs_nothing_fails(self) -> None:
        with self.assertRaisesRegex(ValueError, "the order o-1 costs nothing"):
            accept(order(0))
