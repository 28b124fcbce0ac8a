"""Scoring a book: what is seen on a day and what is not, with the numbers of small books worked out."""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection

from o2c.analytics.scoring import facts, fading, items
from o2c.collections.models import DunningPolicy, DunningSettings
from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.invoicing.cash import receipts
from o2c.orders import business_days, customers
from tests.given import DAY

pytestmark = pytest.mark.django_db

# A Monday; so are all due dates that are whole weeks from it.
MONDAY = DAY


@pytest.fixture
def paid(given):
    """Makes an invoice that fell due so many days before Monday and was paid so many days after that, if at all."""

    def make(customer, before: int, days: int | None, money="100.00 EUR", **facts):
        due = MONDAY - timedelta(days=before)
        item = given.open_item(money, customer=customer, due=due, **facts)
        if days is not None:
            given.pay(item, on=due + timedelta(days=days))
        return item

    return make


def scored(as_of: date = MONDAY, **options) -> dict[str, items.Outlook | None]:
    return {each.item.number: each.outlook for each in items.score(as_of, **options)}


def test_a_book_of_one_paid_invoice(given, paid):
    """One invoice, paid on its due date. Scored is one issued today, due in four weeks, so on the same weekday.

    Of everything: 46/91 of what is left is paid on the due date, 1/182 on each of 30 days before, (1 - (90/91)^10) / 2
    in each of six times ten days before that (`test_cohorts` has why). With one cohort a level, the strength of each is
    5: drawn to the level above, one invoice seen and five parts of it. Three levels: legal entity, customer, weekday.
    None was paid 28 days before, all were paid at the end of the due date:
        a(28 days before) = ((1 + (90/91)^10) / 2)^6 x (181/182)^3, a(due date) = that x (181/182)^27 x 45/91
        each level: (1 + 5 a) / 6 of the former, (0 + 5 a) / 6 of the latter
    The chance to be late is what is left on the due date of what is left today.
    """
    customer = given.customer("A")
    paid(customer, 28, 0)
    given.open_item(customer=customer, due=MONDAY + timedelta(days=28), issued=MONDAY, number="NEW")
    today = ((1 + (90 / 91) ** 10) / 2) ** 6 * (181 / 182) ** 3
    then = today * (181 / 182) ** 27 * 45 / 91
    for _ in ("entity", "customer", "weekday"):
        today, then = (1 + 5 * today) / 6, 5 * then / 6
    told = scored()["NEW"]
    assert told.p_late == pytest.approx(then / today)


def test_a_customer_who_always_pays_nine_days_late(given, paid):
    """Twenty invoices each: nine days late, and in time. Each own invoice tells everything, so the strength is 1."""
    slow, quick = given.customer("SLOW"), given.customer("QUICK")
    for week in range(5, 25):
        paid(slow, 7 * week, 9)
        paid(quick, 7 * week, 0)
    for customer in (slow, quick):
        given.open_item(
            customer=customer, due=MONDAY + timedelta(days=14), issued=MONDAY, number=f"NEW-{customer.number}"
        )
    given.open_item(customer=slow, due=MONDAY - timedelta(days=4), number="OVERDUE")
    found = scored()
    due = MONDAY + timedelta(days=14)
    late, in_time = found["NEW-SLOW"], found["NEW-QUICK"]
    assert late.p_late > 0.9 > 0.1 > late.p_late_30
    assert in_time.p_late < 0.1
    assert (late.p50, late.p90) == (due + timedelta(days=9), due + timedelta(days=9))
    assert (in_time.p50, in_time.p90) == (due, due)
    assert found["OVERDUE"].p_late == 1
    assert found["OVERDUE"].p50 == MONDAY + timedelta(days=5)


def test_what_became_known_on_the_day_is_not_seen(given, paid):
    customer = given.customer("A")
    for week in range(5, 15):
        paid(customer, 7 * week, 3)
    given.open_item(customer=customer, due=MONDAY + timedelta(days=20), number="NEW")
    before = scored()
    late = paid(customer, 60, None, number="SETTLED TODAY")
    also = scored()
    given.pay(late, on=MONDAY)
    assert set(also) == {"NEW", "SETTLED TODAY"}
    assert scored() == {"NEW": also["NEW"]}
    assert also["NEW"] != before["NEW"]
    assert scored(MONDAY + timedelta(days=1))["NEW"] != also["NEW"]


def seen(as_of: date = MONDAY) -> list[tuple[int, int, int]]:
    (history,) = facts.histories(as_of)
    return [(cell.day, cell.paid, cell.unpaid) for cell in history.cells]


def a_book(given, paid) -> None:
    """Three customers who go on buying and paying after Monday; each has an invoice that is never paid."""
    for number, days in (("A", 2), ("B", 12), ("C", -4)):
        customer = given.customer(number)
        for week in range(-8, 20):
            paid(customer, 7 * week + 3, days + week % 3)
        paid(customer, 30, None)


def move_the_future(as_of: date) -> int:
    """Put every date of the books that is later than the day somewhere else, past the guards that forbid it."""
    moved = 0
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table, columns in (
            ("invoicing_openitem", ("known_on", "effective_on", "issued_on", "due_on")),
            ("invoicing_allocation", ("known_on", "effective_on")),
        ):
            shifted = ", ".join(f"{column} = {column} + 37" for column in columns)
            cursor.execute(f"UPDATE {table} SET {shifted} WHERE known_on > %s", [as_of])
            moved += cursor.rowcount
        cursor.execute("SET LOCAL session_replication_role = origin")
    return moved


@pytest.mark.parametrize("least", [fading.LEAST_TOLD, 1])
def test_no_prediction_moves_with_the_future(given, paid, monkeypatch, least):
    """Nor does how fast the past fades, where the book is large enough to tell (as this one is taken to be)."""
    monkeypatch.setattr(fading, "LEAST_TOLD", least)
    a_book(given, paid)
    before = scored()
    assert bool(items.learn(MONDAY).cohorts.fading.paces) is (least == 1)
    assert len(before) > 5
    assert move_the_future(MONDAY) > 20
    assert scored() == before


@pytest.mark.parametrize(
    ("honest", "leaks"),
    [
        ("WHERE a.counts_from < %(as_of)s GROUP BY 1", "GROUP BY 1"),
        ("AND counts_from < %(as_of)s", ""),
    ],
)
def test_a_planted_leak_is_found(given, paid, monkeypatch, honest, leaks):
    """The test above would fail if a fact of tomorrow were seen."""
    assert honest in facts.HISTORIES
    monkeypatch.setattr(facts, "HISTORIES", facts.HISTORIES.replace(honest, leaks))
    a_book(given, paid)
    before = scored()
    move_the_future(MONDAY)
    assert scored() != before


def test_an_invoice_is_of_the_month_in_which_it_was_to_be_paid_at_the_latest(given, paid):
    """Months are of thirty days, back from the day before. On Monday nothing is known yet of what fell due on Sunday,
    as it may be paid on Monday; what fell due on Friday is in the last month, as is what did thirty-one days ago."""
    customer = given.customer("A")
    for before in (-3, 1, 3, 31, 32, 61, 62, 728):
        paid(customer, before, None)
    (history,) = facts.histories(MONDAY)
    assert sorted((cell.day + 1, cell.month) for cell in history.cells) == [
        (-3, 0), (1, 0), (3, 1), (31, 1), (32, 2), (61, 2), (62, 3), (728, 25),
    ]  # fmt: skip


def test_what_was_credited_without_money_was_not_paid(given, paid):
    customer = given.customer("A")
    item = paid(customer, 40, None)
    credit = given.open_item("-100.00 EUR", customer=customer, due=MONDAY - timedelta(days=20))
    receipts.apply(credit, [receipts.Split(item, item.amount)], on=MONDAY - timedelta(days=10), actor=SYSTEM)
    assert list(facts.histories(MONDAY)) == []
    paid(customer, 28, 3)
    assert seen() == [(3, 1, 0)]


def test_a_payment_that_was_taken_back_before_the_day_never_was(given, paid):
    item = paid(given.customer("A"), 28, 3)
    receipts.open_again(item.settled_by.get(), on=MONDAY - timedelta(days=2), actor=SYSTEM)
    assert seen(MONDAY - timedelta(days=2)) == [(3, 1, 0)]
    assert seen() == [(27, 0, 1)]


def test_only_two_years_are_looked_back(given, paid):
    customer = given.customer("A")
    paid(customer, 731, 3)
    paid(customer, 729, 4)
    assert seen() == [(4, 1, 0)]


def test_late_is_after_the_next_business_day_and_the_days_of_grace(given, paid):
    """Due on a Saturday, paid on the Monday: in time. On the Tuesday: late, unless there is a day of grace."""
    entity = given.entity()
    customer = given.customer("A")
    paid(customer, 30, 2)
    paid(customer, 37, 3)
    (history,) = facts.histories(MONDAY)
    assert [(cell.weekday, cell.day, cell.late, cell.judged) for cell in history.cells] == [(6, 2, 0, 1), (6, 3, 1, 1)]
    policy = DunningPolicy.objects.create(
        code="graceful", name="Graceful", effective_on=date(2020, 1, 1), bank_days=1, activated_at=clock.now()
    )
    DunningSettings.objects.update_or_create(entity=entity, defaults={"policy": policy.code})
    (history,) = facts.histories(MONDAY)
    assert [cell.late for cell in history.cells] == [0, 0]
    given.open_item(customer=customer, due=MONDAY + timedelta(days=5), number="SATURDAY")
    (row,) = facts.open_items(MONDAY)
    assert row.late_after == 3
    business_days.close(entity, MONDAY + timedelta(days=7), "Stocktaking", actor=SYSTEM)
    (row,) = facts.open_items(MONDAY)
    assert row.late_after == 4


def test_the_segment_is_the_one_of_the_day_before(given, paid):
    """Accounts have no dates of their own; their history, which is of now, says what they were."""
    customer = given.customer("A", segment="retail")
    paid(customer, 28, 3)
    assert [history.segment for history in facts.histories(MONDAY)] == [""]
    tomorrow = clock.today("UTC") + timedelta(days=2)
    assert [history.segment for history in facts.histories(tomorrow)] == ["retail"]
    customers.change_account(customer.accounts.get(), segment="public", actor=SYSTEM)
    assert [history.segment for history in facts.histories(tomorrow)] == ["public"]


def test_one_entity_alone_is_scored_the_same(given, paid):
    a_book(given, paid)
    other = given.entity("US1", "USD", country="US", time_zone="America/New_York")
    customer = given.customer("X", entity=other)
    given.open_item("5.00 USD", customer=customer, entity=other, due=MONDAY, number="US")
    whole = scored()
    alone = scored(entity_id=other.pk)
    assert set(alone) == {"US"}
    assert alone["US"] == whole["US"] is not None


# --- The command

HEADER = ["customer", "number", "p_late", "p_late_30", "pay_p10", "pay_p50", "pay_p90"]


@pytest.fixture
def score(tmp_path):
    def run(as_of: date | str = MONDAY, out: Path = tmp_path / "scores.csv", **options) -> list[list[str]]:
        call_command("score", as_of=date.fromisoformat(str(as_of)), out=out, **options)
        with out.open(encoding="utf-8", newline="") as file:
            return list(csv.reader(file))

    return run


def test_the_file_has_a_line_for_each_open_item(given, paid, score):
    a_book(given, paid)
    header, *rows = score()
    assert header == HEADER
    told = scored()
    assert [row[1] for row in rows] == list(told)
    for row in rows:
        outlook = told[row[1]]
        assert row[2:4] == [f"{outlook.p_late:.4f}", f"{outlook.p_late_30:.4f}"]
        assert [date.fromisoformat(day) for day in row[4:]] == [outlook.p10, outlook.p50, outlook.p90]
    assert score(train=True) == [header, *rows]


def test_credits_and_what_is_not_issued_yet_are_no_lines(given, paid, score):
    customer = given.customer("A")
    paid(customer, 28, 3)
    given.open_item("-50.00 EUR", customer=customer, number="CREDIT")
    given.open_item(customer=customer, issued=MONDAY + timedelta(days=1), due=MONDAY + timedelta(days=9))
    open_one = given.open_item(customer=customer, due=MONDAY)
    assert [row[1] for row in score()[1:]] == [open_one.number]


def test_no_history_yet_is_no_number(given, score, capsys):
    given.open_item(customer=given.customer("A"), number="FIRST", due=MONDAY)
    assert score() == [HEADER, ["A", "FIRST", "", "", "", "", ""]]
    assert "No history yet" in capsys.readouterr().out


def test_an_empty_book(score):
    assert score() == [HEADER]


def test_all_in_time_and_one_that_is_not(given, paid, score):
    """Nobody was ever late; still nobody is certain, and an overdue item gets dates."""
    customer = given.customer("A")
    for week in range(5, 15):
        paid(customer, 7 * week, 0)
    given.open_item(customer=customer, due=MONDAY - timedelta(days=700), number="ANCIENT")
    given.open_item(customer=customer, due=MONDAY + timedelta(days=7), number="NEXT")
    ancient, following = score()[1:]
    assert ancient[2:4] == ["1.0000", "1.0000"]
    assert MONDAY.isoformat() < ancient[4] <= ancient[5] <= ancient[6]
    assert 0 < float(following[2]) < 0.2


def test_a_due_date_at_the_end_of_time(given, paid, score):
    customer = given.customer("A")
    paid(customer, 28, 3)
    given.open_item(customer=customer, due=date(9999, 12, 31), issued=MONDAY, number="NEVER")
    (row,) = score()[1:]
    assert row[2:4] == ["0.0000", "0.0000"] or 0 <= float(row[3]) <= float(row[2]) <= 1
    assert row[6] <= "9999-12-31"


def test_what_is_refused_leaves_no_file(given, tmp_path):
    given.entity()
    out = tmp_path / "scores.csv"
    out.write_text("kept")
    tomorrow = clock.today("UTC") + timedelta(days=2)
    for options, message in (
        ({"as_of": MONDAY, "entity": "NOBODY"}, "There is no legal entity NOBODY. There are: DE1."),
        ({"as_of": tomorrow}, "is still to come"),
        ({"as_of": MONDAY, "out": tmp_path}, "is a folder"),
        ({"as_of": MONDAY, "out": tmp_path / "nowhere" / "scores.csv"}, "cannot be written"),
    ):
        with pytest.raises(CommandError, match=message):
            call_command("score", **{"out": out, **options})
    assert out.read_text() == "kept"
    assert [path.name for path in tmp_path.iterdir()] == ["scores.csv"]


def test_a_file_that_breaks_off_is_not_there(given, tmp_path, monkeypatch):
    def broken(as_of, entity_id=None):
        raise RuntimeError("broken")

    monkeypatch.setattr(items, "score", broken)
    with pytest.raises(RuntimeError):
        call_command("score", as_of=MONDAY, out=tmp_path / "scores.csv")
    assert list(tmp_path.iterdir()) == []


def test_today_is_the_entitys_own(given, paid, score):
    """At 23:30 in UTC it is tomorrow in Auckland already."""
    given.entity("NZ1", "NZD", country="NZ", time_zone="Pacific/Auckland")
    given.entity()
    with time_machine.travel("2026-03-02T23:30:00Z", tick=False):
        assert score("2026-03-03", entity="NZ1") == [HEADER]
        with pytest.raises(CommandError, match="still to come"):
            score("2026-03-03", entity="DE1")
