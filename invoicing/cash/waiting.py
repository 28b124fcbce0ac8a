"""What waits for a second person: which requests, and how many of them somebody may decide."""

from django.core.cache import cache
from django.db.models import Q

from o2c.core.models import User
from o2c.core.rights import may
from o2c.invoicing.guarding import paid_back
from o2c.invoicing.models import BankDetailChange, CreditRequest, DebitRun, Netting, Refund, WriteOff

STATES = {
    WriteOff: [WriteOff.State.ASKED],
    CreditRequest: [CreditRequest.State.ASKED],
    Refund: [Refund.State.ASKED],
    Netting: [Netting.State.ASKED],
    BankDetailChange: [BankDetailChange.State.ASKED, BankDetailChange.State.CALLED],
    DebitRun: [DebitRun.State.PROPOSED],
}
DECIDES = dict.fromkeys((WriteOff, CreditRequest, Refund, Netting, BankDetailChange), "approvals.decide")
DECIDES |= {DebitRun: "debits.approve"}
REMEMBERED = 60  # seconds


def approvable(row, user_id: int) -> bool:
    """Whether the act would take the person's approval; it looks again itself. A refund says whether it is `held`."""
    if isinstance(row, BankDetailChange) and row.state == BankDetailChange.State.ASKED:
        return False
    if isinstance(row, Refund) and row.held:
        return False
    return user_id not in {row.asked_by_id, row.first_by_id, getattr(row, "called_by_id", None)}


def count(user: User) -> int:
    """How many requests the person may approve; for a minute the same."""
    known = cache.get(_name(user))
    if known is None:
        known = sum(_count(model, user) for model, right in DECIDES.items() if may(user, right))
        cache.set(_name(user), known, REMEMBERED)
    return known


def forget(user: User) -> None:
    """Something was decided: count anew."""
    cache.delete(_name(user))


def _count(model, user: User) -> int:
    found = model.objects.for_user(user).filter(state__in=STATES[model])
    # what a program asked for, or nobody has approved yet, has no such person: not equal is not enough
    parts = ["asked_by", "first_by"]
    if model is BankDetailChange:
        found = found.exclude(state=BankDetailChange.State.ASKED)
        parts.append("called_by")
    if model is Refund:
        found = paid_back.with_findings(found).filter(held=False)
    for part in parts:
        found = found.filter(Q(**{part: None}) | ~Q(**{part: user}))
    return found.count()


def _name(user: User) -> str:
    return f"approvals:{user.pk}"
