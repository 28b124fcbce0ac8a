"""What is reported of a message of ours, whoever reports it: a server by mail, or a provider at our address for that.

A report is believed of the message that it names; which addresses it may put out of use its reader has to know.
"""

from __future__ import annotations

from o2c.collections import worklist
from o2c.collections.incoming import about
from o2c.collections.models import Task
from o2c.core import addresses, clock
from o2c.core.actors import Actor
from o2c.core.models import DeadAddress, Message
from o2c.orders.models import Customer, LegalEntity

FATE = Message.Fate
# A later report of less weight does not take a heavier one back.
WEIGHT = ["", FATE.DELAYED, FATE.DELIVERED, FATE.FAILED, FATE.COMPLAINED]


def customer_of(message: Message) -> Customer | None:
    """Which customer a message of ours was about; None where its key says nothing of one."""
    found = about.with_customer(Message.objects.filter(pk=message.pk)).values("customer")
    return Customer.objects.filter(pk__in=found).first()


def note(
    message: Message,
    fate: Message.Fate,
    text: str,
    *,
    out_of_use: str,
    entity: LegalEntity,
    customer: Customer | None,
    actor: Actor,
) -> None:
    """Write down what is reported; the address `out_of_use` gets nothing more, and somebody looks for another."""
    if WEIGHT.index(fate) >= WEIGHT.index(message.fate):
        Message.objects.filter(pk=message.pk).update(fate=fate, fate_at=clock.now(), fate_text=text[:400])
        message.fate = fate
    if not out_of_use:
        return
    why = DeadAddress.Why.COMPLAINED if fate == FATE.COMPLAINED else DeadAddress.Why.BOUNCED
    for dead in addresses.put_out_of_use([out_of_use], why, text=text):
        if customer is not None:
            why = f"{dead.address}: {dead.get_why_display().lower()}. {text}".strip()
            _look_for_another(entity, customer, why, f"address:{dead.pk}:{customer.pk}", actor)


def came_back(message: Message, text: str, *, entity: LegalEntity, customer: Customer | None, actor: Actor) -> None:
    """A letter found nobody at its address: somebody looks for another one."""
    if customer is not None:
        why = f"The letter to {message.recipient} came back. {text}".strip()
        _look_for_another(entity, customer, why, f"letter:{message.pk}:{customer.pk}", actor)


def _look_for_another(entity: LegalEntity, customer: Customer, why: str, key: str, actor: Actor) -> None:
    worklist.create(
        entity=entity,
        customer=customer,
        kind=Task.Kind.NO_CONTACT,
        why=why,
        due_on=clock.today(entity.time_zone),
        actor=actor,
        key=key,
    )
