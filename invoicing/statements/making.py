"""Making statements: a part of a run's customers, from figures to papers to messages.

The figures of the part are read in a few statements; the papers are made while nothing is locked; statements, documents
and messages are then written in one transaction with the mark that the part is done. So a part that is begun again has
left nothing behind, and one that is done is never begun again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.db import connection, transaction

from o2c.core import clock, documents, formats, leases
from o2c.core.leases import EVERY_PAYER, Lease
from o2c.core.models import Document, Message, MessageAttachment
from o2c.core.money import plain
from o2c.invoicing import aging, banks, correspondents, sepa
from o2c.invoicing.correspondents import Correspondent
from o2c.invoicing.direct_debit import mandates
from o2c.invoicing.models import BankAccount, Statement, StatementRun
from o2c.invoicing.papers.facts import Bucket, Collected, CurrencyPart, OpenLine, StatementPaper
from o2c.invoicing.papers.facts import Movement as Moved
from o2c.invoicing.papers.rendering import render, template_version
from o2c.invoicing.papers.wording import base_language
from o2c.invoicing.statements import figures, wording
from o2c.invoicing.statements.figures import InCurrency
from o2c.orders.models import Account, LegalEntity

WORK = "statements.make"
# Large enough that reading the book costs little, small enough that a part takes seconds and fits in memory.
ACCOUNTS_IN_A_PART = 250
WRITTEN_AT_ONCE = 100

State, Who, Channel = Statement.State, StatementRun.Who, StatementRun.Channel

PARTS = """
    SELECT min(customer_id) FROM (
        SELECT customer_id, row_number() OVER (ORDER BY customer_id) - 1 AS before
        FROM orders_account WHERE entity_id = %(entity)s AND (%(segment)s = '' OR segment = %(segment)s)
    ) a GROUP BY before / %(size)s ORDER BY 1
"""


@dataclass(frozen=True)
class Told:
    """Which statement is asked for."""

    entity: LegalEntity
    kind: str
    as_of: date
    from_on: date | None = None
    bounds: tuple[int, ...] = aging.DEFAULT_BOUNDS

    @classmethod
    def of(cls, entity: LegalEntity, kind: str, as_of: date, from_on: date | None = None) -> "Told":
        """With the ages that are usual here."""
        return cls(entity, kind, as_of, from_on, aging.bounds_of(None))


def ranges(run: StatementRun, size: int = ACCOUNTS_IN_A_PART) -> list[tuple[int, int]]:
    """Ranges of customers that cover every customer, each with about `size` of the accounts asked for.

    By customers and not by payers: who is moved to another group while the run goes on is neither lost nor told twice.
    """
    with connection.cursor() as cursor:
        cursor.execute(PARTS, {"entity": run.entity_id, "segment": run.segment, "size": size})
        starts = [row[0] for row in cursor.fetchall()][1:]
    first, last = EVERY_PAYER
    return list(zip([first, *starts], [*(start - 1 for start in starts), last], strict=True))


def make_part(run: StatementRun, lease: Lease) -> None:
    """Make the statements of the part's customers. Raises LeaseLost, NotTied."""
    accounts = Account.objects.filter(entity=run.entity_id, customer__gte=lease.first, customer__lte=lease.last)
    if run.segment:
        accounts = accounts.filter(segment=run.segment)
    ids = list(accounts.order_by("customer_id").values_list("customer_id", flat=True))
    told = Told.of(run.entity, run.kind, run.as_of, run.from_on)
    found = read(told, ids)
    wanted = {pk: found.get(pk, []) for pk in ids if _is_wanted(run, found.get(pk, []))}
    made = _papers(told, wanted)
    with transaction.atomic():
        leases.hold(lease)
        counts = _write(run, made)
        leases.done(lease, {**counts, "left_out": len(ids) - len(wanted), "totals": _totals(made)})


def read(told: Told, customer_ids: list[int]) -> dict[int, list[InCurrency]]:
    return figures.read(customer_ids, [told.entity.pk], told.as_of, from_on=told.from_on, bounds=told.bounds)


def _is_wanted(run: StatementRun, parts: list[InCurrency]) -> bool:
    if run.who == Who.OVERDUE:
        return any(part.overdue > 0 for part in parts)
    return run.who == Who.ALL or any(part.lines or part.movements for part in parts)


# --- Papers


@dataclass(frozen=True)
class Made:
    """A customer's statement before it is written down."""

    to: Correspondent
    parts: list[InCurrency]
    document: Document


@dataclass(frozen=True)
class Paid:
    """How what is owed is paid: to which account of ours by currency, or by which mandate of the customer's."""

    accounts: dict[str, BankAccount | None]
    mandates: dict[int, Collected]

    @classmethod
    def of(cls, told: Told, customer_ids: Iterable[int], currencies: set[str]) -> "Paid":
        return cls(banks.pay_to(told.entity, currencies), mandates.collected(told.entity, customer_ids))

    def by(self, customer_id: int, currency: str) -> Collected | None:
        return self.mandates.get(customer_id) if currency == sepa.CURRENCY else None


def paper(told: Told, to: Correspondent, parts: list[InCurrency], paid: Paid) -> StatementPaper:
    """The facts of a customer's statement; the customer's number is what a payer writes."""
    return StatementPaper(
        kind=told.kind,
        as_of=told.as_of,
        from_on=told.from_on,
        entity=correspondents.seller(told.entity),
        customer=correspondents.buyer(to.customer),
        parts=tuple(_part(told, to, part, paid) for part in parts),
        language=to.language,
    )


def _part(told: Told, to: Correspondent, part: InCurrency, paid: Paid) -> CurrencyPart:
    return CurrencyPart(
        currency=part.currency,
        total=part.total,
        overdue=part.overdue,
        items=()
        if told.from_on
        else tuple(
            OpenLine(
                number=line.number,
                kind=line.kind,
                issued_on=line.issued_on,
                due_on=line.due_on,
                days_late=line.days_late,
                amount=line.amount,
                open=line.open,
                disputed=line.disputed,
            )
            for line in part.lines
        ),
        opening=part.opening,
        movements=tuple(_moved(part)),
        ageing=tuple(_buckets(told.bounds, part)) if part.lines else (),
        pay_to=correspondents.pay_to(told.entity, paid.accounts[part.currency]),
        collected=paid.by(to.customer.pk, part.currency),
        reference=to.customer.number,
    )


def _moved(part: InCurrency) -> Iterable[Moved]:
    balance = part.opening
    for movement in part.movements:
        balance += movement.amount
        debit, credit = max(movement.amount, Decimal(0)), max(-movement.amount, Decimal(0))
        yield Moved(movement.on, movement.kind, movement.number, debit, credit, balance)


def _buckets(bounds: tuple[int, ...], part: InCurrency) -> Iterable[Bucket]:
    lows = [None, *(bound + 1 for bound in bounds)]
    highs = [*bounds, None]
    for low, high, amount in zip(lows, highs, part.ageing(bounds), strict=True):
        yield Bucket(low, high, amount)


def _papers(told: Told, wanted: dict[int, list[InCurrency]]) -> list[Made]:
    readers = correspondents.of(wanted)
    paid = Paid.of(told, wanted, {part.currency for parts in wanted.values() for part in parts})
    return [Made(to, parts, document(told, to, parts, paid)) for pk, parts in wanted.items() if (to := readers[pk])]


def document(told: Told, to: Correspondent, parts: list[InCurrency], paid: Paid) -> Document:
    """The paper as a document that is not written down yet."""
    return documents.of(
        wording.file_name(to.language, to.customer.number, told.as_of),
        documents.PDF,
        render(paper(told, to, parts, paid)),
        language=to.language,
        made_with=template_version(),
    )


def of_many(told: Told, languages: dict[int, str]) -> dict[int, Document]:
    """Statements as of any day, by customer and in these languages, made now and not written down.

    Of whoever has nothing to state there is none. The number of statements to the database is the same for any number.
    """
    found = read(told, list(languages))
    readers = correspondents.of(found)
    paid = Paid.of(told, found, {part.currency for parts in found.values() for part in parts})
    return {
        pk: document(told, replace(readers[pk], language=languages[pk]), parts, paid) for pk, parts in found.items()
    }


def stated(entity: LegalEntity, customer_id: int, language: str, on: date) -> Document | None:
    """What one customer owes on a day, in a language; None where nothing is to be stated. Not written down."""
    return of_many(Told.of(entity, StatementRun.Kind.OPEN_ITEMS, on), {customer_id: base_language(language)}).get(
        customer_id
    )


def of_one(told: Told, customer_id: int) -> Document:
    """One customer's statement as of any day, made now and not written down."""
    parts = read(told, [customer_id]).get(customer_id, [])
    to = correspondents.of([customer_id])[customer_id]
    return document(told, to, parts, Paid.of(told, [customer_id], {part.currency for part in parts}))


# --- Writing down


def _write(run: StatementRun, made: list[Made]) -> dict[str, int]:
    """Write statements, documents, messages and what is attached to them: a handful of statements for all."""
    known = set(Statement.objects.filter(run=run).values_list("customer_id", flat=True)) if made else set()
    made = [each for each in made if each.to.customer.pk not in known]
    Document.objects.bulk_create([each.document for each in made], batch_size=WRITTEN_AT_ONCE)
    by_mail = run.channel == Channel.EMAIL
    messages = {
        each.to.customer.pk: message_of(run, each.to, told_totals(run, each.parts), key=f"statement:{run.pk}")
        for each in made
        if by_mail and each.to.contact
    }
    Message.objects.bulk_create(messages.values(), batch_size=WRITTEN_AT_ONCE)
    MessageAttachment.objects.bulk_create(
        MessageAttachment(message=messages[each.to.customer.pk], document=each.document, position=1)
        for each in made
        if each.to.customer.pk in messages
    )
    statements = [_statement(run, each, messages.get(each.to.customer.pk)) for each in made]
    Statement.objects.bulk_create(statements, batch_size=500)
    states = [statement.state for statement in statements]
    return {
        "made": len(states),
        "mailed": states.count(State.MAILED),
        "no_address": states.count(State.NO_ADDRESS),
    }


def reminders(told: Told, customer_ids: Iterable[int], *, key: str) -> dict[int, tuple[Message, Document]]:
    """Mails about what is overdue with the statement of all that is open, by customer; neither is written down yet.

    Of whom nothing is overdue, or who has no address, there is none.
    """
    overdue = {pk: parts for pk, parts in read(told, list(customer_ids)).items() if any(p.overdue > 0 for p in parts)}
    return {
        made.to.customer.pk: (
            message_of(told, made.to, told_totals(told, made.parts), key=key, name="reminder"),
            made.document,
        )
        for made in _papers(told, overdue)
        if made.to.contact
    }


def message_of(
    told: Told | StatementRun, to: Correspondent, totals: list[dict], *, key: str, name: str = "statement"
) -> Message:
    """The message that the statement goes with; `totals` as the statement keeps them, `name` of the words around."""
    with formats.written_for(to.language):
        facts = {
            "entity": told.entity,
            "customer": to.customer,
            "as_of": formats.long_day(told.as_of),
            "from_on": formats.long_day(told.from_on) if told.from_on else "",
            "parts": [_written(part["currency"], Decimal(part["total"]), Decimal(part["overdue"])) for part in totals],
        }
        words = wording.write(name, to.language, facts)
    return correspondents.message(
        told.entity, to, key=f"{key}:{to.customer.pk}", subject=words.subject, text=words.text
    )


def _written(currency: str, total: Decimal, overdue: Decimal) -> dict:
    return {
        "total": wording.money(abs(total), currency),
        "in_favour": total < 0,
        "overdue": wording.money(overdue, currency) if overdue > 0 else "",
    }


def _statement(run: StatementRun, made: Made, message: Message | None) -> Statement:
    if message is not None:
        state = State.MAILED
    else:
        state = State.NO_ADDRESS if run.channel == Channel.EMAIL else State.KEPT
    return Statement(
        run=run,
        entity_id=run.entity_id,
        customer=made.to.customer,
        payer_id=made.to.customer.payer_id,
        state=state,
        language=made.to.language,
        totals=told_totals(run, made.parts),
        document=made.document,
        message=message,
        made_at=clock.now(),
    )


def told_totals(told_of: Told | StatementRun, parts: list[InCurrency]) -> list[dict]:
    """What stands on the statement of each currency, as it is kept."""
    told = []
    for part in parts:
        facts = {
            "currency": part.currency,
            "total": plain(part.total, part.currency),
            "overdue": plain(part.overdue, part.currency),
            "lines": len(part.movements if told_of.from_on else part.lines),
        }
        told.append(facts | ({"opening": plain(part.opening, part.currency)} if told_of.from_on else {}))
    return told


def _totals(made: list[Made]) -> dict[str, dict]:
    """What the part's statements come to, by currency."""
    sums: dict[str, dict] = {}
    for each in made:
        for part in each.parts:
            row = sums.setdefault(part.currency, {"total": Decimal(0), "overdue": Decimal(0), "customers": 0})
            row["total"] += part.total
            row["overdue"] += part.overdue
            row["customers"] += 1
    return {
        currency: {
            "total": plain(row["total"], currency),
            "overdue": plain(row["overdue"], currency),
            "customers": row["customers"],
        }
        for currency, row in sums.items()
    }
