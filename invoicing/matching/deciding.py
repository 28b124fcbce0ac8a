"""What a person decides about a line: split it by hand, reject a proposal, take back what was applied."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db.models.functions import Now

from o2c.core import states
from o2c.core.actors import Actor, acting
from o2c.core.money import exact
from o2c.invoicing import cash
from o2c.invoicing.cash import conceding, releasing
from o2c.invoicing.cash.conceding import Part
from o2c.invoicing.matching import learning
from o2c.invoicing.matching.applying import MatchRefused, Overtaken
from o2c.invoicing.models import BankLine, Concession, LineUse, MatchProposal, MatchSplit, Receipt
from o2c.orders.models import Account, Customer

State = MatchProposal.State


def propose_by_hand(
    line: BankLine, customer: Customer, parts: Sequence[Part], *, amount: Decimal | None = None, actor: Actor
) -> MatchProposal:
    """Write a person's split of a line down as a proposal, to be applied next; what the parts do not take of `amount`
    (all that is open, unless said otherwise) stays on the customer's account.

    Raises MatchRefused for parts that do not fit, CashRefused where more is let go of than the actor may
    (`conceding.check`), MoneyError for amounts the currency cannot hold.
    """
    with acting(actor):
        line = BankLine.objects.select_for_update(no_key=True).get(pk=line.pk)
        amount = line.open_amount if amount is None else exact(amount, line.currency)
        if not line.is_money or line.open_amount <= 0:
            raise MatchRefused("Nothing of this line is left to be matched.")
        if not 0 < amount <= line.open_amount:
            raise MatchRefused(f"Between nothing and {line.open_money} of the line can be used.")
        if not Account.objects.filter(customer=customer, entity_id=line.entity_id).exists():
            raise MatchRefused(f"{customer.number} has no account with this legal entity.")
        _check(line, amount, parts, actor)
        proposal = MatchProposal.objects.create(
            entity_id=line.entity_id, line=line, customer=customer, payer_id=customer.payer_id, amount=amount, score=1,
            reasons=[{"code": "by_hand", "by": actor.name}], by_hand=True,
        )  # fmt: skip
        MatchSplit.objects.bulk_create(
            [
                MatchSplit(
                    proposal=proposal, item=part.item, amount=part.amount, discount=part.discount, charge=part.charge,
                    difference=part.difference, deduction=part.deduction, reason=part.reason,
                )
                for part in parts
            ]
        )  # fmt: skip
        return proposal


def _check(line: BankLine, amount: Decimal, parts: Sequence[Part], actor: Actor) -> None:
    locked = cash.lock(part.item.pk for part in parts)
    if len(locked) != len(parts):
        raise MatchRefused("Each item can be named once.")
    for part in parts:
        item = locked[part.item.pk]
        if (item.entity_id, item.currency) != (line.entity_id, line.currency):
            raise MatchRefused(f"{item.number} belongs to another legal entity or is in another currency.")
        if part.amount == 0:
            raise MatchRefused(f"The amount for {item.number} must be more than nothing.")
        let_go = part.discount or part.charge or part.difference or part.deduction
        if (part.amount < 0) != (item.amount < 0) or (part.amount < 0 and let_go):
            raise MatchRefused(f"{item.number} is netted with its whole sign, and nothing is let go of a credit.")
        if exact(part.amount, line.currency) < min(item.open_amount, 0):
            raise MatchRefused(f"Only {item.open_money} is left of {item.number}.")
    debits = [part for part in parts if part.amount > 0]
    conceding.check(debits, locked, entity=line.entity, received_on=line.booked_on, actor=actor)
    if sum(part.amount for part in parts) > amount:
        raise MatchRefused(f"The parts come to more than {amount} {line.currency}.")


def reject(proposal: MatchProposal, *, actor: Actor) -> None:
    """Say that the line is not for this; it is not proposed again. Raises Overtaken where it was decided before."""
    with acting(actor):
        try:
            states.move(proposal, State.REJECTED, decided_by=actor.name, decided_at=Now())
        except (states.IllegalMove, states.LostRace):
            raise Overtaken("This was decided in between.") from None


def undo(proposal: MatchProposal, *, on: date, actor: Actor) -> None:
    """Take an applied proposal back: the receipt is reversed, what was let go of is owed again, the line is open.

    Raises Overtaken where it is not applied, CashRefused where the books do not allow it.
    """
    with acting(actor):
        BankLine.objects.select_for_update(no_key=True).get(pk=proposal.line_id)
        proposal = MatchProposal.objects.select_for_update(no_key=True, of=("self",)).get(pk=proposal.pk)
        if proposal.state == State.RETURNED:
            raise Overtaken("The payment came back: its receipt is reversed, and its money went by another line.")
        if proposal.state != State.APPLIED:
            raise Overtaken("Only what is applied is taken back.")
        receipt = Receipt.objects.get(pk=proposal.receipt_id)
        splits = list(proposal.splits.values_list("item_id", "amount"))
        netted = sorted(item_id for item_id, amount in splits if amount < 0)
        let_go = Concession.objects.filter(receipt=receipt, reversed_on=None).values_list("item_id", flat=True)
        releasing.hold(receipt.item_id, *let_go, *netted)
        cash.reverse(receipt, on=on, actor=actor)
        paid = [item_id for item_id, amount in splits if amount > 0]
        for allocation in cash.standing(credit_item__in=netted, debit_item__in=paid):
            cash.open_again(allocation, on=on, actor=actor)
        _free_line(proposal, on, actor)
        MatchProposal.objects.filter(pk=proposal.pk).update(state=State.UNDONE, decided_by=actor.name, decided_at=Now())
        learning.unlearn(proposal, actor=actor)


def take_back(receipt: Receipt, *, on: date, actor: Actor) -> None:
    """Reverse a receipt; one that a bank line made frees the line too. Raises CashRefused if it was reversed before."""
    made_by = MatchProposal.objects.filter(receipt=receipt, state=State.APPLIED).first()
    if made_by is None:
        cash.reverse(receipt, on=on, actor=actor)
    else:
        undo(made_by, on=on, actor=actor)


def _free_line(proposal: MatchProposal, on: date, actor: Actor) -> None:
    uses = LineUse.objects.filter(receipt_id=proposal.receipt_id, kind=LineUse.Kind.RECEIPT, reverses=None)
    for use in uses.exclude(pk__in=LineUse.objects.filter(reverses__isnull=False).values("reverses_id")):
        LineUse.objects.create(
            line_id=use.line_id, kind=use.kind, amount=-use.amount, receipt_id=use.receipt_id,
            effective_on=max(on, use.effective_on), reverses=use, actor=actor.name,
        )  # fmt: skip
