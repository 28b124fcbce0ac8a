"""Whatever the vendor ledger does, says and forgets to say, in any order: nothing of a payable is netted twice."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from o2c.collections.netting import deciding
from o2c.core.actors import SYSTEM
from o2c.invoicing.models import Netting, Payable
from o2c.invoicing.netting.payables import PayableRefused
from o2c.invoicing.proof import proof
from tests.collections.netting.conftest import DAY, Vendors

AMOUNT = Decimal(100)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["net", "book", "say", "undo", "reverse", "say back", "pay", "report", "old report", "day"]),
        st.integers(1, 60),
        st.booleans(),
    ),
    min_size=4,
    max_size=14,
)


@dataclass
class Booked:
    """A netting, and when the vendor ledger booked and reversed it, whether it has said so or not."""

    row: Netting
    amount: Decimal
    booked_on: date | None = None
    reversed_on: date | None = None
    stands: bool = True


class Story:
    """The vendor ledger as it really is, beside what we know of it."""

    def __init__(self, vendors: Vendors):
        self.vendors, self.day = vendors, DAY
        self.item = vendors.item("1000.00 EUR")
        vendors.say("100.00 EUR", key="P", as_of=DAY - timedelta(days=1))
        self.nettings: list[Booked] = []
        self.paid: list[tuple[date, Decimal]] = []
        self.known_paid, self.known_as_of = Decimal(0), DAY - timedelta(days=1)

    def paid_until(self, day: date, *, whole_day: bool) -> Decimal:
        return sum((amount for on, amount in self.paid if on < day or (whole_day and on == day)), Decimal(0))

    def ledger(self, day: date, *, whole_day: bool) -> Decimal:
        """What is open in the vendor ledger at the beginning or the end of a day."""

        def was(on: date | None) -> bool:
            return on is not None and (on < day or (whole_day and on == day))

        in_it = [each for each in self.nettings if was(each.booked_on) and not was(each.reversed_on)]
        return AMOUNT - self.paid_until(day, whole_day=whole_day) - sum((each.amount for each in in_it), Decimal(0))

    def here(self) -> Payable:
        return Payable.objects.get()

    def step(self, what: str, number: int, flag: bool) -> None:
        getattr(self, what.replace(" ", "_"))(number, flag)
        payable = self.here()
        standing = sum((each.amount for each in self.nettings if each.stands), Decimal(0))
        assert payable.netted == standing <= AMOUNT
        assert payable.open_amount <= AMOUNT - self.known_paid - standing, (what, payable.open_amount)
        assert payable.open_amount >= 0

    def net(self, number: int, flag: bool) -> None:
        # of what the ledger has paid and not said yet nobody here can know: it does not book such a netting
        standing = sum((each.amount for each in self.nettings if each.stands), Decimal(0))
        there = AMOUNT - self.paid_until(self.day, whole_day=True) - standing
        amount = min(Decimal(number), self.here().open_amount, there)
        if amount > 0:
            made = self.vendors.net({self.item: str(amount)}, {self.here(): str(amount)}, on=self.day)
            self.nettings.append(Booked(made, amount))

    def chosen(self, number: int, fits) -> Booked | None:
        found = [each for each in self.nettings if fits(each)]
        return found[number % len(found)] if found else None

    def book(self, number: int, flag: bool) -> None:
        left = self.ledger(self.day, whole_day=True)
        fits = self.chosen(number, lambda each: each.stands and each.booked_on is None and each.amount <= left)
        if fits is not None:
            fits.booked_on = self.day

    def say(self, number: int, flag: bool) -> None:
        if (each := self.chosen(number, lambda each: each.booked_on is not None)) is not None:
            deciding.taken_over(each.row, on=each.booked_on, today=self.day, actor=SYSTEM)

    def undo(self, number: int, flag: bool) -> None:
        if (each := self.chosen(number, lambda each: each.stands)) is not None:
            each.row.refresh_from_db()
            deciding.undo(each.row, because="x", on=self.day, actor=self.vendors.boss)
            each.stands = False

    def reverse(self, number: int, flag: bool) -> None:
        fits = self.chosen(number, lambda each: not each.stands and each.booked_on and each.reversed_on is None)
        if fits is not None:
            fits.reversed_on = self.day

    def say_back(self, number: int, flag: bool) -> None:
        if (each := self.chosen(number, lambda each: each.reversed_on is not None)) is not None:
            deciding.taken_over(each.row, on=each.booked_on, today=self.day, actor=SYSTEM)
            deciding.taken_back(each.row, on=each.reversed_on, today=self.day, actor=SYSTEM)

    def pay(self, number: int, flag: bool) -> None:
        """By the bank; never what is netted, booked there or not."""
        standing = sum((each.amount for each in self.nettings if each.stands or each.reversed_on is None), Decimal(0))
        left = AMOUNT - self.paid_until(self.day, whole_day=True) - standing
        if left > 0:
            self.paid.append((self.day, min(Decimal(number), left)))

    def report(self, number: int, flag: bool) -> None:
        self._report(self.day, flag)

    def old_report(self, number: int, flag: bool) -> None:
        self._report(self.day - timedelta(days=number % 5), flag)

    def _report(self, as_of: date, whole_day: bool) -> None:
        left = self.ledger(as_of, whole_day=whole_day)
        try:
            self.vendors.say("100.00 EUR", key="P", left=str(left), as_of=as_of, on=self.day)
        except PayableRefused:
            return
        if as_of >= self.known_as_of:
            self.known_paid, self.known_as_of = self.paid_until(as_of, whole_day=whole_day), as_of

    def day_(self) -> None:
        self.day += timedelta(days=1)

    def end(self) -> None:
        """Everything is booked and said; the figure of a later day is exactly what is left."""
        for each in self.nettings:
            each.booked_on = each.booked_on or (self.day if each.stands else None)
            if each.booked_on:
                deciding.taken_over(each.row, on=each.booked_on, today=self.day, actor=SYSTEM)
            if each.booked_on and not each.stands:
                each.reversed_on = each.reversed_on or self.day
                deciding.taken_back(each.row, on=each.reversed_on, today=self.day, actor=SYSTEM)
        self.day_()
        left = self.ledger(self.day, whole_day=False)
        self.vendors.say("100.00 EUR", key="P", left=str(left), as_of=self.day, on=self.day)
        assert self.here().open_amount == left
        assert proof() == []


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
def test_nothing_is_netted_twice_in_any_order(db, steps):
    from tests.given import Given

    with transaction.atomic():
        story = Story(Vendors(Given()))
        for what, number, flag in steps:
            if what == "day":
                story.day_()
            else:
                story.step(what, number, flag)
        story.end()
        transaction.set_rollback(True)
