"""Bank money that is no customer's: set aside, taken back, and in the books either way."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from o2c.core.actors import SYSTEM, Actor
from o2c.invoicing import banks
from o2c.invoicing.bank import keeping, setting_aside
from o2c.invoicing.bank.setting_aside import Role, SetAsideRefused
from o2c.invoicing.models import BankAccount, BankLine, Entry, LineUse, Posting
from o2c.invoicing.proof import proof
from o2c.orders.models import LegalEntity
from tests.invoicing.bank.files_given import IBAN, camt, entry, statement

ON = date(2026, 3, 10)


@pytest.fixture
def lines(given) -> list[BankLine]:
    """A salary that went out, and interest that came in."""
    banks.open_account(given.entity(), name="House bank", currency="EUR", iban=IBAN, actor=SYSTEM)
    file = camt(statement(entry("-800.00", text="Salaries"), entry("3.00", text="Interest"), closing="-797.00"))
    keeping.load(file, name="x", seen=BankAccount.objects.all(), actor=SYSTEM)
    return list(BankLine.objects.order_by("id"))


def balance(role: str) -> Decimal:
    return sum(Posting.objects.filter(account__role=role).values_list("amount", flat=True), Decimal(0))


def test_what_is_set_aside_leaves_clearing_for_its_account_and_comes_back(lines):
    salary, interest = lines
    use = setting_aside.set_aside(salary, reason=" Salaries of March ", on=ON, actor=Actor("ada"))
    setting_aside.set_aside(interest, reason="Interest", on=ON, actor=SYSTEM, account=Role.BANK_CHARGES)
    assert (use.amount, use.note, use.actor, use.effective_on) == (Decimal(-800), "Salaries of March", "ada", ON)
    assert not BankLine.objects.exclude(open_amount=0).exists()
    assert (balance("cash"), balance("set_aside"), balance("bank_charges")) == (0, Decimal(800), Decimal(-3))
    assert proof() == []
    undone = setting_aside.take_back(use, on=ON, actor=SYSTEM)
    salary.refresh_from_db()
    assert (salary.open_amount, undone.amount, undone.entry.reverses) == (Decimal(-800), Decimal(800), use.entry)
    assert (balance("cash"), balance("set_aside")) == (Decimal(800), 0)
    assert proof() == []
    again = setting_aside.set_aside(salary, reason="Salaries", on=ON, actor=SYSTEM)
    assert setting_aside.standing(salary) == [again]
    assert proof() == []


def test_what_cannot_be_set_aside_is_refused_and_nothing_happens(lines):
    salary, _ = lines
    use = setting_aside.set_aside(salary, reason="x", on=ON, actor=SYSTEM)
    setting_aside.take_back(use, on=ON, actor=SYSTEM)
    before = Entry.objects.count(), LineUse.objects.count()
    with pytest.raises(SetAsideRefused, match="taken back already"):
        setting_aside.take_back(use, on=ON, actor=SYSTEM)
    with pytest.raises(SetAsideRefused, match="not money that was set aside"):
        setting_aside.take_back(LineUse.objects.get(reverses=use), on=ON, actor=SYSTEM)
    with pytest.raises(SetAsideRefused, match="Say why"):
        setting_aside.set_aside(salary, reason="  ", on=ON, actor=SYSTEM)
    with pytest.raises(SetAsideRefused, match="is no account for money"):
        setting_aside.set_aside(salary, reason="x", on=ON, actor=SYSTEM, account=Role.RECEIVABLES)
    assert (Entry.objects.count(), LineUse.objects.count()) == before
    setting_aside.set_aside(salary, reason="x", on=ON, actor=SYSTEM)
    with pytest.raises(SetAsideRefused, match="Nothing of this line is left"):
        setting_aside.set_aside(salary, reason="x", on=ON, actor=SYSTEM)


def test_closed_books_take_it_on_the_first_open_day_and_never_before_the_line(lines):
    salary, interest = lines
    early = setting_aside.set_aside(interest, reason="x", on=date(2026, 1, 1), actor=SYSTEM)
    assert early.effective_on == interest.booked_on == early.entry.effective_on
    LegalEntity.objects.update(closed_until=date(2026, 3, 31))
    late = setting_aside.set_aside(salary, reason="x", on=ON, actor=SYSTEM)
    assert late.effective_on == late.entry.effective_on == date(2026, 4, 1)
    assert setting_aside.take_back(early, on=ON, actor=SYSTEM).effective_on == date(2026, 4, 1)


@pytest.mark.parametrize(
    ("table", "change", "rule"),
    [
        (
            "invoicing_bankline",
            "UPDATE invoicing_bankline SET open_amount = 1 WHERE amount = 3",
            "open amounts",
        ),
        ("invoicing_bankline", "UPDATE invoicing_bankline SET amount = 4 WHERE amount = 3", "bank accounts hold"),
        ("invoicing_lineuse", "UPDATE invoicing_lineuse SET entry_id = NULL", "what is set aside is booked"),
        (
            "invoicing_bankline",
            "UPDATE invoicing_bankline SET batch_id = (SELECT id FROM invoicing_bankline WHERE amount = -800)"
            " WHERE amount = 3",
            "payments make their batch",
        ),
    ],
)
def test_the_proof_finds_what_the_triggers_would_not_allow(lines, table, change, rule):

    setting_aside.set_aside(lines[0], reason="x", on=ON, actor=SYSTEM)
    assert proof() == []
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(change)
    assert any(finding.rule.startswith(rule) for finding in proof())
