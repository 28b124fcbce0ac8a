"""What lines may be for, found in the database: so many statements for any number of lines.

First what the lines name: documents by their figures, payers by account, by what decisions taught, by number. Where
that settles a line nothing more is asked. For the others all that is open of the payers found is read, and for a line
that names nobody at all the customers whose name is like the payer's.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection

from o2c.core.money import minor_unit
from o2c.invoicing.cash.discounts import STANDING
from o2c.invoicing.matching import habits, texts
from o2c.invoicing.matching.facts import Answer, Candidates, Item, Known, Line, Name, Rules
from o2c.invoicing.matching.scoring import SURE_NUMBER, score
from o2c.invoicing.models import EarlyOffer
from o2c.invoicing.papers.references import NoReference, creditor_reference
from o2c.orders import terms
from o2c.orders.models import LegalEntity, PaymentTerms

# A key that so many documents have means nothing.
MOST_BY_KEY = 20
# Of a payer with more than so many open items only the oldest are looked at.
MOST_OF_PAYER = 240
# Documents that were settled so many days ago and less may be paid a second time.
LATELY = 90
# Names less like than that are not looked at (pg_trgm).
LIKE = 0.6
# How our direct debits are called from end to end.
DEBIT = re.compile(r"DEBIT-(\d{1,18})")
INSTALMENT = re.compile(r"(\d{5})/\d{1,2}$")


@dataclass(slots=True)
class Read:
    """A line as it is read, and what was found for it."""

    line: Line
    currency: str
    written_name: str
    iban: str
    account: str
    words: frozenset[str]
    debit: int | None = None
    mandate: str = ""
    items: dict[int, Item] = field(default_factory=dict)
    known: set[Known] = field(default_factory=set)
    names: set[Name] = field(default_factory=set)

    def candidates(self, *, complete: bool) -> Candidates:
        return Candidates(tuple(self.items.values()), tuple(self.known), tuple(self.names), complete)


def answers(entity: LegalEntity, line_ids: list[int], rules: Rules, *, today: date) -> dict[int, list[Answer]]:
    """What each line may be for, the most likely first; a line for which nothing is found has an empty list."""
    search = Search(entity, today)
    reads = search.read(line_ids)
    search.collected(reads)
    search.named(reads)
    search.known(reads)
    search.names_of_found(reads)
    found: dict[int, list[Answer]] = {}
    open_questions = []
    for read in reads:
        first = score(read.line, read.candidates(complete=False), rules)
        if first and first[0].firm and not first[0].rivals and first[0].reasons[0]["code"] in SURE_NUMBER:
            found[read.line.id] = first
        else:
            open_questions.append(read)
    search.like(open_questions)
    search.open_items(open_questions)
    search.names_of_found(open_questions)
    for read in open_questions:
        found[read.line.id] = score(read.line, read.candidates(complete=True), rules)
    return found


class Search:
    def __init__(self, entity: LegalEntity, today: date):
        self.entity, self.today = entity, today
        with_discount = PaymentTerms.objects.filter(discounts__isnull=False).distinct()
        self.terms = {row.pk: terms.Terms.of(row) for row in with_discount.prefetch_related("discounts", "instalments")}
        self.units: dict[str, int] = {}
        # What is found again, by another key or for another line, is the same item.
        self.items: dict[tuple[int, bool], Item] = {}
        self.tiers: dict[tuple[int, date], tuple] = {}
        # Most books have none, and are not asked for them row by row.
        self.offers = EarlyOffer.objects.filter(entity=entity, state__in=STANDING).exists()

    def sql(self, query: str) -> str:
        """The query with the columns and joins of its items, those of offers only where there are any."""
        return query.replace("{ITEM}", ITEM + (OFFER if self.offers else NO_OFFER)).replace(
            "{FACTS}", FACTS + (OFFERED if self.offers else "")
        )

    def read(self, line_ids: list[int]) -> list[Read]:
        found = []
        for (
            id, currency, amount, booked_on, value_on, remittance, references, documents, end_to_end,
            customer_reference, name, ultimate, iban, account, charges, mandate,
        ) in _rows(LINES, {"ids": line_ids}):  # fmt: skip
            debit = DEBIT.fullmatch(end_to_end)
            # our own key of a direct debit is no number of a document
            written = [remittance, *references, *documents, "" if debit else end_to_end, customer_reference]
            refs = texts.references(written)
            keys = texts.keys(written)
            for reference in refs:
                keys.add(re.sub(r"\D", "", reference[4:]).lstrip("0")[-texts.LONGEST :])
            keys.discard("")
            told = sum(
                (abs(Decimal(c["amount"])) for c in json.loads(charges) if c.get("currency", currency) == currency),
                Decimal(0),
            )
            line = Line(
                id=id,
                amount=self.minor(amount, currency),
                paid_on=min(value_on or booked_on, booked_on),
                keys=frozenset(keys),
                references=frozenset(refs),
                instalments=frozenset(texts.instalments(written)),
                name=texts.name_key(name) if name else "",
                charges=self.minor(told, currency),
            )
            found.append(
                Read(
                    line, currency, texts.plain(ultimate or name), texts.account_key(iban), texts.account_key(account),
                    frozenset(list(texts.words(written))[: texts.MOST]), int(debit[1]) if debit else None, mandate,
                )
            )  # fmt: skip
        return found

    def minor(self, amount: Decimal, currency: str) -> int:
        unit = self.units.get(currency)
        if unit is None:
            unit = self.units[currency] = minor_unit(currency)
        return int(amount.scaleb(unit))

    # --- What the lines name

    def collected(self, reads: list[Read]) -> None:
        """The items of our direct debits that lines name by their end-to-end id."""
        wanted: dict[int, list[Read]] = defaultdict(list)
        for read in reads:
            if read.debit is not None:
                wanted[read.debit].append(read)
        if not wanted:
            return
        for row in _rows(self.sql(COLLECTED), {"ids": list(wanted), "entity": self.entity.pk}):
            for read in wanted[row[-1]]:
                item = self.item(row, read.currency, referred=bool(read.line.references))
                read.items[item.id] = item
                read.line = replace(read.line, collected=frozenset({item.id}))

    def named(self, reads: list[Read]) -> None:
        """Documents by the figures that stand in the texts."""
        # Lines of one day say much that others say as well: the year, the month. Each key is looked up once.
        asking: dict[tuple[str, str], list[Read]] = defaultdict(list)
        for read in reads:
            for key in sorted(read.line.keys)[: texts.MOST]:
                asking[read.currency, key].append(read)
        if not asking:
            return
        currencies, keys = (list(column) for column in zip(*asking, strict=True))
        facts = {"currencies": currencies, "keys": keys, "since": self.today - timedelta(days=LATELY)}
        found: dict[tuple[str, str], list[tuple]] = defaultdict(list)
        for row in _rows(self.sql(NAMED), {**facts, "entity": self.entity.pk, "most": MOST_BY_KEY + 1}):
            found[row[-2:]].append(row)
        for (currency, key), rows in found.items():
            if len(rows) > MOST_BY_KEY:
                continue
            for read in asking[currency, key]:
                for row in rows:
                    if row[0] not in read.items:
                        read.items[row[0]] = self.item(row, currency, referred=bool(read.line.references))

    def known(self, reads: list[Read]) -> None:
        """Payers by the account they pay from, by their number, and by what decisions have taught."""
        asked: list[tuple[int, str, str]] = []
        for read in reads:
            id = read.line.id
            if read.iban:
                asked += [(id, "iban", read.iban), (id, "learnt:iban", read.iban)]
            elif read.account:
                asked.append((id, "learnt:account", read.account))
            if read.line.name:
                asked.append((id, "learnt:name", read.line.name))
            if read.mandate:
                asked.append((id, "mandate", read.mandate))
            words = sorted(read.words)
            asked += [(id, "customer_number", word) for word in words]
            asked += [(id, "learnt:reference", habits.key(word)) for word in words if habits.qualifies(word)]
        if not asked:
            return
        lines, hows, keys = (list(column) for column in zip(*asked, strict=True))
        found: dict[tuple[int, str], set[tuple[int, int]]] = defaultdict(set)
        for line_id, how, customer_id, payer_id in _rows(
            KNOWN, {"lines": lines, "hows": hows, "keys": keys, "entity": self.entity.pk}
        ):
            found[line_id, how].add((customer_id, payer_id))
        by_id = {read.line.id: read for read in reads}
        for (line_id, how), customers in found.items():
            # Two payers with one account, or one name, are no evidence for either.
            if len({payer for _, payer in customers}) == 1:
                by_id[line_id].known |= {Known(customer, payer, LEARNT.get(how, how)) for customer, payer in customers}

    def names_of_found(self, reads: list[Read]) -> None:
        """The names of the customers whose documents or accounts were found, and of their payers."""
        wanted: dict[int, list[Read]] = defaultdict(list)
        for read in reads:
            if not read.line.name:
                continue
            ids = {item.customer_id for item in read.items.values()} | {item.payer_id for item in read.items.values()}
            for each in read.known:
                ids |= {each.customer_id, each.payer_id}
            for id in ids - {name.customer_id for name in read.names}:
                wanted[id].append(read)
        if not wanted:
            return
        for id, payer_id, name in _rows(NAMES, {"ids": list(wanted)}):
            told = Name(id, payer_id, texts.name_key(name))
            for read in wanted[id]:
                read.names.add(told)

    # --- Where that does not settle it

    def like(self, reads: list[Read]) -> None:
        """For lines that name nobody: the customers whose name is like the payer's."""
        asking: dict[str, list[Read]] = defaultdict(list)
        for read in reads:
            if read.written_name and not read.items and not read.known:
                asking[read.written_name[:70]].append(read)
        if not asking:
            return
        for written, id, payer_id, name in _rows(
            ALIKE, {"names": sorted(asking), "like": LIKE, "entity": self.entity.pk}
        ):
            told = Name(id, payer_id, texts.name_key(name))
            for read in asking[written]:
                read.names.add(told)

    def open_items(self, reads: list[Read]) -> None:
        """All that is open, in the line's currency, of the payers found."""
        wanted: dict[tuple[int, str], list[Read]] = defaultdict(list)
        for read in reads:
            payers = {each.payer_id for each in read.known} | {each.payer_id for each in read.names}
            payers |= {item.payer_id for item in read.items.values()}
            for payer in payers:
                wanted[payer, read.currency].append(read)
        if not wanted:
            return
        payers, currencies = (list(column) for column in zip(*wanted, strict=True))
        rows = _rows(
            self.sql(OPEN),
            {"payers": payers, "currencies": currencies, "entity": self.entity.pk, "most": MOST_OF_PAYER},
        )
        referring = {key for key, asking in wanted.items() if any(read.line.references for read in asking)}
        for row in rows:
            key = row[-2:]
            asking = wanted[key]
            item = self.item(row, key[1], referred=key in referring)
            for read in asking:
                read.items.setdefault(item.id, item)

    def item(self, row: tuple, currency: str, *, referred: bool) -> Item:
        """The item of a row that begins with the columns of `ITEM`."""
        made = self.items.get((row[0], referred))
        if made is not None:
            return made
        (
            id, customer_id, payer_id, number, key, tail, amount, open_amount, issued_on, due_on, terms_id, agreed,
            offer, *_,
        ) = row  # fmt: skip
        base = INSTALMENT.sub(r"\1", number) if "/" in number else number
        if number.isascii():
            key, tail = texts.number_keys(number)
        discounts: tuple = ()
        if amount > 0:
            if agreed is not None:
                discounts = _tiers(agreed)
            elif terms_id in self.terms:
                discounts = self.tiers.get((terms_id, issued_on))
                if discounts is None:
                    discounts = tuple(terms.discount_until(issued_on, self.terms[terms_id]))
                    self.tiers[terms_id, issued_on] = discounts
        reference = ""
        if referred:
            try:
                reference = creditor_reference(base)
            except NoReference:
                reference = ""
        minor = self.minor(amount, currency)
        made = self.items[id, referred] = Item(
            id, customer_id, payer_id, number, key or "", tail or "", minor,
            minor if open_amount == amount else self.minor(open_amount, currency), issued_on, due_on, discounts, base,
            reference, _tiers(offer) if offer is not None else (),
        )  # fmt: skip
        return made


LEARNT = {"learnt:iban": "learnt_iban", "learnt:account": "learnt_iban", "learnt:name": "learnt_name",
          "learnt:reference": "learnt_reference"}  # fmt: skip


def _tiers(told: str) -> tuple[tuple[date, Decimal], ...]:
    return tuple((date.fromisoformat(tier["until"]), Decimal(tier["percent"])) for tier in json.loads(told))


def _rows(sql: str, facts: dict) -> Iterable[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, facts)
        return cursor.fetchall()


LINES = """
    SELECT id, currency, open_amount, booked_on, value_on, remittance, creditor_references, documents, end_to_end_id,
           customer_reference, party_name, party_ultimate, party_iban, party_account, charges, mandate_id
    FROM invoicing_bankline WHERE id = ANY(%(ids)s) ORDER BY id
"""
# The keys of a number that is ASCII are made here (`texts.number_keys`): the database takes ten times as long.
ITEM = """
    i.id, i.customer_id, i.payer_id, i.number,
    CASE WHEN octet_length(i.number) > length(i.number) THEN invoicing_number_key(i.number) END,
    CASE WHEN octet_length(i.number) > length(i.number) THEN invoicing_number_tail(i.number) END,
    i.amount, i.open_amount, i.issued_on, i.due_on, a.terms_id, v.agreed -> 'discounts'
"""
FACTS = """
    LEFT JOIN orders_account a ON a.customer_id = i.customer_id AND a.entity_id = i.entity_id
    LEFT JOIN invoicing_invoice v ON v.entry_id = i.entry_id
"""
# An offer of an item stands once at a time: the join adds no rows.
OFFER, NO_OFFER = ", o.tiers", ", NULL::text"
OFFERED = f"""
    LEFT JOIN invoicing_earlyoffer o ON o.item_id = i.id
        AND o.state IN ({", ".join(f"'{state}'" for state in STANDING)})
"""
COLLECTED = """
    SELECT {ITEM}, c.id FROM invoicing_collection c JOIN invoicing_openitem i ON i.id = c.item_id {FACTS}
    WHERE c.id = ANY(%(ids)s) AND c.entity_id = %(entity)s AND c.state IN ('exported', 'accepted')
"""
# LATERAL and LIMIT, so that each key is one look into the index whatever the statistics say.
NAMED = """
    SELECT {ITEM}, t.currency, t.key
    FROM unnest(%(currencies)s::text[], %(keys)s::text[]) AS t (currency, key)
    CROSS JOIN LATERAL (
        (SELECT i.* FROM invoicing_itemnumber n JOIN invoicing_openitem i ON i.id = n.item_id
         WHERE n.key = t.key AND i.entity_id = %(entity)s AND i.currency = t.currency
            AND i.superseded_on IS NULL AND (i.open_amount <> 0 OR i.updated_at >= %(since)s) LIMIT %(most)s)
        UNION
        (SELECT i.* FROM invoicing_itemnumber n JOIN invoicing_openitem i ON i.id = n.item_id
         WHERE n.tail = t.key AND i.entity_id = %(entity)s AND i.currency = t.currency
            AND i.superseded_on IS NULL AND (i.open_amount <> 0 OR i.updated_at >= %(since)s) LIMIT %(most)s)
    ) i {FACTS}
"""
KNOWN = """
    WITH asked AS MATERIALIZED (
        SELECT * FROM unnest(%(lines)s::bigint[], %(hows)s::text[], %(keys)s::text[]) AS t (line, how, key)
    ), found AS (
        SELECT t.line, t.how, b.customer_id FROM asked t
            JOIN orders_customerbankaccount b ON b.iban = t.key WHERE t.how = 'iban'
        UNION
        SELECT t.line, t.how, p.customer_id FROM asked t
            JOIN invoicing_payeralias p ON p.entity_id = %(entity)s AND p.kind = substr(t.how, 8) AND p.key = t.key
            AND p.withdrawn_at IS NULL WHERE t.how LIKE 'learnt:%%'
        UNION
        SELECT t.line, t.how, c.id FROM asked t
            JOIN orders_customer c ON c.number = t.key WHERE t.how = 'customer_number'
        UNION
        SELECT t.line, t.how, m.customer_id FROM asked t
            JOIN invoicing_mandate m ON m.entity_id = %(entity)s AND m.reference = t.key WHERE t.how = 'mandate'
    )
    SELECT f.line, f.how, c.id, c.payer_id FROM found f JOIN orders_customer c ON c.id = f.customer_id
    JOIN orders_account a ON a.customer_id = c.id AND a.entity_id = %(entity)s
"""
NAMES = "SELECT id, payer_id, name FROM orders_customer WHERE id = ANY(%(ids)s)"
ALIKE = """
    WITH like_so AS MATERIALIZED (SELECT set_config('pg_trgm.similarity_threshold', %(like)s::text, true))
    SELECT t.name, c.id, c.payer_id, c.name FROM like_so, unnest(%(names)s::text[]) AS t (name)
    CROSS JOIN LATERAL (
        SELECT c.id, c.payer_id, c.name FROM orders_customer c WHERE upper(c.name) %% t.name
        ORDER BY similarity(upper(c.name), t.name) DESC, c.id LIMIT 5
    ) c
    JOIN orders_account a ON a.customer_id = c.id AND a.entity_id = %(entity)s
"""
OPEN = """
    SELECT {ITEM}, t.payer, t.currency
    FROM unnest(%(payers)s::bigint[], %(currencies)s::text[]) AS t (payer, currency)
    CROSS JOIN LATERAL (
        SELECT * FROM invoicing_openitem i WHERE i.payer_id = t.payer AND i.open_amount <> 0
            AND i.entity_id = %(entity)s AND i.currency = t.currency AND i.superseded_on IS NULL
        ORDER BY i.due_on, i.id LIMIT %(most)s
    ) i {FACTS}
"""
