"""Joining advice to the bank lines that brought its money, and taking it off again.

Whoever joins holds the legal entity, so two workers do the work of one; and the lines, so that a round of matching that
has looked at one of them without its advice has ended, and the line is looked at again.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db import connection
from django.db.models.functions import Now

from o2c.core import locks, outbox, states
from o2c.core.actors import Actor, acting
from o2c.invoicing.matching import scoring, texts
from o2c.invoicing.models import BankLine, PayerAlias, RemittanceAdvice
from o2c.invoicing.remittances.pairing import PAYER, REFERENCE, REFERENCE_AND_AMOUNT, Joined, Pair, pair_up
from o2c.orders.models import Customer, CustomerBankAccount, LegalEntity

State, By = RemittanceAdvice.State, RemittanceAdvice.By
HOW = {REFERENCE_AND_AMOUNT: By.REFERENCE, REFERENCE: By.REFERENCE, PAYER: By.PAYER}
# A payment is booked so many days before or after the day that the advice says.
BEFORE, AFTER = 7, 45
# An advice that has waited longer is joined by a person only.
LOOKED_FOR = 120
# A shorter reference stands in too many texts.
SHORTEST = 5


class JoinRefused(ValueError):
    """The advice cannot be joined so; the text says why."""


@dataclass
class _Advice:
    id: int
    key: str
    iban: str
    name: str
    payer_id: int | None
    ibans: set[str] = field(default_factory=set)
    accounts: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)


def join(entity: LegalEntity, *, actor: Actor) -> list[int]:
    """Join what waits of a legal entity; the ids of the lines that have found their advice."""
    waiting = RemittanceAdvice.objects.filter(entity=entity, state__in=[State.WAITING, State.UNCLEAR])
    if not waiting.exists():
        return []
    with acting(actor):
        LegalEntity.objects.select_for_update(no_key=True).get(pk=entity.pk)
        identify(entity)
        found = pair_up(_pairs(entity))
        held = BankLine.objects.select_for_update(no_key=True).filter(pk__in=[pair.line for pair in found.pairs])
        list(held.order_by("pk").values_list("pk"))
        return _write(entity, found)


def _write(entity: LegalEntity, found: Joined) -> list[int]:
    facts = {
        "entity": entity.pk,
        "advices": [pair.advice for pair in found.pairs],
        "lines": [pair.line for pair in found.pairs],
        "hows": [HOW[pair.strength] for pair in found.pairs],
        "unclear": list(found.unclear),
        "among": [",".join(map(str, lines)) for lines in found.unclear.values()],
    }
    with connection.cursor() as cursor:
        cursor.execute(JOIN, facts)
        joined = [line_id for (line_id,) in cursor.fetchall()]
        cursor.execute(UNCLEAR, facts)
        cursor.execute(CLEAR_AGAIN, facts)
    return sorted(joined)


# --- Who pays


def identify(entity: LegalEntity) -> None:
    """Write down who pays of those advices whose payer is not known yet: by account, by number, by what decisions have
    taught, by name, or by whose the documents are. What two payers share says nothing."""
    unknown = RemittanceAdvice.objects.filter(
        entity=entity, customer=None, state__in=[State.WAITING, State.UNCLEAR, State.JOINED]
    )
    asked: list[tuple[int, str, str]] = []
    for row in unknown.only("id", "payer_iban", "payer_number", "payer_name").order_by("pk"):
        if row.payer_iban:
            key = texts.account_key(row.payer_iban)
            asked += [(row.pk, "1iban", key), (row.pk, "1learnt:iban", key)]
        if row.payer_number:
            asked.append((row.pk, "2number", row.payer_number.upper()))
        if row.payer_name:
            asked.append((row.pk, "3learnt:name", texts.name_key(row.payer_name)))
            asked.append((row.pk, "4name", row.payer_name.upper()))
        asked.append((row.pk, "5documents", ""))
    if not asked:
        return
    advices, hows, keys = (list(column) for column in zip(*asked, strict=True))
    found: dict[int, dict[str, dict[int, set[int]]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(set)))
    with connection.cursor() as cursor:
        cursor.execute(PAYERS, {"entity": entity.pk, "advices": advices, "hows": hows, "keys": keys})
        for advice_id, how, customer_id, payer_id in cursor.fetchall():
            found[advice_id][how[0]][payer_id].add(customer_id)
    known: dict[int, int] = {}
    for advice_id, ways in found.items():
        for way in sorted(ways):
            if len(ways[way]) == 1:
                payer_id, customers = next(iter(ways[way].items()))
                known[advice_id] = customers.pop() if len(customers) == 1 else payer_id
                break
    if known:
        with connection.cursor() as cursor:
            cursor.execute(IDENTIFIED, {"advices": list(known), "customers": list(known.values())})


# --- Which pairs may be


def _pairs(entity: LegalEntity) -> Iterable[Pair]:
    rows = RemittanceAdvice.objects.filter(entity=entity, state__in=[State.WAITING, State.UNCLEAR])
    advices = {
        row.pk: _Advice(
            row.pk, row.reference_key, texts.account_key(row.payer_iban), texts.name_key(row.payer_name),
            row.customer.payer_id if row.customer_id else None,
        )
        for row in rows.select_related("customer").order_by("pk")
    }  # fmt: skip
    _know(entity, list(advices.values()))
    facts = {
        "entity": entity.pk, "before": BEFORE, "after": AFTER, "looked_for": LOOKED_FOR, "shortest": SHORTEST,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(PAIRS, facts)
        for advice_id, line_id, referred, equal, name, ultimate, iban, account in cursor.fetchall():
            if referred:
                yield Pair(REFERENCE_AND_AMOUNT if equal else REFERENCE, advice_id, line_id)
            elif equal and _same_payer(advices[advice_id], name, ultimate, iban, account):
                yield Pair(PAYER, advice_id, line_id)


def _know(entity: LegalEntity, advices: list[_Advice]) -> None:
    """By what the payers of the advices are known, with their branches."""
    by_payer: dict[int, list[_Advice]] = defaultdict(list)
    for each in advices:
        if each.payer_id:
            by_payer[each.payer_id].append(each)
    group = Customer.objects.filter(payer__in=by_payer)
    for payer_id, name in group.values_list("payer_id", "name"):
        for each in by_payer[payer_id]:
            each.names.add(texts.name_key(name))
    accounts = CustomerBankAccount.objects.filter(customer__payer__in=by_payer)
    for payer_id, iban in accounts.values_list("customer__payer_id", "iban"):
        for each in by_payer[payer_id]:
            each.ibans.add(iban)
    aliases = PayerAlias.objects.filter(entity=entity, customer__payer__in=by_payer, withdrawn_at=None)
    kinds = {PayerAlias.Kind.IBAN: "ibans", PayerAlias.Kind.ACCOUNT: "accounts", PayerAlias.Kind.NAME: "names"}
    for payer_id, kind, key in aliases.values_list("customer__payer_id", "kind", "key"):
        for each in by_payer[payer_id] if kind in kinds else ():
            getattr(each, kinds[kind]).add(key)


def _same_payer(advice: _Advice, name: str, ultimate: str, iban: str, account: str) -> bool:
    """Whether the line is from the advice's payer. One account against another speaks against it."""
    iban, account = texts.account_key(iban), texts.account_key(account)
    if iban and iban in advice.ibans | {advice.iban}:
        return True
    if iban and advice.iban:
        return False
    if account and account in advice.accounts:
        return True
    known = advice.names | ({advice.name} if advice.name else set())
    return any(
        scoring.alike(written, each)
        for written in map(texts.name_key, filter(None, (name, ultimate)))
        for each in known
    )


# --- By hand


def join_by_hand(advice: RemittanceAdvice, line: BankLine, *, actor: Actor) -> None:
    """A person says which line it is. Raises JoinRefused where one of them has its partner already."""
    with acting(actor):
        LegalEntity.objects.select_for_update(no_key=True).get(pk=advice.entity_id)
        line = BankLine.objects.select_for_update(no_key=True).get(pk=line.pk)
        if (line.entity_id, line.currency) != (advice.entity_id, advice.currency) or line.amount <= 0:
            raise JoinRefused("An advice is of money that came in, of the same legal entity and currency.")
        if not line.is_money:
            raise JoinRefused("The money of this line is elsewhere, in the single payments of its batch.")
        if RemittanceAdvice.objects.filter(line=line).exists():
            raise JoinRefused("This line has its advice already.")
        kept = [each for each in advice.apart_from if each != line.pk]
        _move(advice, State.JOINED, line=line, joined_by=By.HAND, joined_at=Now(), candidates=[], apart_from=kept)
        outbox.emit("remittance.joined", entity_id=advice.entity_id, advice_id=advice.pk, line_id=line.pk)


def part(advice: RemittanceAdvice, *, actor: Actor) -> None:
    """Take an advice off its line; it waits again and is not joined to that one by itself. What was booked stays."""
    with acting(actor):
        LegalEntity.objects.select_for_update(no_key=True).get(pk=advice.entity_id)
        if advice.line_id is None:
            raise JoinRefused("It is joined to no line.")
        apart = [*advice.apart_from, advice.line_id]
        line_id = advice.line_id
        _move(advice, State.WAITING, line=None, joined_by="", joined_at=None, apart_from=apart)
        outbox.emit("remittance.joined", entity_id=advice.entity_id, advice_id=advice.pk, line_id=line_id)


def drop(advice: RemittanceAdvice, *, actor: Actor) -> None:
    """Say that no money will come for it, or that it is wrong: nobody waits for it any more."""
    with acting(actor):
        _move(advice, State.DROPPED, candidates=[])


def take_up(advice: RemittanceAdvice, *, actor: Actor) -> None:
    """Wait for its money again. Raises JoinRefused where another advice of the same payment is here."""
    with acting(actor):
        locks.hold("remittances", advice.entity_id)
        again = RemittanceAdvice.objects.exclude(state=State.DROPPED).exclude(reference_key="")
        if again.filter(
            entity=advice.entity_id, payer_key=advice.payer_key, reference_key=advice.reference_key
        ).exists():
            raise JoinRefused("Another advice of the same payment is here: drop that one first.")
        _move(advice, State.WAITING)
        outbox.emit("remittances.loaded", entity_id=advice.entity_id, advices=[advice.pk])


def _move(advice: RemittanceAdvice, to: str, **changes) -> None:
    try:
        states.move(advice, to, **changes)
    except (states.IllegalMove, states.LostRace):
        raise JoinRefused("The advice is not in that state any more: look again.") from None


def age(advice: RemittanceAdvice, today: date) -> int:
    """For how many days its money has been waited for."""
    return max(0, (today - (advice.paid_on or advice.loaded_at.date())).days)


JOIN = """
    UPDATE invoicing_remittanceadvice a
    SET state = 'joined', line_id = t.line, joined_by = t.how, joined_at = now(), candidates = '{}'
    FROM unnest(%(advices)s::bigint[], %(lines)s::bigint[], %(hows)s::text[]) AS t (advice, line, how)
    WHERE a.id = t.advice AND a.state IN ('waiting', 'unclear')
    RETURNING a.line_id
"""
UNCLEAR = """
    UPDATE invoicing_remittanceadvice a
    SET state = 'unclear', candidates = string_to_array(t.among, ',')::bigint[]
    FROM unnest(%(unclear)s::bigint[], %(among)s::text[]) AS t (advice, among)
    WHERE a.id = t.advice AND a.state IN ('waiting', 'unclear')
        AND (a.state, a.candidates) IS DISTINCT FROM ('unclear', string_to_array(t.among, ',')::bigint[])
"""
# The other line has found another advice, or was used up by a person's word.
CLEAR_AGAIN = """
    UPDATE invoicing_remittanceadvice SET state = 'waiting', candidates = '{}'
    WHERE entity_id = %(entity)s AND state = 'unclear' AND NOT id = ANY(%(unclear)s::bigint[])
"""
PAYERS = """
    WITH asked AS MATERIALIZED (
        SELECT * FROM unnest(%(advices)s::bigint[], %(hows)s::text[], %(keys)s::text[]) AS t (advice, how, key)
    ), found AS (
        SELECT t.advice, t.how, b.customer_id FROM asked t
            JOIN orders_customerbankaccount b ON b.iban = t.key WHERE t.how = '1iban'
        UNION
        SELECT t.advice, t.how, p.customer_id FROM asked t
            JOIN invoicing_payeralias p ON p.entity_id = %(entity)s AND p.kind = split_part(t.how, ':', 2)
                AND p.key = t.key AND p.withdrawn_at IS NULL WHERE t.how LIKE '%%learnt:%%'
        UNION
        SELECT t.advice, t.how, c.id FROM asked t JOIN orders_customer c ON c.number = t.key WHERE t.how = '2number'
        UNION
        SELECT t.advice, t.how, c.id FROM asked t JOIN orders_customer c ON upper(c.name) = t.key WHERE t.how = '4name'
        UNION
        SELECT t.advice, t.how, i.customer_id FROM asked t
            JOIN invoicing_adviceline l ON l.advice_id = t.advice
            JOIN invoicing_remittanceadvice a ON a.id = l.advice_id
            JOIN invoicing_itemnumber n ON n.key = invoicing_number_key(l.document)
            JOIN invoicing_openitem i ON i.id = n.item_id AND i.entity_id = a.entity_id
                AND i.currency = a.currency AND i.superseded_on IS NULL
            WHERE t.how = '5documents' AND length(invoicing_number_key(l.document)) >= 4
    )
    SELECT f.advice, f.how, c.id, c.payer_id FROM found f JOIN orders_customer c ON c.id = f.customer_id
    JOIN orders_account a ON a.customer_id = c.id AND a.entity_id = %(entity)s
"""
IDENTIFIED = """
    UPDATE invoicing_remittanceadvice a SET customer_id = t.customer
    FROM unnest(%(advices)s::bigint[], %(customers)s::bigint[]) AS t (advice, customer) WHERE a.id = t.advice
"""
# Money that came in near the day of an advice and has none yet. A reference is looked for in the fields that carry
# references; in the text only of a line with the same amount, so that nothing is compared with everything.
PAIRS = """
    WITH advice AS MATERIALIZED (
        SELECT id, currency, total, reference_key AS key, apart_from,
            coalesce(paid_on, loaded_at::date) - %(before)s AS since,
            coalesce(paid_on, loaded_at::date) + %(after)s AS till
        FROM invoicing_remittanceadvice
        WHERE entity_id = %(entity)s AND state IN ('waiting', 'unclear') AND total > 0
            AND loaded_at > now() - make_interval(days => %(looked_for)s)
    ), line AS MATERIALIZED (
        SELECT l.id, l.currency, l.amount, l.booked_on, l.end_to_end_id, l.bank_reference, l.customer_reference,
            l.remittance, l.bank_text, l.party_name, l.party_ultimate, l.party_iban, l.party_account
        FROM invoicing_bankaccount b JOIN invoicing_bankline l ON l.account_id = b.id
        WHERE b.entity_id = %(entity)s AND l.is_money AND l.amount > 0 AND NOT l.is_reversal
            AND l.booked_on BETWEEN (SELECT min(since) FROM advice) AND (SELECT max(till) FROM advice)
            AND NOT EXISTS (SELECT 1 FROM invoicing_remittanceadvice o WHERE o.line_id = l.id)
    ), written AS (
        SELECT l.id, k.key FROM line l CROSS JOIN LATERAL (
            SELECT DISTINCT invoicing_reference_key(t) AS key
            FROM unnest(ARRAY[l.end_to_end_id, l.bank_reference, l.customer_reference]) AS t WHERE t <> ''
        ) k
    ), pair AS (
        SELECT a.id AS advice, w.id AS line, true AS referred FROM advice a JOIN written w ON w.key = a.key
        WHERE length(a.key) >= %(shortest)s
        UNION ALL
        SELECT a.id, l.id, length(a.key) >= %(shortest)s
            AND position(a.key IN invoicing_reference_key(l.remittance || ' ' || l.bank_text)) > 0
        FROM advice a JOIN line l ON l.currency = a.currency AND l.amount = a.total
    )
    SELECT a.id, l.id, bool_or(p.referred), l.amount = a.total, l.party_name, l.party_ultimate, l.party_iban,
        l.party_account
    FROM pair p JOIN advice a ON a.id = p.advice JOIN line l ON l.id = p.line
    WHERE l.currency = a.currency AND l.booked_on BETWEEN a.since AND a.till AND NOT l.id = ANY (a.apart_from)
    GROUP BY a.id, l.id, l.amount, a.total, l.party_name, l.party_ultimate, l.party_iban, l.party_account
    ORDER BY 1, 2
"""
