"""Bank against books: what agrees, what does not, and what makes the difference."""

from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.urls import reverse

from o2c.core.actors import SYSTEM
from o2c.core.models import Role
from o2c.invoicing import banks, cash
from o2c.invoicing.bank import keeping, reconciling, setting_aside
from o2c.invoicing.bank.reconciling import Closed
from o2c.invoicing.models import BankAccount, BankLine, LineUse
from o2c.orders.models import LegalEntity
from o2c.web.corrections import reading
from tests.invoicing.bank.files_given import IBAN, camt, entry, statement


@pytest.fixture
def account(given) -> BankAccount:
    return banks.open_account(given.entity(), name="House bank", currency="EUR", iban=IBAN, actor=SYSTEM)


def load(*statements) -> None:
    keeping.load(camt(*statements), name="x", seen=BankAccount.objects.all(), actor=SYSTEM)


def day(number: int, opening: str, *amounts: str, closing: str, nr: int | None = None):
    on = f"2026-03-{number:02}"
    entries = [entry(amount, on, text=f"{on} {place}") for place, amount in enumerate(amounts)]
    return statement(*entries, opening=opening, closing=closing, day=on, number=nr or number)


def reconciled(account) -> reconciling.Reconciled:
    (found,) = reconciling.reconcile([account])
    return found


def differences(account) -> dict[int, Decimal]:
    return {each.on.day: each.difference for each in reconciled(account).days if each.difference}


def test_books_that_have_the_banks_balance_agree_on_every_day(account):
    load(
        day(2, "100.00", "5.00", closing="105.00"),
        day(3, "105.00", closing="105.00"),
        day(4, "105.00", "-9.00", closing="96.00"),
    )
    found = reconciled(account)
    assert found.agrees
    assert [(each.on.day, each.bank, each.books) for each in found.days] == [
        (4, Decimal(96), Decimal(96)), (3, Decimal(105), Decimal(105)), (2, Decimal(105), Decimal(105)),
    ]  # fmt: skip
    (part,) = reconciling.reconcile([account], from_on=date(2026, 3, 3), until_on=date(2026, 3, 3))
    assert [each.on.day for each in part.days] == [3]


def test_a_missing_statement_is_a_gap_until_it_comes(account):
    load(day(2, "0.00", "5.00", closing="5.00"), day(4, "25.00", "1.00", closing="26.00"))
    found = reconciled(account)
    (gap,) = found.gaps
    assert (gap.statement.number, gap.before.number, gap.amount, gap.missing) == ("4", "2", Decimal(20), 1)
    assert differences(account) == {4: Decimal(-20)}
    (latest, _) = found.days
    assert [(cause.what, cause.amount) for cause in latest.causes] == [
        ("Not here: what happened before this statement", Decimal(-20))
    ]
    load(day(3, "5.00", "20.00", closing="25.00"))
    assert reconciled(account).agrees


def test_each_cause_of_a_difference_is_named(account):
    load(day(2, "0.00", "5.00", closing="6.00"))
    odd = statement(entry("1.005", "2026-03-03"), opening="6.00", closing="7.005", day="2026-03-03", number=3)
    load(odd)
    LegalEntity.objects.update(closed_until=date(2026, 3, 10))
    load(day(4, "7.005", "10.00", closing="17.005"))
    days = {each.on.day: each for each in reconciled(account).days}
    assert [(cause.what.split(":")[0], cause.amount) for cause in days[4].causes] == [
        ("Its lines do not make its closing balance", Decimal(-1)),
        ("Lines that cannot be booked", Decimal("-1.005")),
        ("Booked on a later day, as the books were closed", Decimal(-10)),
    ]
    assert days[4].difference == Decimal("-12.005")


def closed(
    number: int, opening, closing, *, on: int | None = None, opens: int | None = None, sequence: str = ""
) -> Closed:
    return Closed(
        id=number, on=date(2026, 3, on or number), number=str(number), sequence=sequence, opening=Decimal(opening),
        closing=Decimal(closing), booked=Decimal(closing) - Decimal(opening),
        opens_on=date(2026, 3, opens or on or number),
    )  # fmt: skip


def test_pages_of_a_day_and_statements_of_a_whole_month_leave_no_gap():
    days = [closed(9, 0, 5), closed(10, 5, 7, sequence="1"), closed(11, 7, 8, on=10), closed(12, 8, 8)]
    month = closed(13, 0, 9, opens=9)
    assert reconciling.gaps([*days, month]) == []
    assert reconciling.gaps(days[::-1]) == []
    assert [gap.statement.id for gap in reconciling.gaps([days[0], days[2]])] == [11]
    # the same balance on a later day is another one
    assert [gap.statement.id for gap in reconciling.gaps([*days, closed(14, 0, 9)])] == [14]


def test_clearing_is_explained_by_lines_that_wait_and_receipts_not_seen_on_the_bank(account, given):
    load(day(2, "0.00", "5.00", "70.00", "-8.00", closing="67.00"))
    customer = given.customer()
    by_hand = given.receipt("30.00 EUR", customer=customer)
    seen = given.receipt("70.00 EUR", customer=customer)
    line = BankLine.objects.get(amount=70)
    LineUse.objects.create(line=line, kind="receipt", receipt=seen, amount=70, effective_on="2026-03-02", actor="x")
    setting_aside.set_aside(BankLine.objects.get(amount=-8), reason="x", on=date(2026, 3, 2), actor=SYSTEM)
    (clearing,) = reconciling.clearing([account.entity_id])
    assert (clearing.balance, clearing.open_lines, clearing.receipts, clearing.rest) == (
        Decimal(25), Decimal(5), Decimal(30), 0,
    )  # fmt: skip
    cash.reverse(by_hand, on=date(2026, 3, 3), actor=SYSTEM)
    (clearing,) = reconciling.clearing([account.entity_id])
    assert (clearing.balance, clearing.receipts, clearing.rest) == (Decimal(-5), 0, 0)


def test_unidentified_money_is_told_by_age(account):
    load(day(2, "0.00", "5.00", closing="5.00"), day(20, "5.00", "-1.00", "2.00", closing="6.00"))
    (found,) = reconciling.unidentified([account], date(2026, 3, 21))
    assert (found.cells, found.total, found.lines, found.oldest_on) == (
        (Decimal(1), Decimal(0), Decimal(5), Decimal(0)), Decimal(6), 3, date(2026, 3, 2),
    )  # fmt: skip


def test_the_command_answers_in_json_and_ends_with_1_where_books_differ(account):
    def run() -> tuple[dict, int]:
        out, code = io.StringIO(), 0
        try:
            call_command("reconcile", "--json", stdout=out)
        except SystemExit as end:
            code = end.code
        return json.loads(out.getvalue()), code

    load(day(2, "0.00", "5.00", closing="5.00"))
    answer, code = run()
    assert code == 0
    assert answer["accounts"][0]["days"] == [
        {
            "on": "2026-03-02",
            "statement": answer["accounts"][0]["days"][0]["statement"],
            "bank": {"amount": "5.00", "currency": "EUR"},
            "books": {"amount": "5.00", "currency": "EUR"},
            "difference": {"amount": "0.00", "currency": "EUR"},
            "causes": [],
        }
    ]
    assert answer["clearing"][0]["rest"] == {"amount": "0.00", "currency": "EUR"}
    load(day(4, "9.00", closing="9.00"))
    answer, code = run()
    assert code == 1
    assert answer["accounts"][0]["gaps"][0]["missing"] == 1
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("reconcile", "--entity", "DE1", "--from", "2026-03-03", stdout=out)
    assert "2026-03-04: bank 9.0000, books 5.0000" in out.getvalue()


def test_the_page_says_what_differs_and_corrections_what_to_do(account, given, client):
    clerk = given.user("clerk", Role.CASH_CLERK)
    client.force_login(clerk)
    page = f"{reverse('reconciliation')}?until_on=2026-03-31"
    load(day(2, "0.00", "5.00", closing="5.00"))
    assert "The books have the balance that the banks have" in client.get(page).content.decode()
    load(day(4, "25.00", "1.00", closing="27.00"))
    shown = client.get(page).content.decode()
    assert "1 account differs from the bank" in shown
    assert "1 statement in between is missing: load it." in shown
    red = {group.kind.name: [each.title for each in group.reds] for group in reading.groups(clerk)}
    assert red == {"bank_statements": ["House bank 4"], "bank_gaps": ["House bank 4"]}
