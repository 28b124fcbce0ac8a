"""The story of each group of customers, told in rows: what was invoiced, how it was paid, what went wrong.

Amounts are whole hundredths of their currency, days are ordinals. Nothing happens after the plan's `as_of`.
"""

from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random

from o2c.orders.terms import due_date, schedule
from o2c.web.simulation import parties
from o2c.web.simulation.agreements import OFFERS, SELLERS, Buyer, Deal, Plan
from o2c.web.simulation.behaviours import Behaviour, pay_run, pays_on, working_day
from o2c.web.simulation.rates import Rates
from o2c.web.simulation.writing import ACTOR, Writer, iso

DISPUTES = ("Goods damaged on arrival", "Price differs from the order", "Quantity short", "Delivered twice",
            "Wrong VAT rate", "No order number on the invoice", "Quality not as agreed")  # fmt: skip


@dataclass(frozen=True)
class House:
    """What the book's rows refer to and was made before: the sellers' ids, their ledger accounts, the terms' ids."""

    entities: tuple[int, ...]
    accounts: tuple[dict[str, int], ...]
    terms: tuple[int, ...]
    collectors: tuple[tuple[int, str], ...]


@dataclass(slots=True)
class Bill:
    """An invoice item on its way: `left` is what nothing has settled yet."""

    id: int
    deal: Deal
    number: str
    issued: int
    due: int
    cents: int
    left: int


@dataclass(slots=True)
class Payment:
    """A transfer: what it is meant for. `more` is money beyond that."""

    day: int
    customer: int
    payer: int
    seller: int
    currency: str
    splits: list[tuple[Bill, int]]
    more: int = 0


def euros(cents: int) -> str:
    """Hundredths as PostgreSQL reads an exact number."""
    return f"{cents}e-2"


class Book:
    """Tells the stories of a plan to a writer."""

    def __init__(self, plan: Plan, house: House, rates: Rates, writer: Writer):
        self.plan, self.house, self.rates, self.writer = plan, house, rates, writer
        self.as_of = plan.as_of.toordinal()
        self.first = plan.first_day.toordinal()
        self.item_id = self.allocation_id = self.dispute_id = 0
        self.promise_id = self.activity_id = self.hold_id = 0
        self.receipts: list[tuple] = []
        self.due_days: dict[tuple[int, int], int] = {}

    # --- Who they are

    def introduce(self, group: list[Buyer]) -> None:
        """The customers of a group with their contacts, IBANs and accounts."""
        write = self.writer.add
        for buyer in group:
            dice = Random(self.plan.seed * 1_000_003 + buyer.id)  # noqa: S311
            party = parties.party(dice, buyer.country)
            if buyer.id == buyer.payer:
                head = party
            name = party.name if buyer.id == buyer.payer else f"{head.name}, {party.city}"
            domain = head.domain
            parent = None if buyer.id == buyer.payer else buyer.payer
            write("orders_customer", buyer.id, f"{10_000 + buyer.id}", name, party.vat_id, party.country,
                  party.language, party.street, party.postal_code, party.city, parent, buyer.payer, "erp",
                  f"{10_000 + buyer.id}")  # fmt: skip
            if party.iban:
                write("orders_customerbankaccount", buyer.id, party.iban, party.bic)
            land = parties.LANDS[buyer.country]
            billing = "" if buyer.segment.name == "Small" and dice.random() < 0.03 else f"{land.desk}@{domain}"
            person, _, phone = parties.person(dice, buyer.country)
            write("orders_contact", buyer.id, person, "billing", billing, phone, "", True)
            if buyer.segment.name != "Small":
                for role, share in (("purchasing", 0.6), ("management", 0.35)):
                    if dice.random() < share:
                        person, mail, phone = parties.person(dice, buyer.country)
                        write("orders_contact", buyer.id, person, role, f"{mail}@{domain}", phone, "", True)
            for deal in buyer.deals:
                self._open_account(deal, dice)
        self.writer.breathe()

    def _open_account(self, deal: Deal, dice: Random) -> None:
        buyer = deal.buyer
        monthly = deal.items * buyer.segment.median * 1.4 / max(self.plan.months, 1)
        limit = None if dice.random() < 0.1 else max(1, round(monthly * dice.choice((2, 3, 4, 6)) / 1000)) * 1000
        channel = dice.choices(("email", "phone", "none"), (90, 8, 2))[0]
        collector, _ = self._collector(deal)
        self.writer.add("orders_account", buyer.id, self.house.entities[deal.seller], deal.currency,
                        buyer.segment.name, self.house.terms[deal.offer], limit, collector, channel, "")  # fmt: skip

    def _collector(self, deal: Deal) -> tuple[int | None, str]:
        """Who looks after the account: a group with one seller has one collector."""
        collectors = self.house.collectors
        return collectors[(deal.seller + deal.buyer.payer) % len(collectors)] if collectors else (None, ACTOR)

    # --- What they buy

    def calendar(self, deals: list[Deal]) -> dict[tuple[int, int], tuple[list[int], list[str]]]:
        """The days on which each deal is invoiced, and the invoices' numbers: both rise together, over the whole book.

        The key is (customer, seller).
        """
        days = [self._invoice_days(deal) for deal in deals]
        order = sorted(
            (day << 44 | place << 22 | nth) for place, theirs in enumerate(days) for nth, day in enumerate(theirs)
        )
        numbers = [array("l", bytes(8 * len(theirs))) for theirs in days]
        next_number: dict[tuple[int, int], int] = {}
        year_of = {day: date.fromordinal(day).year for day in range(self.first, self.as_of + 1)}
        for code in order:
            place, nth = code >> 22 & 0x3FFFFF, code & 0x3FFFFF
            series = deals[place].seller, year_of[code >> 44]
            numbers[place][nth] = next_number[series] = next_number.get(series, 0) + 1
        return {
            (deal.buyer.id, deal.seller): (theirs, given)
            for deal, theirs, given in zip(deals, days, numbers, strict=True)
        }

    def _invoice_days(self, deal: Deal) -> array:
        dice = Random(self.plan.seed * 2_000_003 + deal.buyer.id * 2 + deal.seller)  # noqa: S311
        parts = len(OFFERS[deal.offer].terms.shares) or 1
        count = deal.items // parts + deal.items % parts
        span = self.as_of - self.first + 1
        days = []
        for _ in range(count):
            day = self.first + int(dice.random() * span)
            weekday = (day - 1) % 7
            days.append(max(self.first, day - (weekday - 4)) if weekday > 4 else day)
        return array("l", sorted(days))

    def due(self, offer: int, issued: int) -> int:
        key = offer, issued
        found = self.due_days.get(key)
        if found is None:
            found = due_date(date.fromordinal(issued), OFFERS[offer].terms).toordinal()
            self.due_days[key] = found
        return found

    def bills(self, deal: Deal, days: Iterable[int], numbers: Iterable[int], dice: Random) -> list[Bill]:
        """The deal's invoice items, written."""
        seller, segment = SELLERS[deal.seller], deal.buyer.segment
        shares = OFFERS[deal.offer].terms.shares
        left, made = deal.items, []
        for issued, count in zip(days, numbers, strict=True):
            number = f"{seller.invoice}-{date.fromordinal(issued).year}-{count:06d}"
            cents = max(1_500, int(dice.lognormvariate(0, segment.spread) * segment.median * 119))
            if len(shares) > 1 and left >= len(shares):
                parts = schedule(
                    date.fromordinal(issued), cents * Decimal("0.01"), deal.currency, OFFERS[deal.offer].terms
                )
                for nth, (day, amount) in enumerate(parts, start=1):
                    made.append(self._bill(deal, f"{number}/{nth}", issued, day.toordinal(), int(amount * 100)))
                left -= len(parts)
            else:
                made.append(self._bill(deal, number, issued, self.due(deal.offer, issued), cents))
                left -= 1
        return made

    def _bill(self, deal: Deal, number: str, issued: int, due: int, cents: int) -> Bill:
        id = self._item(deal.buyer.id, deal.buyer.payer, deal.seller, "invoice", "erp", number, number, issued, due,
                        deal.currency, cents, "revenue", "item")  # fmt: skip
        return Bill(id, deal, number, issued, due, cents, cents)

    def _item(self, customer: int, payer: int, seller: int, kind: str, source: str, external_id: str, number: str,
              issued: int, due: int, currency: str, cents: int, against: str, entry_kind: str) -> int:  # fmt: skip
        """An entry of its own with two postings and the item they make, as `o2c.invoicing.items.book` writes them."""
        self.item_id = id = self.item_id + 1
        entity, accounts = self.house.entities[seller], self.house.accounts[seller]
        amount, opposite = f"{cents}e-2", f"{-cents}e-2"
        base = SELLERS[seller].currency
        if currency == base:
            in_base, opposite_in_base = amount, opposite
        else:
            converted = self.rates.in_base(cents, currency, base, issued)
            in_base, opposite_in_base = str(converted), str(-converted)
        day = iso(issued)
        external_id = external_id or f"{kind}:{id}"
        lines = self.writer.add_lines
        lines("invoicing_entry", f"{id}\t{entity}\t{payer}\t{entry_kind}\t{number}\t{day}\t{day}\t{ACTOR}")
        lines(
            "invoicing_openitem",
            f"{id}\t{entity}\t{customer}\t{payer}\t{kind}\t{source}\t{external_id}\t{number}\t{day}\t{iso(due)}"
            f"\t{currency}\t{amount}\t{amount}\t{in_base}\t1\t{day}\t{day}\t{id}",
        )
        lines(
            "invoicing_posting",
            f"{2 * id - 1}\t{id}\t{accounts['receivables']}\t{id}\t{currency}\t{amount}\t{in_base}",
            f"{2 * id}\t{id}\t{accounts[against]}\t\\N\t{currency}\t{opposite}\t{opposite_in_base}",
        )
        return id

    # --- What becomes of it

    def tell(self, group: list[Buyer], calendar: dict) -> None:
        """All that happens to a group's invoices, in rows."""
        payments: dict[tuple, Payment] = {}
        for buyer in group:
            dice = Random(self.plan.seed * 3_000_017 + buyer.id)  # noqa: S311
            for deal in buyer.deals:
                days, numbers = calendar[buyer.id, deal.seller]
                bills = self.bills(deal, days, numbers, dice)
                settle = self.leave_open if self.plan.all_open else self.settle
                for bill in bills:
                    settle(bill, dice, payments)
            self._hold(buyer, dice)
        if payments:
            dice = Random(self.plan.seed * 4_000_037 + group[0].id)  # noqa: S311
            for key in sorted(payments):
                self._receive(payments[key], dice)
        self.writer.breathe()

    def settle(self, bill: Bill, dice: Random, payments: dict) -> None:
        """One invoice's fate by its customer's behaviour."""
        behaviour = bill.deal.buyer.behaviour
        chance = dice.random()
        if chance < (0.2 if behaviour is Behaviour.DISPUTER else 0.012):
            if self._disputed(bill, dice, payments):
                return
        elif chance > 0.983:
            part = bill.cents if dice.random() < 0.2 else bill.cents * dice.randrange(5, 40) // 100
            self._credit(bill, part, working_day(bill.issued + dice.randrange(2, 20)), "credit")
            if not bill.left:
                return
        if dice.random() < 0.004:
            return  # nobody ever thought of it again
        tiers = OFFERS[bill.deal.offer].terms.tiers
        if tiers and behaviour in (Behaviour.PROMPT, Behaviour.SEASONAL) and dice.random() < 0.75:
            day = working_day(bill.issued + tiers[0].days - dice.randrange(2, 6))
            discount = int(bill.left * tiers[0].percent / 100)
            if day <= self.as_of and 0 < discount < bill.left:
                self._pay(bill, bill.left - discount, day, payments)
                self._credit(bill, bill.left, day, "discount")
            return
        day = pays_on(behaviour, bill.due, self.as_of, dice)
        promised = False
        if day is None or day > bill.due + 18 or day > self.as_of:
            day, promised = self._chased(bill, day, dice)
        if day is None:
            return
        day = max(day, bill.issued + 1)
        if promised:
            self._pay(bill, bill.left, day, payments)
        elif dice.random() < (0.18 if behaviour is Behaviour.SLOW else 0.008):
            self._pay(bill, bill.left * dice.randrange(30, 71) // 100, day, payments)
            self._pay(bill, bill.left, pay_run(day + dice.randrange(12, 50)), payments)
        elif bill.left > 20_000 and dice.random() < 0.005:
            short = dice.randrange(20, 500)
            self._pay(bill, bill.left - short, day, payments)
            if day + 10 <= self.as_of:
                self._credit(bill, short, working_day(day + 8), "write_off")
        else:
            self._pay(bill, bill.left, day, payments)

    def leave_open(self, bill: Bill, dice: Random, payments: dict) -> None:
        """Nothing is settled wholly; some is paid in part, disputed or promised."""
        chance = dice.random()
        if chance < 0.02:
            self._pay(bill, bill.left // 3, working_day(bill.issued + 5), payments)
        elif chance < 0.05:
            opened = bill.issued + dice.randrange(3, 40)
            closed = opened + dice.randrange(10, 60)
            self._dispute(bill, opened, closed if closed <= self.as_of else None, dice)
        elif chance < 0.06 and bill.due < self.as_of - 5:
            self._promise(bill, self.as_of - dice.randrange(1, 5), self.as_of + dice.randrange(1, 12), None)

    def _disputed(self, bill: Bill, dice: Random, payments: dict) -> bool:
        opened = working_day(max(bill.issued + 2, bill.due - dice.randrange(-3, 16)))
        closed = working_day(opened + dice.randrange(8, 60))
        if opened > self.as_of:
            return False
        self._dispute(bill, opened, closed if closed <= self.as_of else None, dice)
        if closed > self.as_of:
            return True
        if dice.random() < 0.45:
            part = bill.cents if dice.random() < 0.15 else bill.cents * dice.randrange(10, 60) // 100
            self._credit(bill, part, closed, "credit")
        if bill.left:
            self._pay(bill, bill.left, pay_run(closed + dice.randrange(2, 12)), payments)
        return True

    def _dispute(self, bill: Bill, opened: int, closed: int | None, dice: Random) -> None:
        if opened > self.as_of:
            return
        self.dispute_id += 1
        buyer = bill.deal.buyer
        reason = dice.choice(DISPUTES)
        self.writer.add("collections_dispute", self.dispute_id, bill.id, self.house.entities[bill.deal.seller],
                        buyer.id, buyer.payer, "resolved" if closed else "open", reason, iso(opened),
                        closed and iso(closed), self._collector(bill.deal)[1])  # fmt: skip
        self._activity(bill, opened, "dispute", "disputes", f"{bill.number}")

    def _chased(self, bill: Bill, day: int | None, dice: Random) -> tuple[int | None, bool]:
        """Somebody calls about a late invoice. When it is paid after that, and whether as promised."""
        called = working_day(bill.due + dice.randrange(14, 24))
        if called > self.as_of or (day is not None and called >= day) or dice.random() > 0.6:
            return day, False
        promised = 70 if called > self.as_of - 12 else 38
        answer = dice.choices(("no_answer", "left_message", "reached", "promised"), (28, 14, 20, promised))[0]
        if answer != "promised":
            texts = {"reached": "Will look into it.", "left_message": "Asked to call back."}
            self._activity(bill, called, "call", answer, texts.get(answer, ""))
            return day, False
        pay_by = working_day(called + dice.randrange(5, 15))
        kept = dice.random() < 0.6 and day is not None
        if kept:
            day = pay_by
        elif day is not None:
            day = max(day, pay_run(pay_by + 4))
        self._promise(bill, called, pay_by, day)
        self._activity(bill, called, "promise", "promised", f"{bill.number} by {iso(pay_by)}")
        return day, kept

    def _promise(self, bill: Bill, called: int, pay_by: int, paid_on: int | None) -> None:
        self.promise_id += 1
        buyer, kept = bill.deal.buyer, paid_on is not None and paid_on <= min(pay_by, self.as_of)
        # What came due in the last weeks is judged when the book is first looked at, with all that follows from it.
        judged = pay_by < self.as_of - 21
        state = "open" if not judged else "kept" if kept else "broken"
        amount = euros(bill.left)
        self.writer.add("collections_promisetopay", self.promise_id, self.house.entities[bill.deal.seller], buyer.id,
                        buyer.payer, bill.deal.currency, amount, iso(called), iso(pay_by), state,
                        amount if kept and judged else "0", self._collector(bill.deal)[1])  # fmt: skip
        self.writer.add("collections_promiseditem", self.promise_id, bill.id, amount)

    def _activity(self, bill: Bill, day: int, kind: str, outcome: str, text: str) -> None:
        self.activity_id += 1
        buyer = bill.deal.buyer
        minute = bill.id * 37 % 480
        self.writer.add("collections_activity", self.activity_id, self.house.entities[bill.deal.seller], buyer.id,
                        buyer.payer, kind, outcome, text, self._collector(bill.deal)[1],
                        f"{iso(day)} {8 + minute // 60:02d}:{minute % 60:02d}:00+00")  # fmt: skip

    def _hold(self, buyer: Buyer, dice: Random) -> None:
        if dice.random() > 0.012:
            return
        self.hold_id += 1
        begins = self.as_of - dice.randrange(2, 40)
        reason = dice.choice(("Payment plan agreed", "Balance is being reconciled", "Agreed with the sales director"))
        self.writer.add("collections_hold", self.hold_id, buyer.id, self.house.entities[buyer.deals[0].seller],
                        buyer.payer, reason, iso(begins), iso(begins + dice.randrange(14, 60)),
                        self._collector(buyer.deals[0])[1])  # fmt: skip

    # --- What comes in

    def _pay(self, bill: Bill, cents: int, day: int, payments: dict) -> None:
        """So much of the bill is paid on a day, with all else that its payer pays that day."""
        if day > self.as_of or cents <= 0:
            return
        bill.left -= cents
        deal = bill.deal
        customer = deal.buyer.payer if deal.buyer.head_pays else deal.buyer.id
        key = day, customer, deal.seller, deal.currency
        payment = payments.get(key)
        if payment is None:
            payment = payments[key] = Payment(day, customer, deal.buyer.payer, deal.seller, deal.currency, [])
        payment.splits.append((bill, cents))

    def _credit(self, bill: Bill, cents: int, day: int, why: str) -> None:
        """A credit note, an early-payment discount or a written-off difference settles part of the bill."""
        day = max(day, bill.issued)
        if day > self.as_of or cents <= 0:
            return
        seller, deal = SELLERS[bill.deal.seller], bill.deal
        kind, prefix, against, entry_kind = {
            "credit": ("credit_note", seller.credit, "revenue", "item"),
            "discount": ("credit_note", seller.discount, "revenue", "item"),
            "write_off": ("write_off", seller.write_off, "write_off", "write_off"),
        }[why]
        number = prefix + bill.number[bill.number.index("-") :]
        source, external_id = ("erp", number) if why != "write_off" else ("o2c", "")
        id = self._item(deal.buyer.id, deal.buyer.payer, deal.seller, kind, source, external_id, number, day, day,
                        deal.currency, -cents, against, entry_kind)  # fmt: skip
        self._allocate(bill.id, id, deal.buyer.payer, deal.currency, cents, day)
        bill.left -= cents

    def _receive(self, payment: Payment, dice: Random) -> None:
        """The receipt of a transfer and what it settles. The newest ones wait for the cash clerk."""
        total = sum(cents for _, cents in payment.splits)
        age = self.as_of - payment.day
        if age < 60 and dice.random() < 0.012:
            payment.more = dice.randrange(50, 2_000) * 100
        waits = age < 4 and dice.random() < 0.25
        names = " ".join(bill.number for bill, _ in payment.splits)
        reference = "Payment" if waits and dice.random() < 0.5 else names
        if len(reference) > 140:
            reference = reference[:140].rsplit(" ", 1)[0]
        cents = total + payment.more
        id = self._item(payment.customer, payment.payer, payment.seller, "on_account", "o2c", "", reference[:100],
                        payment.day, payment.day, payment.currency, -cents, "cash", "receipt")  # fmt: skip
        self.receipts.append((payment.seller, payment.day, id, payment.customer, payment.payer, payment.currency,
                              cents, reference))  # fmt: skip
        if waits:
            return
        for bill, part in payment.splits:
            self._allocate(bill.id, id, payment.payer, payment.currency, part, payment.day)

    def _allocate(self, debit: int, credit: int, payer: int, currency: str, cents: int, day: int) -> None:
        self.allocation_id += 1
        self.writer.add_lines(
            "invoicing_allocation",
            f"{self.allocation_id}\t{debit}\t{credit}\t{payer}\t{currency}\t{cents}e-2\t{iso(day)}\t{iso(day)}\t{ACTOR}",
        )

    def number_receipts(self, take: Callable[[str, int, int], int]) -> None:
        """Write the receipts of the whole book in the order they came in, numbered without gaps.

        `take(owner, year, count)` reserves numbers and returns the first.
        """
        self.receipts.sort()
        counts: dict[tuple[int, int], int] = {}
        for seller, day, *_ in self.receipts:
            series = seller, date.fromordinal(day).year
            counts[series] = counts.get(series, 0) + 1
        following = {
            (seller, year): take(SELLERS[seller].code, year, count) for (seller, year), count in sorted(counts.items())
        }
        for id, (seller, day, item, customer, payer, currency, cents, reference) in enumerate(self.receipts, start=1):
            year = date.fromordinal(day).year
            number = following[seller, year]
            following[seller, year] = number + 1
            self.writer.add("invoicing_receipt", id, self.house.entities[seller], customer, payer,
                            f"R{year}-{number:06d}", "transfer", currency, euros(cents), iso(day), reference,
                            item)  # fmt: skip
            self.writer.breathe()
