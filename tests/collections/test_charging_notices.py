"""What a notice costs: the fee of its level and interest with it, charged once and listed in it."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from o2c.collections import dunning, policies
from o2c.collections.dunning import DunningRefused
from o2c.collections.interest import charging, packs
from o2c.collections.models import DunningLevel, DunningSettings, InterestNote, InterestPack, LevelFee, Notice
from o2c.core.actors import SYSTEM
from o2c.core.models import Message
from o2c.invoicing import proof
from o2c.invoicing.models import LedgerAccount, OpenItem, Posting
from o2c.orders.models import Account, Customer
from tests.collections.test_dunning_sending import NOON, overdue, proposed, sent
from tests.given import DAY

pytestmark = pytest.mark.django_db
Role = LedgerAccount.Role


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def costs(level: int = 1, *, fee: str | None = "5.00 EUR", interest: bool = False) -> None:
    found = DunningLevel.objects.get(policy__code="standard", number=level)
    if fee:
        amount, currency = fee.split()
        LevelFee.objects.create(level=found, amount=Decimal(amount), currency=currency)
    DunningLevel.objects.filter(pk=found.pk).update(charges_interest=interest)


def charges_by(given, pack: str = "eu", **facts) -> None:
    """Our company charges by the directive: ECB's rate of the half-year, 2.15, and eight points."""
    rules = {
        "pack": InterestPack.objects.get(code=pack), "begins_on": DAY - timedelta(days=400), "minimum": Decimal(0),
        "after_payment": True, "compensates": False, "days_to_pay": 14,
    }  # fmt: skip
    packs.rule(given.entity(), **rules | facts, actor=SYSTEM)


def notes() -> list[tuple[str, str, str]]:
    return [(note.kind, note.number, str(note.money)) for note in InterestNote.objects.order_by("kind", "pk")]


def booked(role: Role) -> Decimal:
    found = Posting.objects.filter(account__role=role).values_list("amount", flat=True)
    return sum(found, Decimal(0))


def test_a_level_without_a_fee_costs_nothing(given):
    given.entity()
    overdue(given)
    sent(given.entity())
    assert notes() == []
    assert "Costs" not in Message.objects.get().text


def test_a_fee_is_charged_as_the_notice_is_made_and_told_in_it(given):
    given.entity()
    costs()
    item = overdue(given)
    run = proposed(given.entity())
    assert notes() == []  # nothing before it goes out
    dunning.send(run, actor=SYSTEM)
    note = InterestNote.objects.get()
    assert (note.kind, note.total, note.currency) == ("fee", Decimal("5.00"), "EUR")
    assert note.notice == Notice.objects.get()
    assert note.item.kind == OpenItem.Kind.FEE
    assert note.item.customer == item.customer
    assert note.item.due_on == DAY + timedelta(days=14)
    assert note.charged_by == run.approved_by
    assert booked(Role.FEES) == Decimal("-5.00")
    assert booked(Role.INTEREST) == 0
    text = Message.objects.get().text
    assert f"{note.number}  fee of this reminder  5.00 EUR" in text
    assert "To pay with these costs: 105.00 EUR" in text
    assert "Total: 100.00 EUR" in text
    assert "105.00 EUR" in Message.objects.get().html
    assert proof.proof() == []


def test_a_notice_costs_once(given):
    given.entity()
    costs()
    overdue(given)
    run = sent(given.entity())
    with pytest.raises(DunningRefused):
        dunning.send(run, actor=SYSTEM)
    assert len(notes()) == 1
    again = InterestNote.objects.get()
    again.pk, again.number, again.item = None, "IN-2", overdue(given)
    with pytest.raises(IntegrityError, match="notice_fee_once"), transaction.atomic():
        again.save(force_insert=True)


def test_interest_comes_with_the_notice_up_to_its_day(given):
    """100.00 three days late at 2.15 + 8 = 10.15 %: 3 × 100 × 10.15 / 36,500 = 0.083425, and 40.00 compensation."""
    given.entity()
    charges_by(given, compensates=True)
    costs(fee="5.00 EUR", interest=True)
    overdue(given)
    sent(given.entity())
    (interest, fee) = InterestNote.objects.order_by("-kind")
    assert (interest.kind, interest.total, interest.until) == ("interest", Decimal("40.08"), DAY)
    assert interest.charges.get().compensation == Decimal("40.00")
    assert fee.total == Decimal("5.00")
    assert booked(Role.INTEREST) == Decimal("-40.08")
    assert booked(Role.FEES) == Decimal("-5.00")
    text = Message.objects.get().text
    assert text.index("interest until") < text.index("fee of this reminder")
    assert "To pay with these costs: 145.08 EUR" in text
    assert proof.proof() == []


def test_what_was_charged_by_a_person_before_is_not_charged_again(given):
    given.entity()
    charges_by(given)
    costs(fee=None, interest=True)
    item = overdue(given)
    charging.charge(given.entity(), [(item.customer_id, "EUR")], until=DAY, on=DAY, actor=SYSTEM)
    sent(given.entity())
    assert len(notes()) == 1
    assert InterestNote.objects.get().notice is None


def test_without_rules_or_a_rate_the_notice_goes_without_interest(given):
    given.entity()
    costs(interest=True)
    overdue(given)
    sent(given.entity())
    assert [kind for kind, *_ in notes()] == ["fee"]
    assert Message.objects.count() == 1


def test_private_persons_pay_fees_only_where_the_legal_entity_says_so(given):
    given.entity()
    costs()
    item = overdue(given)
    Customer.objects.filter(pk=item.customer_id).update(is_consumer=True)
    sent(given.entity())
    assert notes() == []
    DunningSettings.objects.update(fees_from_consumers=True)
    overdue(given, customer=given.customer(entity=given.entity(), is_consumer=True))
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        run = dunning.propose(given.entity(), DAY + timedelta(days=1), actor=SYSTEM)
        dunning.approve(run, actor=SYSTEM)
        dunning.send(run, actor=SYSTEM)
    assert [(kind, money) for kind, _, money in notes()] == [("fee", "€5.00")]


def test_who_agreed_on_no_interest_pays_no_fees(given):
    given.entity()
    costs()
    item = overdue(given)
    packs.agree(given.entity(), item.customer, pack=None, reason="Frame contract, part 7", actor=SYSTEM)
    sent(given.entity())
    assert notes() == []


def test_fees_alone_are_chased_without_a_further_fee(given):
    given.entity()
    costs()
    overdue(given)
    sent(given.entity())
    given.pay(OpenItem.objects.get(kind="invoice"), on=DAY)
    later = DAY + timedelta(days=14 + 3)
    with time_machine.travel(NOON + timedelta(days=17), tick=False):
        run = dunning.propose(given.entity(), later, actor=SYSTEM)
        dunning.approve(run, actor=SYSTEM)
        dunning.send(run, actor=SYSTEM)
    assert Notice.objects.count() == 2
    assert len(notes()) == 1


def test_a_currency_without_a_fee_costs_nothing(given):
    given.entity()
    given.rate("USD", "1.10")
    costs(fee="5.00 EUR")
    overdue(given, money="100.00 USD")
    sent(given.entity())
    assert Message.objects.count() == 1
    assert notes() == []


def test_a_call_costs_nothing_whatever_the_level(given):
    given.entity()
    costs()
    item = overdue(given)
    Account.objects.filter(customer=item.customer).update(channel="task")
    sent(given.entity())
    assert notes() == []


def test_a_replay_charges_nothing(given):
    given.entity()
    costs()
    overdue(given)
    run = dunning.propose(given.entity(), DAY, actor=SYSTEM, replay=True)
    dunning.approve(run, actor=SYSTEM)
    dunning.send(run, actor=SYSTEM)
    assert notes() == []


def test_a_fee_is_let_go_of_alone(given):
    given.entity()
    charges_by(given)
    costs(interest=True)
    overdue(given, money="5000.00 EUR")
    sent(given.entity())
    fee = InterestNote.objects.get(kind="fee")
    charging.waive(fee, reason="A gesture", on=DAY, actor=SYSTEM)
    assert InterestNote.objects.get(kind="interest").state == "charged"
    assert booked(Role.FEES) == 0
    assert proof.proof() == []


def test_each_branch_of_a_head_office_owes_its_own_interest_and_the_head_office_the_fee(given):
    entity = given.entity()
    charges_by(given)
    policies.install_standard(entity)
    policy = DunningLevel.objects.get(policy__code="standard", number=1).policy
    type(policy).objects.filter(pk=policy.pk).update(notice_for="payer")
    costs(interest=True)
    head = given.customer("H1", entity=entity)
    for number in ("B1", "B2"):
        branch = given.customer(number, entity=entity, parent=head)
        overdue(given, money="10000.00 EUR", customer=branch)
    sent(entity)
    found = {(note.customer.number, note.kind): note.total for note in InterestNote.objects.select_related("customer")}
    each = Decimal("8.34")  # 3 × 10,000 × 10.15 / 36,500 = 8.342466
    assert found == {("B1", "interest"): each, ("B2", "interest"): each, ("H1", "fee"): Decimal("5.00")}
    assert Message.objects.get().text.count("interest until") == 2


def test_as_many_statements_for_many_as_for_few(given):
    entity = given.entity()
    charges_by(given)
    costs(interest=True)
    counts = []
    for many in (2, 12):
        for _ in range(many):
            overdue(given, money="1000.00 EUR", customer=given.customer(entity=entity))
        run = dunning.propose(entity, DAY, actor=SYSTEM)
        dunning.approve(run, actor=SYSTEM)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            dunning.send(run, actor=SYSTEM)
        counts.append(len(asked))
        assert InterestNote.objects.filter(notice__run=run).count() == 2 * many
    assert counts[0] == counts[1]
