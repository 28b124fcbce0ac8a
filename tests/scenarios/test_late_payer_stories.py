"""A persistent late payer, from the first late invoice until it is off the list again, with days and figures."""

from datetime import date
from decimal import Decimal

import pytest

from o2c.collections import disputes
from o2c.collections.interest import packs
from o2c.collections.interest.working_out import work_out
from o2c.collections.late_payers import consequences, listing, rules
from o2c.collections.late_payers.rules import Wanted
from o2c.collections.models import InterestPack, LatePayer
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Role
from o2c.invoicing import cash, proof
from o2c.orders import customers
from o2c.orders.models import Account, PaymentTerms


@pytest.fixture
def net30():
    return PaymentTerms.objects.create(code="L30", name="30 days net", days=30)


@pytest.fixture
def net7():
    return PaymentTerms.objects.create(code="L7", name="7 days net", days=7)


def test_persistent_late_payer_listed_and_released(given, net30, net7):
    """By the rule, at least 3 invoices and 30 % of all are more than 10 days late within 12 months, and who is listed
    is to be released once it has not held for 3 months.

    A 1,000.00 due 10 January 2025, paid 30 January: 20 days.
    B 2,000.00 due 10 February, paid 15 February: 5 days.
    C 1,000.00 due 10 March, paid 25 March: 15 days.
    D   500.00 due 10 April, credited on 20 May: never to be paid.
    E 1,000.00 due 10 May, disputed from 12 May to 1 June, paid 5 June: 26 days less 20 are 6.
    F 4,000.00 due 10 June, open.

    On 20 June F is 10 days late, which is not more than 10: 2 of 4 (A, C) are late.
    On 21 June it is 11: 3 of 5 are, 60 %, with 1,000 + 1,000 + 4,000 = 6,000.00; weighed by the amount the days are
    (1,000 × 20 + 2,000 × 5 + 1,000 × 15 + 1,000 × 6 + 4,000 × 11) / 9,000 = 95,000 / 9,000 = 10.6.

    On 23 June the terms of 30 days become 7, the account is blocked and interest is agreed. F is paid on 30 June. G,
    3,650.00 due 1 July, is paid on 6 July, 5 days late at 2.15 + 8 = 10.15 %: 5.075, so 5.08. F bears none: it was due
    before. The account is opened by hand on 1 September.

    A leaves the twelve months after 30 January 2026, so on 31 January 2 of 6 (C, F; B, E, G in time) are late and the
    rule does not hold. Three months later, on 30 April, the customer is to be released, and is on 4 May: terms of 30
    days again, no interest is agreed any more, and the account stays as it was opened.
    """
    entity = given.entity(time_zone="UTC")
    customer = given.customer(terms=net30)
    boss = Actor.of(given.user("boss", Role.FINANCE_MANAGER))
    eu = InterestPack.objects.get(code="eu")
    packs.rule(
        entity, pack=eu, begins_on=date(2025, 1, 1), minimum=Decimal(0), after_payment=True, compensates=False,
        days_to_pay=14, only_agreed=True, actor=SYSTEM,
    )  # fmt: skip
    rules.change(entity, Wanted(terms=net7, holds=True, pack=eu), on=date(2025, 1, 1), actor=boss)

    def owed(money: str, due: date, number: str):
        return given.open_item(money, customer=customer, due=due, number=number)

    given.pay(owed("1000.00 EUR", date(2025, 1, 10), "A"), on=date(2025, 1, 30))
    given.pay(owed("2000.00 EUR", date(2025, 2, 10), "B"), on=date(2025, 2, 15))
    given.pay(owed("1000.00 EUR", date(2025, 3, 10), "C"), on=date(2025, 3, 25))
    returned = owed("500.00 EUR", date(2025, 4, 10), "D")
    credit = owed("-500.00 EUR", date(2025, 5, 20), "D-CN")
    cash.apply(credit, [cash.Split(returned, Decimal(500))], on=date(2025, 5, 20), actor=SYSTEM)
    contested = owed("1000.00 EUR", date(2025, 5, 10), "E")
    case = disputes.open(contested, reason="Half was missing", on=date(2025, 5, 12), actor=SYSTEM)
    disputes.withdraw(case, note="All was there", on=date(2025, 6, 1), actor=SYSTEM)
    given.pay(contested, on=date(2025, 6, 5))
    last = owed("4000.00 EUR", date(2025, 6, 10), "F")

    assert listing.review(entity, date(2025, 6, 20)).listed == 0
    assert listing.review(entity, date(2025, 6, 21)).listed == 1
    entry = LatePayer.objects.get()
    assert (entry.customer, entry.listed_on) == (customer, date(2025, 6, 21))
    assert entry.why == (
        "3 of 5 invoices were more than 10 days late within 12 months (60 %): 6000.00 EUR, 10.6 days late on average"
        " (rule v1)."
    )

    for row in entry.consequences.all():
        consequences.apply(row, on=date(2025, 6, 23), actor=boss)
    account = Account.objects.get(customer=customer)
    assert (account.terms, account.standing) == (net7, "blocked")

    given.pay(last, on=date(2025, 6, 30))
    given.pay(owed("3650.00 EUR", date(2025, 7, 1), "G"), on=date(2025, 7, 6))
    (due,) = work_out(entity, date(2025, 7, 31))
    assert [(item.number, item.interest) for item in due.charged] == [("G", Decimal("5.08"))]
    customers.change_account(account, standing="open", actor=boss)

    assert listing.review(entity, date(2026, 1, 30)).to_release == 0
    entry.refresh_from_db()
    assert entry.lapsed_on is None
    listing.review(entity, date(2026, 1, 31))
    assert listing.review(entity, date(2026, 4, 29)).to_release == 0
    assert listing.review(entity, date(2026, 4, 30)).to_release == 1
    entry.refresh_from_db()
    assert (entry.lapsed_on, entry.release_from) == (date(2026, 1, 31), date(2026, 4, 30))

    ended = consequences.release(entry, reason="Pays in time", on=date(2026, 5, 4), actor=boss)
    assert {row.kind: row.left_because for row in ended} == {
        "terms": "", "penalty": "", "hold": "The account was opened meanwhile.",
    }  # fmt: skip
    account.refresh_from_db()
    assert (account.terms, account.standing) == (net30, "open")
    assert work_out(entity, date(2026, 5, 31)) == []
    entry.refresh_from_db()
    assert (entry.state, entry.released_on, entry.released_by) == ("released", date(2026, 5, 4), "boss")
    assert listing.review(entity, date(2026, 5, 4)).listed == 0
    assert proof.proof() == []
