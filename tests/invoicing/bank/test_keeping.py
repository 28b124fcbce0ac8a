"""What is kept of the files of banks: each line once, its money once, and the books as the bank has them."""

from __future__ import annotations

import gzip
import threading
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import OutboxEvent
from o2c.invoicing import banks
from o2c.invoicing.bank import keeping
from o2c.invoicing.bank.identity import identify
from o2c.invoicing.bank.reading import read
from o2c.invoicing.bank.statements import Refused
from o2c.invoicing.models import BankAccount, BankLine, BankStatement, Entry, LineUse, Posting
from o2c.invoicing.proof import proof
from o2c.orders.models import LegalEntity
from tests.invoicing.bank.files_given import IBAN, camt, entry, statement


@pytest.fixture
def account(given) -> BankAccount:
    return banks.open_account(given.entity(), name="House bank", currency="EUR", iban=IBAN, actor=SYSTEM)


def load(content: bytes, *, name: str = "bank.xml", actor: Actor = SYSTEM) -> keeping.Loaded:
    return keeping.load(content, name=name, seen=BankAccount.objects.all(), actor=actor)


def in_books(role: str) -> Decimal:
    return sum(Posting.objects.filter(account__role=role).values_list("amount", flat=True), Decimal(0))


def money() -> list[Decimal]:
    return sorted(BankLine.objects.filter(is_money=True).values_list("amount", flat=True))


DAY_ONE = statement(entry("100.00", text="A"), entry("-30.00", text="B"), opening="500.00", closing="570.00")


def test_a_statement_is_kept_with_its_lines_and_is_in_the_books(account):
    loaded = load(camt(DAY_ONE), name="monday.xml", actor=Actor("ada"))
    assert (loaded.format, loaded.created, loaded.unchanged, loaded.refused) == ("camt.053", 2, 0, [])
    kept = BankStatement.objects.get()
    assert (kept.account, kept.number, kept.opening, kept.closing) == (account, "1", Decimal(500), Decimal(570))
    assert (kept.line_count, kept.booked_sum, kept.arithmetic_ok, kept.flags) == (2, Decimal(70), True, [])
    assert (kept.loaded_by, kept.file_name, kept.place) == ("ada", "monday.xml", "Stmt[1] (line 1)")
    assert kept.context_id is not None
    assert bytes(kept.file.content) == camt(DAY_ONE)
    assert loaded.new == [kept.pk]
    came, went = BankLine.objects.order_by("id")
    assert (came.amount, came.open_amount, came.remittance, came.is_money) == (Decimal(100), Decimal(100), "A", True)
    assert (went.amount, went.open_amount, went.booked_on) == (Decimal(-30), Decimal(-30), date(2026, 3, 2))
    # one entry a day, and one for what was there before
    assert [(e.text, e.effective_on, e.known_on) for e in Entry.objects.order_by("id")] == [
        ("Statement 1", date(2026, 3, 2), date(2026, 3, 2)),
        ("Opening balance", date(2026, 3, 2), date(2026, 3, 2)),
    ]
    assert came.entry == went.entry == Entry.objects.get(text="Statement 1")
    assert (in_books("bank"), in_books("cash"), in_books("opening")) == (Decimal(570), Decimal(-70), Decimal(-500))
    (event,) = OutboxEvent.objects.filter(kind="bank.loaded")
    assert event.payload == {"entity_id": account.entity_id, "account_id": account.pk, "statements": [kept.pk]}
    assert proof() == []


def test_loading_again_adds_nothing(account):
    load(camt(DAY_ONE))
    before = (BankLine.objects.count(), Entry.objects.count(), OutboxEvent.objects.count())
    again = load(camt(DAY_ONE), name="copy of it.xml")
    assert (again.created, again.unchanged, again.new) == (0, 2, [])
    assert (BankLine.objects.count(), Entry.objects.count(), OutboxEvent.objects.count()) == before
    assert BankStatement.objects.count() == 1
    assert BankStatement.objects.get().file_name == "bank.xml"


def test_files_that_overlap_meet_and_genuine_repeats_stay(account):
    monday = [entry("10.00", text="rent"), entry("10.00", text="rent")]
    tuesday = [entry("10.00", "2026-03-03", text="rent")]
    load(camt(statement(*monday, opening="0.00", closing="20.00")))
    both = camt(statement(*monday, *tuesday, opening="0.00", closing="30.00", day="2026-03-03", number=2))
    loaded = load(both)
    assert (loaded.created, loaded.unchanged) == (1, 2)
    assert money() == [Decimal(10)] * 3
    assert in_books("bank") == Decimal(30)
    assert BankStatement.objects.get(number="2").line_count == 3
    assert BankStatement.objects.get(number="2").lines.count() == 1
    # a third one of the same day is a third payment
    assert load(camt(statement(*monday, monday[0], opening="0.00", closing="30.00", number=3))).created == 1
    assert proof() == []


def test_the_database_names_lines_as_the_rule_does(account):
    texts = ["a", "a", "b", "a"]
    first = statement(*(entry("10.00", text=text, reference="R" if text == "b" else "") for text in texts), number=1)
    second = statement(entry("10.00", text="a"), entry("-7.10", text="a"), number=2)
    file = camt(first, second, first)
    load(file)
    expected = [key.removeprefix(f"{IBAN}:") for _, _, key in identify(read(file).statements)]
    assert Counter(BankLine.objects.values_list("identity", flat=True)) == Counter(f"s:{key}" for key in expected)


def test_an_earlier_statement_that_comes_later_moves_the_opening_balance(account):
    march = statement(entry("5.00", "2026-03-02"), opening="120.00", closing="125.00", number=2)
    february = statement(entry("20.00", "2026-02-27"), opening="100.00", closing="120.00", day="2026-02-27", number=1)
    load(camt(march))
    assert in_books("bank") == Decimal(125)
    load(camt(february))
    assert (in_books("bank"), in_books("opening"), in_books("cash")) == (Decimal(125), Decimal(-100), Decimal(-25))
    assert proof() == []


def test_a_batch_that_tells_of_all_its_payments_leaves_the_money_to_them(account):
    members = [("60.00", "invoice 1"), ("40.00", "invoice 2")]
    loaded = load(camt(statement(entry("100.00", reference="B1", members=members), closing="100.00")))
    assert loaded.created == 1
    container = BankLine.objects.get(batch=None)
    assert (container.is_money, container.open_amount, container.amount) == (False, Decimal(0), Decimal(100))
    parts = list(container.members.order_by("id"))
    assert [(m.amount, m.open_amount, m.remittance, m.is_money) for m in parts] == [
        (Decimal(60), Decimal(60), "invoice 1", True), (Decimal(40), Decimal(40), "invoice 2", True),
    ]  # fmt: skip
    assert {m.identity for m in parts} == {f"{container.identity}/1", f"{container.identity}/2"}
    assert in_books("bank") == Decimal(100)
    assert proof() == []


def test_a_batch_whose_payments_do_not_make_it_keeps_its_money(account):
    members = [("60.00", "invoice 1"), ("30.00", "invoice 2")]
    load(camt(statement(entry("100.00", members=members), closing="100.00")))
    assert money() == [Decimal(100)]
    assert BankLine.objects.filter(batch__isnull=False, is_money=False, open_amount=0).count() == 2
    assert proof() == []


NOTIFIED = camt(
    statement(entry("100.00", reference="B1", members=[("60.00", "invoice 1"), ("40.00", "invoice 2")]), opening=None),
    kind="054",
)
SUMMED = camt(statement(entry("100.00", reference="B1", bare=True), closing="100.00"))


@pytest.mark.parametrize("files", [(NOTIFIED, SUMMED), (SUMMED, NOTIFIED)], ids=["told first", "told later"])
def test_the_payments_of_a_notification_join_the_line_of_the_statement(account, files):
    for file in [*files, *files]:
        load(file)
    line = BankLine.objects.get(statement__kind="statement", batch=None)
    assert (line.is_money, line.open_amount) == (False, Decimal(0))
    parts = line.members.order_by("id")
    assert [(m.amount, m.open_amount, m.entry) for m in parts] == [
        (Decimal(60), Decimal(60), line.entry), (Decimal(40), Decimal(40), line.entry),
    ]  # fmt: skip
    assert BankLine.objects.get(statement__kind="notification", batch=None).booked_as == line
    assert money() == [Decimal(40), Decimal(60)]
    assert (in_books("bank"), in_books("cash")) == (Decimal(100), Decimal(-100))
    assert proof() == []


def test_a_line_that_is_used_keeps_its_money_when_a_notification_comes(account):
    load(SUMMED)
    line = BankLine.objects.get()
    LineUse.objects.create(line=line, kind="set_aside", amount=10, effective_on="2026-03-02", actor="x")
    load(NOTIFIED)
    line.refresh_from_db()
    assert (line.is_money, line.open_amount) == (True, Decimal(90))
    assert BankLine.objects.get(statement__kind="notification", batch=None).booked_as == line
    assert not BankLine.objects.filter(statement__kind="notification", is_money=True).exists()


def test_a_report_is_never_money_and_becomes_the_line_of_the_statement(account):
    told = [entry("10.00", reference="R1"), entry("10.00", text="twice"), entry("10.00", text="twice")]
    load(camt(statement(*told, opening="0.00"), kind="052"))
    assert (money(), Entry.objects.count()) == ([], 0)
    load(camt(statement(*told, opening="0.00"), kind="052"))
    assert BankLine.objects.count() == 3
    load(camt(statement(*told, closing="30.00")))
    booked = set(BankLine.objects.filter(statement__kind="statement").values_list("id", flat=True))
    became = set(BankLine.objects.filter(statement__kind="report").values_list("booked_as", flat=True))
    assert booked == became
    assert len(booked) == 3
    assert proof() == []


def test_what_is_pending_is_so_until_the_booked_line_comes(account):
    pending = entry("-12.00", reference="P1", status="PDNG"), entry("-12.00", text="card", status="PDNG")
    load(camt(statement(entry("1.00"), *pending, closing="1.00")))
    still = BankLine.objects.filter(status="pending", booked_as=None)
    assert still.count() == 2
    assert in_books("bank") == Decimal(1)
    booked = entry("-12.00", "2026-03-03", reference="P1"), entry("5.00", "2026-03-03")
    load(camt(statement(*booked, opening="1.00", closing="-6.00", day="2026-03-03", number=2)))
    assert [line.remittance for line in still.all()] == ["card"]
    load(camt(statement(entry("-12.00", "2026-03-04", text="card"), opening="-6.00", closing="-18.00", number=3)))
    assert not still.all().exists()
    assert in_books("bank") == Decimal(-18)


def test_closed_books_take_what_is_booked_later(account):
    LegalEntity.objects.filter(pk=account.entity_id).update(closed_until=date(2026, 3, 31))
    load(camt(DAY_ONE))
    assert {(e.effective_on, e.known_on) for e in Entry.objects.all()} == {(date(2026, 4, 1), date(2026, 3, 2))}
    assert proof() == []


def test_a_statement_whose_arithmetic_fails_is_kept_and_flagged(account):
    loaded = load(camt(statement(entry("10.00"), opening="0.00", closing="99.00")))
    assert loaded.statements[0].arithmetic_ok is False
    kept = BankStatement.objects.get()
    assert (kept.arithmetic_ok, kept.flags) == (False, ["arithmetic"])
    assert money() == [Decimal(10)]


def test_lines_in_another_currency_or_finer_than_it_are_kept_and_are_no_money(account):
    odd = statement(entry("10.00", currency="USD"), entry("1.005"), entry("0.00"), entry("3.00"), closing="3.00")
    load(camt(odd))
    assert BankLine.objects.count() == 4
    assert money() == [Decimal(3)]
    assert proof() == []


def test_amounts_in_another_currency_than_the_books_are_worth_what_the_rate_says(given):
    given.rate("USD", "1.25")
    banks.open_account(given.entity(), name="Dollars", currency="USD", iban=IBAN, actor=SYSTEM)
    load(camt(statement(entry("100.00", currency="USD"), closing="100.00", currency="USD")))
    assert [(p.amount, p.base_amount) for p in Posting.objects.order_by("-amount")] == [
        (Decimal(100), Decimal(80)), (Decimal(-100), Decimal(-80)),
    ]  # fmt: skip
    assert proof() == []


# --- Whose account it is


def test_an_account_that_is_not_ours_is_refused_by_name(given, account):
    other = "DE88100900001234567892"
    with pytest.raises(Refused) as refused:
        load(camt(statement(entry("1.00"), iban=other)))
    assert (refused.value.where, refused.value.reason) == (
        "Stmt[1] (line 1)",
        f"None of our bank accounts is {other} in EUR. Add it to its legal entity under Company, Banks.",
    )
    with pytest.raises(Refused, match=f"{IBAN} is kept in EUR here, and the statement is in USD"):
        load(camt(statement(entry("1.00", currency="USD"), currency="USD")))
    assert (BankStatement.objects.count(), Entry.objects.count()) == (0, 0)
    # beside one of ours it is left out, and said
    loaded = load(camt(statement(entry("1.00"), iban=other), statement(entry("2.00"), closing="2.00")))
    assert [each.where for each in loaded.refused] == ["Stmt[1] (line 1)"]
    assert (loaded.created, money()) == (1, [Decimal(2)])


MT940 = """:20:X
:25:{account}
:28C:00001
:60F:C260301EUR10,00
:61:2603020302C5,00NTRFNONREF
:62F:C260302EUR15,00
"""


@pytest.mark.parametrize("written", ["0001234567", "1234567EUR", "12 345 67", "20050550/1234567", "200505501234567"])
def test_numbers_of_accounts_are_ours_however_they_are_written(given, written):
    ours = banks.open_account(
        given.entity(), name="n", currency="EUR", account_number="000 1234567", bank="20050550", actor=SYSTEM
    )
    load(MT940.format(account=written).encode(), name="x.sta")
    assert BankStatement.objects.get().account == ours


def test_an_account_of_two_legal_entities_needs_the_entity_named(given):
    for code in ("DE1", "DE2"):
        banks.open_account(given.entity(code), name="n", currency="EUR", iban=IBAN, actor=SYSTEM)
    with pytest.raises(Refused, match=r"Several of our accounts .*\(DE1, DE2\): name the entity"):
        load(camt(DAY_ONE))
    keeping.load(camt(DAY_ONE), name="x", seen=BankAccount.objects.filter(entity__code="DE2"), actor=SYSTEM)
    assert BankStatement.objects.get().entity.code == "DE2"


# --- Large, broken, at once


def test_a_file_that_breaks_off_leaves_nothing(account):
    with pytest.raises(Refused):
        load(camt(statement(*(entry("1.00", text=str(n)) for n in range(50)), closing="50.00"))[:-300])
    assert (BankLine.objects.count(), BankStatement.objects.count(), Entry.objects.count()) == (0, 0, 0)


def test_a_longer_file_takes_no_more_statements_of_the_database(account):
    def cost(count: int, number: int) -> int:
        lines = [entry("1.00", text=f"{number} {n}", members=[("0.40", "a"), ("0.60", "b")]) for n in range(count)]
        with CaptureQueriesContext(connection) as queries:
            load(camt(*(statement(*lines, number=number * 100 + n) for n in range(count))))
        return len(queries)

    cost(1, 3)  # opens the account's ledger account
    assert cost(2, 1) == cost(30, 2)


def test_a_large_file_is_kept_packed(account, monkeypatch):
    monkeypatch.setattr(keeping, "PLAIN_MOST", 1000)
    file = camt(statement(*(entry("1.00", text=str(n)) for n in range(20)), closing="20.00"))
    load(file)
    kept = BankStatement.objects.get().file
    assert (kept.name, kept.media_type) == ("bank.xml.gz", "application/gzip")
    assert gzip.decompress(bytes(kept.content)) == file
    monkeypatch.setattr(keeping, "PACKED_MOST", 10)
    load(camt(statement(entry("7.00"), number=9), statement(*(entry("1.00") for _ in range(20)), number=10)))
    assert set(BankStatement.objects.exclude(number="1").values_list("file", flat=True)) == {None}


@pytest.mark.django_db(transaction=True)
def test_two_loads_of_one_file_at_once_are_one(account):
    file = camt(statement(*(entry("1.00", text=str(n % 40)) for n in range(300)), closing="300.00"))
    found, start = [], threading.Barrier(2)

    def work():
        try:
            start.wait()
            found.append(load(file).created)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [0, 300]
    assert (BankLine.objects.count(), BankStatement.objects.count()) == (300, 1)
    assert in_books("bank") == Decimal(300)
    assert proof() == []


def test_money_moves_between_lines_whole_or_not_at_all(account):
    load(SUMMED)
    line = BankLine.objects.get()
    LineUse.objects.create(line=line, kind="set_aside", amount=10, effective_on="2026-03-02", actor="x")
    with pytest.raises(Exception, match="is used already"), transaction.atomic():
        BankLine.objects.filter(pk=line.pk).update(is_money=False)
