"""What follows for a listed customer: each acts through the setting that there is, and is put back or left and told."""

from datetime import date
from decimal import Decimal

import pytest

from o2c.collections.interest import packs
from o2c.collections.interest.working_out import work_out
from o2c.collections.late_payers import consequences
from o2c.collections.late_payers.consequences import LatePayerRefused
from o2c.collections.models import Activity, InterestAgreement, InterestRules, LatePayerConsequence
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Role
from o2c.invoicing.invoices import drafts, issuing
from o2c.invoicing.invoices.drafts import Draft, Line
from o2c.orders import customers
from o2c.orders.models import LegalEntity
from tests.collections.late_payers.conftest import DAY

ENDED = date(2025, 5, 5)


@pytest.fixture
def boss(given):
    return Actor.of(given.user("boss", Role.FINANCE_MANAGER))


def of(entry, kind: str) -> LatePayerConsequence:
    return entry.consequences.get(kind=kind)


def applied(entry, kind: str, boss) -> LatePayerConsequence:
    return consequences.apply(of(entry, kind), on=DAY, actor=boss)


def issued(book, entry, on: date):
    """An invoice to the customer, by the account's own terms."""
    LegalEntity.objects.filter(pk=book.entity.pk).update(vat_id="DE123456789")
    line = Line(description="Work", quantity=Decimal(1), price=Decimal(100), rate=Decimal(19))
    draft = drafts.write(Draft(LegalEntity.objects.get(), entry.customer, "EUR", on, (line,)), actor=SYSTEM)
    return issuing.issue(draft, actor=SYSTEM, today=on)


def test_shorter_terms_are_the_accounts_and_new_invoices_are_due_by_them(book, boss):
    entry = book.listed()
    row = applied(entry, "terms", boss)
    assert (row.state, row.applied_on, row.applied_by, row.terms_before) == ("applied", DAY, "boss", book.net30)
    assert book.account(entry).terms == book.net7
    assert issued(book, entry, DAY).due_on == date(2025, 4, 8)
    consequences.end(row, on=ENDED, actor=boss)
    assert book.account(entry).terms == book.net30
    row.refresh_from_db()
    assert (row.state, row.ended_on, row.ended_by, row.left_because) == ("ended", ENDED, "boss", "")
    assert list(Activity.objects.filter(actor="boss").order_by("pk").values_list("text", flat=True)) == [
        "Payment terms 7 days as a persistent late payer",
        "Shorter payment terms ended: the payment terms are 30 days again.",
    ]


def test_terms_that_were_changed_meanwhile_stay_and_it_is_told(book, boss):
    entry = book.listed()
    row = applied(entry, "terms", boss)
    customers.change_account(book.account(entry), terms=book.ahead, actor=SYSTEM)
    consequences.end(row, on=ENDED, actor=boss)
    row.refresh_from_db()
    assert row.left_because == "The payment terms were changed meanwhile and stay: Before delivery."
    assert book.account(entry).terms == book.ahead
    assert Activity.objects.latest("pk").text.endswith(row.left_because)


def test_prepayment_and_shorter_terms_do_not_hold_at_once(book, boss):
    entry = book.listed()
    row = applied(entry, "prepayment", boss)
    with pytest.raises(LatePayerRefused, match="Prepayment holds already: end that first"):
        applied(entry, "terms", boss)
    assert issued(book, entry, DAY).due_on == DAY
    consequences.end(row, on=DAY, actor=boss)
    applied(entry, "terms", boss)
    assert book.account(entry).terms == book.net7


def test_a_hold_blocks_the_account_so_that_nothing_new_is_invoiced(book, boss):
    entry = book.listed()
    row = applied(entry, "hold", boss)
    account = book.account(entry)
    assert (account.standing, account.standing_reason) == ("blocked", "Persistent late payer since 2025-04-01")
    with pytest.raises(Exception, match="is blocked with DE1: Persistent late payer since 2025-04-01"):
        issued(book, entry, DAY)
    consequences.end(row, on=ENDED, actor=boss)
    account.refresh_from_db()
    assert (account.standing, account.standing_reason) == ("open", "")
    assert issued(book, entry, ENDED).number


@pytest.mark.parametrize(
    ("standing", "reason", "said"),
    [
        ("open", "", "The account was opened meanwhile."),
        ("blocked", "Bankrupt", "The account is blocked for another reason by now and stays so: Bankrupt"),
        ("closed", "Moved away", "The account is closed for another reason by now and stays so: Moved away"),
    ],
)
def test_a_standing_that_was_changed_meanwhile_stays(book, boss, standing, reason, said):
    entry = book.listed()
    row = applied(entry, "hold", boss)
    customers.change_account(book.account(entry), standing=standing, standing_reason=reason, actor=SYSTEM)
    assert consequences.end(row, on=ENDED, actor=boss).left_because == said
    account = book.account(entry)
    assert (account.standing, account.standing_reason) == (standing, reason)


def test_interest_is_charged_of_what_is_due_from_then_on_though_nobody_else_pays_any(book, boss, given):
    """3,650.00 due 7 April 2025, open on 17 April: 10 days at 2.65 + 8 = 10.65 % (or the half-year's) …

    1 January 2025's rate of the European Central Bank is 3.15: 11.15 %, so 3,650.00 × 11.15 % × 10 / 365 = 11.15.
    """
    entry = book.listed()
    other = book.late()
    given.open_item("3650.00 EUR", customer=other, due=date(2025, 4, 7))
    until = date(2025, 4, 17)
    assert work_out(book.entity, until) == []
    row = applied(entry, "penalty", boss)
    given.open_item("3650.00 EUR", customer=entry.customer, due=date(2025, 4, 7), number="NEW")
    (due,) = work_out(book.entity, until)
    assert (due.customer_id, due.total, [item.number for item in due.charged]) == (
        entry.customer_id, Decimal("11.15"), ["NEW"],
    )  # fmt: skip
    consequences.end(row, on=ENDED, actor=boss)
    assert work_out(book.entity, until) == []
    assert not InterestAgreement.objects.exists()


def test_an_agreement_on_interest_is_not_written_over_and_one_that_was_changed_stays(book, boss):
    entry = book.listed()
    own = packs.agree(book.entity, entry.customer, pack=None, reason="Contract, § 3", actor=SYSTEM)
    with pytest.raises(LatePayerRefused, match="There is an agreement on interest with the customer: Contract, § 3"):
        applied(entry, "penalty", boss)
    packs.forget(own, actor=SYSTEM)
    row = applied(entry, "penalty", boss)
    packs.agree(book.entity, entry.customer, pack=None, reason="Settled", actor=SYSTEM)
    assert consequences.end(row, on=ENDED, actor=boss).left_because == (
        "Something else was agreed on interest meanwhile, and stays: Settled"
    )
    assert InterestAgreement.objects.get().reason == "Settled"


def test_interest_needs_rules_of_the_legal_entity(book, boss):
    entry = book.listed()
    InterestRules.objects.all().delete()
    with pytest.raises(LatePayerRefused, match="DE1 charges no interest"):
        applied(entry, "penalty", boss)
    assert of(entry, "penalty").state == "proposed"


def test_what_is_done_already_is_refused_and_nothing_happens(book, boss):
    entry = book.listed()
    row = applied(entry, "terms", boss)
    with pytest.raises(LatePayerRefused, match="applied by boss on 2025-04-01 already"):
        applied(entry, "terms", boss)
    with pytest.raises(LatePayerRefused, match="not applied"):
        consequences.end(of(entry, "hold"), on=DAY, actor=boss)
    consequences.end(row, on=DAY, actor=boss)
    with pytest.raises(LatePayerRefused, match="ended by boss on 2025-04-01 already"):
        consequences.end(row, on=DAY, actor=boss)
    assert book.account(entry).terms == book.net30


def test_a_release_ends_what_is_applied_and_drops_what_is_not(book, boss):
    entry = book.listed()
    applied(entry, "terms", boss)
    applied(entry, "hold", boss)
    with pytest.raises(LatePayerRefused, match="Say why"):
        consequences.release(entry, reason=" ", on=ENDED, actor=boss)
    ended = consequences.release(entry, reason="Pays by direct debit now", on=ENDED, actor=boss)
    assert {row.kind for row in ended} == {"terms", "hold"}
    entry.refresh_from_db()
    assert (entry.state, entry.released_on, entry.released_by, entry.release_reason) == (
        "released", ENDED, "boss", "Pays by direct debit now",
    )  # fmt: skip
    assert dict(entry.consequences.values_list("kind", "state")) == {
        "terms": "ended", "hold": "ended", "penalty": "dropped", "prepayment": "dropped",
    }  # fmt: skip
    account = book.account(entry)
    assert (account.terms, account.standing) == (book.net30, "open")
    with pytest.raises(LatePayerRefused, match="boss has released it on 2025-05-05 already"):
        consequences.release(entry, reason="x", on=ENDED, actor=boss)
    with pytest.raises(LatePayerRefused, match="was released on 2025-05-05 by boss"):
        applied(entry, "penalty", boss)
