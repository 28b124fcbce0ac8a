"""Two people for one decision: who asked never approves, whatever roles they have, and programs never do."""

from collections.abc import Iterable
from decimal import Decimal

from django.db.models import Model, Sum

from o2c.core import clock, outbox, states
from o2c.core.actors import Actor
from o2c.core.api.models import ApiKey
from o2c.core.models import Role, User
from o2c.invoicing import ledger
from o2c.invoicing.cash.receipts import CashRefused
from o2c.invoicing.models import CashRules
from o2c.orders.models import LegalEntity


class FourEyes(CashRefused):
    """Somebody else must decide this; the text says who may not."""

    problem = "forbidden"


def person_behind(actor: Actor) -> int | None:
    """The id of the person who acts, or who made the API key that does: nobody asks by a program and then approves."""
    if actor.key_id is None:
        return actor.user_id
    maker = ApiKey.objects.filter(pk=actor.key_id).values_list("created_by", flat=True).first()
    return User.objects.filter(username=maker).values_list("pk", flat=True).first()


def asking(actor: Actor, reason: str) -> dict:
    """The facts of a request. Raises CashRefused without a reason."""
    reason = reason.strip()
    if not reason:
        raise CashRefused("Say why.")
    return {"asked_by_id": person_behind(actor), "asker": actor.name, "reason": reason[:300]}


def locked(row: Model) -> Model:
    """The request as it stands, locked to the end of the transaction."""
    return type(row).objects.select_for_update(no_key=True, of=("self",)).get(pk=row.pk)


def refuse_own(row, actor: Actor, *others: int | None) -> None:
    """Raises FourEyes for a program, for whoever asked, and for those of `others`."""
    if actor.user_id is None:
        raise FourEyes("Only a person decides this.")
    if actor.user_id == row.asked_by_id:
        raise FourEyes("You asked for this, so somebody else decides it.")
    if actor.user_id in others:
        raise FourEyes("You had a part in this already, so somebody else decides it.")


def is_final(row, actor: Actor, *, two: bool) -> bool:
    """Whether the approval of this person is the last that is needed; the first of two is written down.

    Raises FourEyes where the person may not approve.
    """
    refuse_own(row, actor, row.first_by_id)
    if not two or row.first_by_id is not None:
        return True
    type(row).objects.filter(pk=row.pk).update(first_by_id=actor.user_id, first_at=clock.now())
    row.first_by_id = actor.user_id
    return False


def decided(actor: Actor, note: str = "") -> dict:
    return {"decided_by_id": actor.user_id, "decided_at": clock.now(), "note": note.strip()[:300]}


def refuse(row: Model, *, note: str, actor: Actor) -> None:
    """Say no to a request of somebody else's. Raises FourEyes, CashRefused without a reason, IllegalMove."""
    refuse_own(row, actor)
    if not note.strip():
        raise CashRefused("Say why it is refused.")
    states.move(row, row.State.REFUSED, **decided(actor, note))
    outbox.emit("approvals.decided", subject=row._meta.model_name, id=row.pk, state=row.state)


def withdraw(row: Model, *, actor: Actor) -> None:
    """Take one's own request back. Raises FourEyes for anybody else."""
    if row.asked_by_id is None or row.asked_by_id != person_behind(actor):
        raise FourEyes("Only who asked for this takes it back; refuse it instead.")
    states.move(row, row.State.WITHDRAWN)
    outbox.emit("approvals.decided", subject=row._meta.model_name, id=row.pk, state=row.state)


def drop(row: Model, *, note: str) -> None:
    """Nobody need decide about it any more. One that was decided stays as it is."""
    row = locked(row)
    if row.state == row.State.ASKED:
        states.move(row, row.State.WITHDRAWN, note=note[:300])
        outbox.emit("approvals.decided", subject=row._meta.model_name, id=row.pk, state=row.state)


def alone_on(model: type[Model], item_ids: Iterable[int], done: str) -> dict[int, Decimal]:
    """What was given up of each of these items by requests in the state `done` that no second person saw, in the base
    currency: nobody goes by steps."""
    alone = model.objects.filter(item__in=item_ids, state=done, decided_by=None).values("item_id")
    return dict(alone.annotate(total=Sum("base_amount")).values_list("item_id", "total"))


def rules(entity: LegalEntity) -> CashRules:
    """The legal entity's rules; the usual ones where nobody has set any."""
    return CashRules.objects.filter(entity=entity).first() or CashRules(entity=entity)


def limit(entity: LegalEntity, actor: Actor) -> Decimal:
    """How much of an item the actor lets go of alone, in the base currency. Programs may as much as a clerk."""
    found = rules(entity)
    roles = User.objects.filter(pk=actor.user_id).values_list("roles", flat=True).first() if actor.user_id else None
    return found.manager_lets_go if Role.FINANCE_MANAGER in (roles or ()) else found.clerk_lets_go


def needs_two(entity: LegalEntity, base_amount: Decimal | None) -> bool:
    """Whether two people must approve so much. What nobody can value in the base currency counts as large."""
    return base_amount is None or base_amount >= rules(entity).two_approvers_from


def valued(amount: Decimal, currency: str, entity: LegalEntity, on) -> Decimal | None:
    return ledger.in_base(amount, currency, entity, on)
