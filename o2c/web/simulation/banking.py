"""The last weeks of a living demo at its bank: statements as a bank writes them, loaded and matched by the real acts.

Most payments say what they are for, as they do. Some do not, one comes twice, one is a batch, one has its remittance
advice, and a clerk has worked on some. A few customers have signed that they are collected from, and a run waits.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from xml.sax.saxutils import escape

from o2c.collections import debiting
from o2c.collections.models import Dispute
from o2c.core.actors import Actor
from o2c.core.models import User
from o2c.core.money import plain
from o2c.invoicing.bank import keeping, setting_aside
from o2c.invoicing.cash import details, refunds, writeoffs
from o2c.invoicing.direct_debit import mandates, setting
from o2c.invoicing.matching import applying, deciding, running
from o2c.invoicing.models import BankAccount, BankLine, BankStatement, LineUse, MatchProposal, OpenItem, WriteOff
from o2c.invoicing.remittances import keeping as remittances
from o2c.orders.models import Customer, CustomerBankAccount, LegalEntity
from o2c.web.simulation.parties import iban

WEEKS = 4
OPENING = Decimal("84210.55")
CREDITOR_ID = "DE98ZZZ09999999999"  # the Bundesbank's example
MANDATES = 8
STRANGERS = (
    "Nordlicht Immobilien KG",
    "J. Brandner",
    "Amtsgericht Hünfeld",
    "Kirchner & Söhne OHG",
    "PayWave Europe SA",
)
CLERK = "cashier"


@dataclass(frozen=True)
class Payment:
    """A movement as the bank tells it; what goes out is negative. `members` are the payments of a batch."""

    amount: Decimal
    on: date
    name: str = ""
    iban: str = ""
    text: str = ""
    end_to_end: str = ""
    members: tuple["Payment", ...] = ()


def bank(as_of: date, seed: int, *, actor: Actor) -> int:
    """Load what the bank of the first legal entity says of the weeks up to a day, match it, and work on some of it; how
    many lines there are."""
    entity = LegalEntity.objects.order_by("pk").first()
    account = BankAccount.objects.filter(entity=entity, is_main=True, in_use=True).exclude(iban="").first()
    clerk = User.objects.filter(username=CLERK).first()
    if account is None or clerk is None:
        return 0
    made = _Payments(entity, account, as_of, seed)
    payments = made.all()
    if not payments:
        return 0
    seen = BankAccount.objects.filter(pk=account.pk)
    for number, (day, some) in enumerate(_by_week(payments, as_of), 1):
        before = BankStatement.objects.filter(account=account).order_by("-pk").values_list("closing", flat=True).first()
        file = statement(account, number, day, some, OPENING if before is None else before)
        keeping.load(file, name=f"camt053-{day:%Y%m%d}.xml", seen=seen, actor=actor)
    remittances.load(
        made.advices(), name="zahlungsavis.csv", seen=LegalEntity.objects.filter(pk=entity.pk), actor=actor
    )
    running.match(entity)
    _work(entity, as_of, Actor.of(clerk))
    _debits(account, as_of, Actor.of(clerk), actor)
    return BankLine.objects.filter(account=account).count()


class _Payments:
    """Chooses what is paid, by dice that fall the same every time."""

    def __init__(self, entity: LegalEntity, account: BankAccount, as_of: date, seed: int):
        self.entity, self.account, self.as_of = entity, account, as_of
        self.dice = Random(f"{seed} bank")  # noqa: S311 believable, not secret
        # What has not fallen due much before it was paid: nobody was reminded of it meanwhile. Nobody pays what they
        # contest either.
        items = OpenItem.objects.filter(
            entity=entity, kind=OpenItem.Kind.INVOICE, currency=account.currency, superseded_on=None,
            open_amount__gt=0, due_on__gte=as_of - timedelta(weeks=WEEKS), issued_on__lte=as_of - timedelta(days=9),
        ).exclude(pk__in=Dispute.objects.filter(closed_on=None).values("item"))  # fmt: skip
        found = list(items.select_related("customer").order_by("due_on", "pk")[:400])
        self.dice.shuffle(found)
        self.items = found
        self.used: set[int] = set()
        self.ibans = dict(
            CustomerBankAccount.objects.filter(customer__in={item.customer_id for item in found})
            .order_by("-pk")
            .values_list("customer_id", "iban")
        )
        self.advised: list[tuple[date, list[OpenItem]]] = []

    def take(self) -> OpenItem | None:
        """Another item that was not paid yet."""
        for item in self.items:
            if item.pk not in self.used:
                self.used.add(item.pk)
                return item
        return None

    def several(self, count: int, *, with_account: bool = False) -> list[OpenItem]:
        """Items of one customer, or of one whose account is known."""
        by_customer: dict[int, list[OpenItem]] = {}
        for item in self.items:
            if item.pk not in self.used and (item.customer_id in self.ibans or not with_account):
                by_customer.setdefault(item.customer_id, []).append(item)
        found = next((items[:count] for items in by_customer.values() if len(items) >= count), [])
        self.used |= {item.pk for item in found}
        return found

    def day(self, item: OpenItem) -> date:
        """When it is paid: about when it falls due, on a working day that is over."""
        day = min(self.as_of - timedelta(days=1), item.due_on + timedelta(days=self.dice.randrange(-3, 3)))
        day = max(day, item.issued_on + timedelta(days=1), self.as_of - timedelta(weeks=WEEKS) + timedelta(days=1))
        while day.weekday() > 4:
            day -= timedelta(days=1)
        return day

    def paid(self, item: OpenItem, text: str, *, amount: Decimal | None = None, known: bool = True, **facts) -> Payment:
        customer = item.customer
        account = self.ibans.get(item.customer_id, "") if known else iban("DE", 55_000_000 + item.pk)
        return Payment(
            item.open_amount if amount is None else amount, self.day(item), customer.name[:70], account, text, **facts
        )

    def all(self) -> list[Payment]:
        made: list[Payment] = []
        texts = ("Rechnung {}", "RE {} DANKE", "INVOICE {}", "{}", "Zahlung zu Rg. {} abzgl. 0,00", "RNr {}")
        for place in range(34):
            if item := self.take():
                made.append(self.paid(item, texts[place % len(texts)].format(item.number)))
        for count in (2, 3, 2, 4):
            if items := self.several(count):
                total = sum(item.open_amount for item in items)
                made.append(self.paid(items[0], " ".join(item.number for item in items), amount=total))
        for _ in range(3):
            if item := self.take():
                short = (item.open_amount * Decimal("0.9")).quantize(Decimal("0.01"))
                made.append(self.paid(item, f"{item.number} Abzug Reklamation", amount=short))
        for _ in range(5):
            if item := self.take():
                made.append(self.paid(item, "Vielen Dank fuer die Lieferung", known=False))
        for name in STRANGERS:
            made.append(
                Payment(
                    Decimal(self.dice.randrange(4_000, 240_000)) / 100, self.working_day(), name,
                    iban("DE", 66_000_000 + len(made)), self.dice.choice(("Miete", "Rueckzahlung", "Vertrag V-88171")),
                )
            )  # fmt: skip
        made += self.twice() + self.batch() + self.with_advice() + self.going_out()
        return sorted(made, key=lambda each: (each.on, each.name, each.amount))

    def working_day(self) -> date:
        day = self.as_of - timedelta(days=self.dice.randrange(1, WEEKS * 7 - 3))
        return day - timedelta(days=max(0, day.weekday() - 4))

    def twice(self) -> list[Payment]:
        """The same payment on account again, as its payer's bank repeats it; the second names another invoice."""
        items = sorted(self.several(2, with_account=True), key=lambda item: (item.open_amount, item.pk))
        if len(items) < 2:
            return []
        half = (items[0].open_amount / 2).quantize(Decimal("0.01"))
        first = self.paid(items[0], items[0].number, amount=half, end_to_end="PAYRUN-77120-3")
        later = min(first.on + timedelta(days=1), self.as_of - timedelta(days=1))
        again = Payment(first.amount, later, first.name, first.iban, items[1].number, first.end_to_end)
        return [first, again]

    def batch(self) -> list[Payment]:
        items = [item for _ in range(4) if (item := self.take())]
        if not items:
            return []
        members = tuple(self.paid(item, item.number) for item in items)
        day = max(member.on for member in members)
        return [Payment(sum((each.amount for each in members), Decimal(0)), day, "", "", "Sammler", members=members)]

    def with_advice(self) -> list[Payment]:
        """One payment that only its advice explains; the money of another advice has not come."""
        first, second = self.several(3), self.several(2)
        if second:
            self.advised.append((self.as_of - timedelta(days=2), second))
        if not first:
            return []
        total = sum(item.open_amount for item in first)
        payment = self.paid(first[0], "AVIS 900417 FOLGT", amount=total, known=False, end_to_end="AVIS-900417")
        self.advised.insert(0, (payment.on - timedelta(days=1), first))
        return [payment]

    def going_out(self) -> list[Payment]:
        last = self.as_of - timedelta(days=self.as_of.weekday() + 3)
        return [
            Payment(Decimal("-18.90"), last, "", "", "Kontoführung"),
            Payment(Decimal("-24890.10"), last, "Löhne und Gehälter", iban("DE", 77_000_001), "Gehalt Sammler"),
            Payment(Decimal("-3120.44"), last, "Finanzkasse", iban("DE", 77_000_002), "USt-Voranmeldung"),
        ]

    def advices(self) -> bytes:
        rows = ["Zahlungsreferenz;Zahlungsdatum;Zahler;Rechnungsnummer;Bruttobetrag;Abzug;Zahlbetrag;Währung"]
        for place, (day, items) in enumerate(self.advised):
            for item in items:
                amount = plain(item.open_amount, item.currency).replace(".", ",")
                rows.append(
                    f"AVIS-{900417 + place};{day:%d.%m.%Y};"
                    f"{item.customer.name};{item.number};"
                    f"{amount};0,00;{amount};{item.currency}"
                )
        return "\n".join([*rows, ""]).encode()


def _by_week(payments: Iterable[Payment], as_of: date) -> list[tuple[date, list[Payment]]]:
    """The payments of each week with the day of its statement, the oldest first."""
    weeks: dict[date, list[Payment]] = {}
    for payment in payments:
        friday = payment.on + timedelta(days=4 - payment.on.weekday())
        weeks.setdefault(min(friday, as_of), []).append(payment)
    return sorted(weeks.items())


# --- The bank's file


def statement(account: BankAccount, number: int, day: date, payments: Iterable[Payment], opening: Decimal) -> bytes:
    """A camt.053 of one statement."""
    payments = list(payments)
    closing = opening + sum((each.amount for each in payments), Decimal(0))
    first = min(each.on for each in payments)
    entries = "".join(_entry(each, account.currency) for each in payments)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>{account.iban[-6:]}-{number}</MsgId><CreDtTm>{day}T18:00:00</CreDtTm></GrpHdr>"
        f"<Stmt><Id>{account.iban}-{number}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb>"
        f"<CreDtTm>{day}T18:00:00</CreDtTm><FrToDt><FrDtTm>{first}T00:00:00</FrDtTm><ToDtTm>{day}T18:00:00</ToDtTm>"
        f"</FrToDt><Acct><Id><IBAN>{account.iban}</IBAN></Id><Ccy>{account.currency}</Ccy></Acct>"
        f"{_balance('OPBD', opening, first, account.currency)}{_balance('CLBD', closing, day, account.currency)}"
        f"{entries}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def _balance(kind: str, amount: Decimal, day: date, currency: str) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>{_amount(amount, currency)}<Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def _amount(amount: Decimal, currency: str) -> str:
    return (
        f'<Amt Ccy="{currency}">{plain(abs(amount), currency)}</Amt>'
        f"<CdtDbtInd>{'DBIT' if amount < 0 else 'CRDT'}</CdtDbtInd>"
    )


def _entry(payment: Payment, currency: str) -> str:
    told = "".join(_details(each, currency) for each in payment.members or (payment,))
    batch = f"<Btch><NbOfTxs>{len(payment.members)}</NbOfTxs></Btch>" if payment.members else ""
    return (
        f"<Ntry>{_amount(payment.amount, currency)}<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{payment.on}</Dt></BookgDt>"
        f"<ValDt><Dt>{payment.on}</Dt></ValDt><NtryDtls>{batch}{told}</NtryDtls></Ntry>"
    )


def _details(payment: Payment, currency: str) -> str:
    role = "Cdtr" if payment.amount < 0 else "Dbtr"
    end_to_end = f"<EndToEndId>{escape(payment.end_to_end or 'NOTPROVIDED')}</EndToEndId>"
    party = f"<{role}><Pty><Nm>{escape(payment.name)}</Nm></Pty></{role}>" if payment.name else ""
    account = f"<{role}Acct><Id><IBAN>{payment.iban}</IBAN></Id></{role}Acct>" if payment.iban else ""
    parties = f"<RltdPties>{party}{account}</RltdPties>" if party or account else ""
    said = f"<RmtInf><Ustrd>{escape(payment.text)}</Ustrd></RmtInf>" if payment.text else ""
    return f"<TxDtls><Refs>{end_to_end}</Refs>{_amount(payment.amount, currency)}{parties}{said}</TxDtls>"


# --- What people did with it


def _work(entity: LegalEntity, as_of: date, clerk: Actor) -> None:
    """The clerk has taken a proposal, split a line by hand, set money aside, and asked for what others approve."""
    waiting = MatchProposal.objects.filter(entity=entity, state=MatchProposal.State.OPEN, rank=1)
    for proposal in waiting.exclude(line__quarantines__isnull=False).order_by("pk")[:2]:
        applying.apply_one(proposal, actor=clerk, on=as_of)
    stranger = BankLine.objects.filter(entity=entity, party_name=STRANGERS[3], open_amount__gt=0).first()
    customer = Customer.objects.filter(accounts__entity=entity).order_by("pk").first()
    if stranger is not None and customer is not None:
        by_hand = deciding.propose_by_hand(stranger, customer, [], actor=clerk)
        applying.apply_one(by_hand, actor=clerk, on=as_of)
    for line in BankLine.objects.filter(entity=entity, is_money=True, open_amount__lt=0).order_by("pk")[:2]:
        setting_aside.set_aside(line, reason="No customer’s", on=as_of, actor=clerk)
    item = OpenItem.objects.filter(entity=entity, kind=OpenItem.Kind.INVOICE, open_amount__gte=2_000)
    owed = item.filter(superseded_on=None, due_on__lt=as_of - timedelta(days=60)).order_by("due_on", "pk").first()
    if owed is not None:
        writeoffs.write_off(
            owed, owed.open_amount, kind=WriteOff.Kind.BAD_DEBT, reason="Insolvent; the estate pays nothing",
            on=as_of, actor=clerk,
        )  # fmt: skip
    if customer is not None:
        details.ask(
            customer, iban=iban("DE", 88_000_001), way="letter", reason="New house bank, says their letter", actor=clerk
        )


def _debits(account: BankAccount, as_of: date, clerk: Actor, actor: Actor) -> None:
    """Customers who have paid from an account of theirs have signed a mandate; what is due is proposed, and waits."""
    entity = account.entity
    setting.set_rules(entity, creditor_id=CREDITOR_ID, actor=actor)
    paid = LineUse.objects.filter(receipt__entity=entity, line__account=account).exclude(line__party_iban="")
    owing = OpenItem.objects.filter(entity=entity, kind=OpenItem.Kind.INVOICE, open_amount__gt=0)
    customers = Customer.objects.filter(pk__in=paid.values("receipt__customer")).filter(pk__in=owing.values("customer"))
    signed = 0
    for customer in customers.order_by("pk")[:MANDATES]:
        for known in refunds.accounts(customer, entity)[:1]:
            signed_on = as_of - timedelta(days=30 + signed)
            made = mandates.record(
                entity=entity, customer=customer, signed_on=signed_on, iban=known.iban, holder=known.holder, actor=clerk
            )
            mandates.activate(made, on=as_of, actor=clerk)
            signed += 1
    if signed:
        debiting.propose(account, due_until=as_of + timedelta(days=30), actor=clerk)
