"""Decisions about chronic accounts: they lead into the acts that there are, are kept, and are made once."""

from datetime import timedelta

import pytest

from o2c.collections.chronic import deciding
from o2c.collections.chronic.deciding import ChronicRefused
from o2c.collections.models import Activity, Agency, ChronicDecision, ChronicDecisionEvent
from o2c.core.models import OutboxEvent
from o2c.invoicing.cash import writeoffs
from o2c.invoicing.models import WriteOff
from o2c.orders.models import Account
from tests.at_once import at_once
from tests.collections.chronic.conftest import DAY


def accept(office, customer, act: str, *, seen: int = 0, actor=None, **more) -> ChronicDecision:
    more = {"on": DAY, "actor": actor or office.boss} | more
    return deciding.accept(office.entity, customer, act, seen=seen, **more)


def keep(office, customer, act: str, *, seen: int = 0, days: int = 30, **more) -> ChronicDecision:
    facts = {"reason": "Talks under way", "until": DAY + timedelta(days=days), "on": DAY, "actor": office.boss}
    return deciding.keep(office.entity, customer, act, seen=seen, **facts | more)


def test_an_accepted_hold_blocks_the_account_and_is_kept_with_its_numbers(office):
    customer = office.owes(100)
    made = accept(office, customer, "hold")
    account = Account.objects.get(customer=customer)
    assert (account.standing, account.standing_reason) == (
        "blocked", "Chronic account: overdue for 100 days on 2026-03-02",
    )  # fmt: skip
    assert (made.act, made.decision, made.decided_by, made.decided_on) == ("hold", "accepted", "boss", DAY)
    assert made.why.startswith("1000.00 EUR overdue, the oldest for 100 days; nothing was ever paid;")
    assert (made.figures["overdue"], made.figures["to_180"], made.figures["oldest"]) == ("1000.00", "1000.00", 100)
    assert office.act(customer) is None
    assert Activity.objects.get().text == "Credit hold was recommended and accepted."
    event = ChronicDecisionEvent.objects.get(pgh_obj_id=made.pk)
    assert event.pgh_context.metadata["actor"] == "boss"
    assert OutboxEvent.objects.filter(kind="chronic.decided").count() == 1


def test_an_accepted_end_closes_the_account(office):
    customer = office.owes(200)
    Account.objects.filter(customer=customer).update(standing="blocked", standing_reason="x")
    accept(office, customer, "exit", reason="Moved abroad")
    account = Account.objects.get(customer=customer)
    assert (account.standing, account.standing_reason) == ("closed", "Moved abroad")


def test_an_accepted_write_off_asks_for_each_item_that_is_so_old_and_somebody_else_approves(office, given):
    customer = office.owes(400)
    office.owes(380, "500.00 EUR", customer)
    office.owes(50, "70.00 EUR", customer)
    made = accept(office, customer, "write_off", reason="Insolvent, no assets")
    rows = list(WriteOff.objects.order_by("-amount"))
    assert [(row.amount, row.kind, row.state, row.asker, row.reason) for row in rows] == [
        (1000, "bad_debt", "asked", "boss", "Insolvent, no assets"),
        (500, "bad_debt", "asked", "boss", "Insolvent, no assets"),
    ]
    (found,) = office.recommended()
    assert found.is_accepted
    with pytest.raises(ChronicRefused, match="waits for approval already"):
        accept(office, customer, "write_off", seen=made.pk)
    with pytest.raises(writeoffs.foureyes.FourEyes):
        writeoffs.approve(rows[0], on=DAY, actor=office.boss)
    for row in rows:
        writeoffs.approve(row, on=DAY, actor=office.other)
    assert office.act(customer) is None
    assert WriteOff.objects.filter(state="booked").count() == 2


def test_an_accepted_hand_over_waits_for_its_own_act(office):
    customer = office.owes(200)
    with pytest.raises(ChronicRefused, match="Something else is recommended by now: credit hold"):
        accept(office, customer, "hand_over")
    assert not ChronicDecision.objects.exists()


def test_an_account_that_is_left_as_it_is_comes_back_on_the_day(office):
    customer = office.owes(100)
    made = keep(office, customer, "hold")
    assert Account.objects.get(customer=customer).standing == "open"
    (found,) = office.recommended()
    assert (found.decision_id, found.decision_reason, found.decided_by) == (made.pk, "Talks under way", "boss")
    assert found.is_kept(DAY + timedelta(days=29))
    assert not found.is_kept(DAY + timedelta(days=30))
    assert Activity.objects.get().text == (
        "Credit hold was recommended; left as it is until 2026-04-01: Talks under way"
    )


@pytest.mark.parametrize(
    ("facts", "field"), [({"reason": " "}, "reason"), ({"days": 0}, "until"), ({"days": 367}, "until")]
)
def test_leaving_it_wants_a_reason_and_a_day_to_come(office, facts, field):
    with pytest.raises(ChronicRefused) as refused:
        keep(office, office.owes(100), "hold", **facts)
    assert refused.value.field == field
    assert not ChronicDecision.objects.exists()


def test_who_has_not_seen_the_last_decision_is_told(office):
    customer = office.owes(100)
    made = keep(office, customer, "hold", actor=office.other)
    with pytest.raises(ChronicRefused, match="other has decided meanwhile: credit hold: kept as it is"):
        accept(office, customer, "hold")
    assert Account.objects.get(customer=customer).standing == "open"
    accept(office, customer, "hold", seen=made.pk)
    assert Account.objects.get(customer=customer).standing == "blocked"


def test_what_is_paid_meanwhile_is_not_decided_any_more(office, given):
    customer = office.owes(100)
    given.pay(customer.items.get(), on=DAY)
    with pytest.raises(ChronicRefused, match="Nothing is recommended any more"):
        accept(office, customer, "hold")
    assert Account.objects.get(customer=customer).standing == "open"


@pytest.mark.django_db(transaction=True)
def test_two_who_decide_at_once_decide_once(office):
    customer = office.owes(400)
    Agency.objects.all().delete()
    answers = at_once(
        lambda: accept(office, customer, "write_off"),
        lambda: accept(office, customer, "write_off", actor=office.other),
        lambda: keep(office, customer, "write_off"),
        refusals=(ChronicRefused,),
    )
    assert sum(isinstance(each, ChronicRefused) for each in answers) == 2
    assert ChronicDecision.objects.count() == 1
    assert WriteOff.objects.count() == (ChronicDecision.objects.get().decision == "accepted")
