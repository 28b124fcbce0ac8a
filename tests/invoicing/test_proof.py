"""The books hold: for any order of what happens, and under many writers at once."""

import random
import threading
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import given as suppose
from hypothesis import strategies as st

from o2c.core.actors import SYSTEM
from o2c.invoicing import balances, cash, items
from o2c.invoicing.models import Allocation, LedgerAccount, OpenItem, Posting, Receipt
from o2c.invoicing.proof import RULES, proof
from tests.given import DAY, Given

LAST = DAY + timedelta(days=60)


# --- Any order of receipts, allocations and their undoing

DAYS = st.integers(0, 60).map(lambda n: DAY + timedelta(days=n))
CENTS = st.integers(1, 20_000)
STEPS = st.one_of(
    st.tuples(st.just("invoice"), CENTS, DAYS),
    st.tuples(st.just("credit"), CENTS, DAYS),
    st.tuples(st.just("receive"), CENTS, DAYS, DAYS),
    st.tuples(st.just("apply"), st.integers(0, 99), st.integers(0, 99), st.integers(1, 100), DAYS),
    st.tuples(st.just("unapply"), st.integers(0, 99), DAYS),
    st.tuples(st.just("reverse"), st.integers(0, 99), DAYS),
    st.tuples(st.just("cancel"), st.integers(0, 99), DAYS),
)


class Story:
    """Does what steps say where it can be done, and keeps a second set of books: a list of dated changes by item."""

    def __init__(self):
        self.given = Given()
        self.entity = self.given.entity()
        self.customer = self.given.customer(entity=self.entity)
        self.changes: dict[int, list[tuple[date, Decimal]]] = defaultdict(list)

    def do(self, step: tuple) -> None:
        try:
            with transaction.atomic():
                before = set(Allocation.objects.values_list("id", flat=True))
                items_before = set(OpenItem.objects.values_list("id", flat=True))
                getattr(self, step[0])(*step[1:])
        except (cash.CashRefused, items.ItemRefused):
            return
        for item in OpenItem.objects.exclude(pk__in=items_before):
            self.changes[item.pk].append((max(item.effective_on, item.known_on), item.amount))
        for allocation in Allocation.objects.exclude(pk__in=before):
            counts = max(allocation.effective_on, allocation.known_on)
            self.changes[allocation.debit_item_id].append((counts, -allocation.amount))
            self.changes[allocation.credit_item_id].append((counts, allocation.amount))

    def invoice(self, cents, due):
        self.given.open_item(f"{cents * Decimal('0.01')} EUR", customer=self.customer, due=due, issued=due)

    def credit(self, cents, due):
        self.given.open_item(f"{-cents * Decimal('0.01')} EUR", customer=self.customer, due=due, issued=due)

    def receive(self, cents, on, known):
        cash.receive(
            entity=self.entity, customer=self.customer, amount=cents * Decimal("0.01"), currency="EUR",
            received_on=on, known_on=known, method=Receipt.Method.TRANSFER, actor=SYSTEM,
        )  # fmt: skip

    def apply(self, which_credit, which_debit, percent, on):
        credit = nth(OpenItem.objects.filter(amount__lt=0).exclude(open_amount=0), which_credit)
        debit = nth(OpenItem.objects.filter(amount__gt=0).exclude(open_amount=0), which_debit)
        if credit and debit:
            most = min(debit.open_amount, -credit.open_amount)
            amount = max((most * percent / 100).quantize(Decimal("0.01")), Decimal("0.01"))
            cash.apply(credit, [cash.Split(debit, amount)], on=on, actor=SYSTEM)

    def unapply(self, which, on):
        allocation = nth(Allocation.objects, which)
        if allocation:
            cash.unapply(allocation, on=on, actor=SYSTEM)

    def reverse(self, which, on):
        receipt = nth(Receipt.objects, which)
        if receipt:
            cash.reverse(receipt, on=on, actor=SYSTEM)

    def cancel(self, which, on):
        item = nth(OpenItem.objects.filter(kind__in=["invoice", "credit_note"]), which)
        if item:
            items.cancel(item, on=on, actor=SYSTEM)

    def balance(self, item_id: int, as_of: date) -> Decimal:
        return sum((amount for counts, amount in self.changes[item_id] if counts <= as_of), Decimal(0))


def nth(queryset, number: int):
    found = list(queryset.order_by("id"))
    return found[number % len(found)] if found else None


def check(story: Story, days: list[date]) -> None:
    assert proof() == []
    for item in OpenItem.objects.all():
        assert item.open_amount == story.balance(item.pk, date.max)
    for day in days:
        with connection.cursor() as cursor:
            cursor.execute("SELECT item_id, balance FROM invoicing_balances(%s)", [day])
            found = dict(cursor.fetchall())
        expected = {id: story.balance(id, day) for id in story.changes}
        assert found == {id: balance for id, balance in expected.items() if balance}, day
        assert balances.of_item(next(iter(found), 0), day) == next(iter(found.values()), 0)
    # The control account is what is open.
    receivables = Posting.objects.filter(account__role=LedgerAccount.Role.RECEIVABLES)
    assert sum(posting.amount for posting in receivables) == sum(item.open_amount for item in OpenItem.objects.all())


def tell(steps: list[tuple], days: list[date]) -> None:
    with transaction.atomic():
        story = Story()
        for step in steps:
            story.do(step)
        check(story, days)
        transaction.set_rollback(True)


PROPERTY = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}
STORIES = {
    "steps": st.lists(STEPS, min_size=4, max_size=25),
    "days": st.lists(st.one_of(DAYS, st.just(LAST)), min_size=2, max_size=4, unique=True),
}


@pytest.mark.django_db
@settings(max_examples=25, **PROPERTY)
@suppose(**STORIES)
def test_the_balance_of_any_day_is_what_counted_by_then_whatever_the_order(steps, days):
    tell(steps, days)


@pytest.mark.soak
@pytest.mark.django_db
@settings(max_examples=1500, **PROPERTY)
@suppose(**STORIES)
def test_the_balance_of_any_day_is_what_counted_by_then_in_many_stories(steps, days):
    tell(steps, days)


@pytest.mark.django_db
def test_a_long_story_reaches_every_kind_of_step(given):
    """The property above may be true of nothing much; this one story has all of it."""
    dice = random.Random(5)
    with transaction.atomic():
        story = Story()
        for _ in range(12):
            story.do(("invoice", dice.randrange(1, 20_000), DAY + timedelta(days=dice.randrange(60))))
        kinds = {"credit": 2, "receive": 3, "apply": 5, "unapply": 2, "reverse": 2, "cancel": 2}
        shapes = {"credit": "cd", "receive": "cdd", "apply": "nnpd", "unapply": "nd", "reverse": "nd", "cancel": "nd"}
        make = {
            "c": lambda: dice.randrange(1, 20_000),
            "d": lambda: DAY + timedelta(days=dice.randrange(60)),
            "n": lambda: dice.randrange(100),
            "p": lambda: dice.randrange(1, 101),
        }
        for _ in range(120):
            kind = dice.choices(list(kinds), list(kinds.values()))[0]
            story.do((kind, *(make[sign]() for sign in shapes[kind])))
        assert Allocation.objects.filter(amount__lt=0).count() > 3
        assert Receipt.objects.exclude(reversed_on=None).count() > 1
        assert OpenItem.objects.filter(cycle__gt=1).exists()
        check(story, [DAY + timedelta(days=n) for n in range(0, 61, 4)])


# --- Many writers at once

WRITERS = 8


@pytest.mark.django_db(transaction=True)
def test_eight_writers_on_the_same_items_neither_deadlock_nor_lose_a_cent():
    given = Given()
    customer = given.customer()
    invoices = [given.open_item(f"{100 + n}.00 EUR", customer=customer) for n in range(10)]
    receipts = [given.receipt(f"{90 + n}.00 EUR", customer=customer) for n in range(10)]
    applied: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    lock, failures, start = threading.Lock(), [], threading.Barrier(WRITERS)

    def write(seat: int) -> None:
        dice = random.Random(seat)
        try:
            start.wait(timeout=30)
            for _ in range(40):
                receipt = dice.choice(receipts)
                chosen = dice.sample(invoices, 3)
                amounts = [Decimal(dice.randrange(1, 900)) / 100 for _ in chosen]
                splits = [cash.Split(item, amount) for item, amount in zip(chosen, amounts, strict=True)]
                try:
                    made = cash.apply(receipt.item, splits, on=DAY, actor=SYSTEM)
                except cash.OverApplied:
                    continue
                undone = dice.choice(made) if dice.random() < 0.3 else None
                if undone:
                    cash.unapply(undone, on=DAY, actor=SYSTEM)
                with lock:
                    for allocation in made:
                        if allocation is not undone:
                            applied[allocation.debit_item_id, allocation.credit_item_id] += allocation.amount
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    run(write)
    assert failures == []
    assert len(applied) > 30
    for item in OpenItem.objects.all():
        moved = sum(amount for pair, amount in applied.items() if item.pk in pair)
        assert abs(item.open_amount) == abs(item.amount) - moved, item.pk
    assert proof() == []


@pytest.mark.django_db(transaction=True)
def test_eight_writers_without_the_application_in_front_are_held_by_the_trigger_alone():
    """Plain INSERTs of random pairs, as a bulk load would do: one lock order, no over-application, no deadlock."""
    given = Given()
    customer = given.customer()
    invoices = [given.open_item("50.00 EUR", customer=customer) for _ in range(12)]
    receipts = [given.receipt("50.00 EUR", customer=customer).item for _ in range(12)]
    refused, failures, start = [], [], threading.Barrier(WRITERS)

    def write(seat: int) -> None:
        dice = random.Random(100 + seat)
        try:
            start.wait(timeout=30)
            for _ in range(60):
                pairs = [(dice.choice(invoices), dice.choice(receipts)) for _ in range(4)]
                rows = [
                    Allocation(
                        debit_item=debit, credit_item=credit, payer_id=customer.payer_id, currency="EUR",
                        amount=Decimal(dice.randrange(1, 400)) / 100, effective_on=DAY, known_on=DAY, actor="test",
                    )
                    for debit, credit in pairs
                ]  # fmt: skip
                try:
                    with transaction.atomic():
                        Allocation.objects.bulk_create(rows)
                except Exception as refusal:
                    if "item_open" not in str(refusal):
                        raise
                    refused.append(refusal)
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    run(write)
    assert failures == []
    assert refused, "the items never filled up: the test asked for too little"
    assert Allocation.objects.count() > 100
    assert proof() == []


def run(write) -> None:
    threads = [threading.Thread(target=write, args=(seat,)) for seat in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not any(thread.is_alive() for thread in threads)


# --- The proof itself finds what is wrong

BREAKAGES = {
    "clearing is what waits on either side": "UPDATE invoicing_bankline SET open_amount = open_amount - 1",
    "entries balance": "UPDATE invoicing_posting SET amount = amount + 1, base_amount = base_amount + 1"
    " WHERE id = (SELECT min(id) FROM invoicing_posting)",
    "entries balance in base currency": "UPDATE invoicing_posting SET base_amount = base_amount + 1"
    " WHERE id = (SELECT min(id) FROM invoicing_posting)",
    "every entry has postings": "INSERT INTO invoicing_entry (entity_id, payer_id, kind, text, effective_on, known_on,"
    " actor) SELECT entity_id, payer_id, kind, 'bare', effective_on, known_on, actor FROM invoicing_entry LIMIT 1",
    "items equal their postings": "UPDATE invoicing_openitem SET amount = amount + 1, open_amount = open_amount + 1"
    " WHERE kind = 'invoice'",
    "open amounts equal amounts less allocations": "UPDATE invoicing_openitem SET open_amount = open_amount - 1"
    " WHERE kind = 'invoice'",
    "receivables equal what is open": "UPDATE invoicing_openitem SET open_amount = open_amount - 1"
    " WHERE kind = 'invoice'",
    "allocations pair both signs of one entity and currency": "UPDATE invoicing_allocation SET currency = 'USD'",
    "receipts equal their items": "UPDATE invoicing_receipt SET amount = amount + 1",
    "refunds to be paid equal their account": "UPDATE invoicing_posting SET account_id = (SELECT id FROM"
    " invoicing_ledgeraccount WHERE role = 'refunds') WHERE id = (SELECT max(p.id) FROM invoicing_posting p"
    " JOIN invoicing_ledgeraccount a ON a.id = p.account_id AND a.role = 'revenue')",
    "payers follow customers": "UPDATE invoicing_openitem SET payer_id = (SELECT max(id) FROM orders_customer)",
    "numbers have no gaps": "UPDATE core_numberseries SET next = next + 1",
    "invoices equal their lines": "UPDATE invoicing_invoiceline SET net = net + 1",
    "issued invoices are owed": "UPDATE invoicing_openitem SET amount = amount + 1, open_amount = open_amount + 1"
    " WHERE external_id LIKE 'invoice:%'",
    "revaluations are taken back on the next day": "UPDATE invoicing_entry SET kind = 'revaluation'"
    " WHERE id = (SELECT min(id) FROM invoicing_entry)",
    "bank accounts hold what banks booked": "UPDATE invoicing_bankline SET amount = amount + 1,"
    " open_amount = open_amount + 1",
    "open amounts of bank lines are what is not used": "UPDATE invoicing_bankline SET open_amount = open_amount - 1",
    "payments make their batch": "UPDATE invoicing_bankline SET batch_id = (SELECT min(id) FROM invoicing_bankline)"
    " WHERE id = (SELECT max(id) FROM invoicing_bankline)",
    "what is applied stands": "INSERT INTO invoicing_matchproposal (entity_id, line_id, customer_id, payer_id, amount,"
    " score, reasons, rank, state, by_hand, decided_by, receipt_id)"
    " SELECT l.entity_id, l.id, r.customer_id, r.payer_id,"
    " 1, 1, '[]', 1, 'undone', false, '', r.id FROM invoicing_receipt r, invoicing_bankline l LIMIT 1",
    "what is set aside is booked": "INSERT INTO invoicing_lineuse (line_id, kind, amount, note, effective_on, actor)"
    " SELECT id, 'set_aside', 1, '', booked_on, 'test' FROM invoicing_bankline LIMIT 1",
    "netted payables are netting receipts": "UPDATE invoicing_receipt SET method = 'netting'",
    "payables are netted as far as nettings say": "INSERT INTO invoicing_payable (entity_id, customer_id, source,"
    " external_id, number, issued_on, due_on, currency, amount, source_open, as_of, netted) SELECT e.id, c.id, 'x',"
    " '1', '1', current_date, current_date, 'EUR', 9, 9, current_date, 5 FROM orders_legalentity e, orders_customer c"
    " LIMIT 1",
}


def test_every_rule_of_the_proof_is_tried():
    assert set(BREAKAGES) == set(RULES)


@pytest.mark.django_db
@pytest.mark.parametrize("rule", sorted(BREAKAGES))
def test_the_proof_finds_what_is_broken_behind_the_triggers_back(given, rule):
    item = given.open_item("100.00 EUR")
    given.pay(item, "40.00 EUR")
    given.invoice()
    given.customer()
    given.bank_line("70.00 EUR")
    given.bank_line("30.00 EUR")
    assert proof() == []
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(BREAKAGES[rule])
        assert cursor.rowcount > 0
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert rule in {finding.rule for finding in proof()}
