"""Contracts that end soon: somebody is told once, by a task, which is done when the contract is renewed or ended.

One that runs out while the task waits leaves it open: then the customer pays what the lists say, and somebody decides.
"""

from datetime import date

from django.db import connection
from django.db.models import Exists, OuterRef, TextField, Value
from django.db.models.functions import Cast, Concat

from o2c.collections import worklist
from o2c.collections.models import Task
from o2c.core import clock
from o2c.core.actors import SYSTEM, acting
from o2c.orders.contracts.life import Life, those
from o2c.orders.models import Contract, LegalEntity

CLOSE = """
    UPDATE collections_task t SET state = 'done', outcome = c.state, done_at = %(now)s, snoozed_until = NULL
    FROM orders_contract c
    WHERE c.id = ANY(%(contracts)s) AND c.state IN ('renewed', 'ended')
        AND t.key = 'contract:' || c.id AND t.state IN ('open', 'claimed', 'snoozed')
"""


def remind(entity: LegalEntity, today: date) -> int:
    """Open a task for each active contract that ends soon and has had none; how many. Safe to run again.

    The contracts are locked, so that one which is renewed or ended meanwhile either is seen so here, or finds its task.
    """
    told = Task.objects.filter(key=OuterRef("task_key"))
    soon = (
        Contract.objects.filter(those(Life.EXPIRING, today), entity=entity, state=Contract.State.ACTIVE)
        .annotate(task_key=Concat(Value("contract:"), Cast("pk", TextField()), output_field=TextField()))
        .filter(~Exists(told))
        .order_by("pk")
    )
    with acting(SYSTEM):
        causes = [
            worklist.Cause(
                each.customer_id,
                f"Contract {each.number} ends on {each.ends_on.isoformat()}: renew it, or let it end",
                today,
                each.task_key,
            )
            for each in soon.select_for_update(no_key=True)
        ]
        return worklist.create_many(entity.pk, Task.Kind.CONTRACT, causes, actor=SYSTEM)


def over(payloads: list[dict]) -> None:
    """Handle events of contracts that are renewed or ended: there is nothing left to be done about their end."""
    contracts = sorted({payload["contract_id"] for payload in payloads})
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(CLOSE, {"contracts": contracts, "now": clock.now()})
