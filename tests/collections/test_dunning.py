"""Dunning runs: what is decided, written, approved and made of it."""

from datetime import timedelta

from o2c.collections import dunning
from o2c.core.actors import SYSTEM
from o2c.core.models import Message
from tests.given import DAY


def test_an_item_late_enough_is_noticed_and_its_message_queued(given):
    item = given.open_item("100.00 EUR", due=DAY - timedelta(days=3))
    run = dunning.run_day(item.entity, DAY, actor=SYSTEM, replay=True)
    assert (run.state, run.considered, run.notices_made, run.items_noticed) == ("done", 1, 1, 1)
    assert Message.objects.get().subject == f"Payment reminder: invoice {item.number} overdue, 100.00 EUR"
