"""Putting notices into words: who is told, of what, and by which way. The same for e-mails, text messages and letters.

The number of statements does not depend on the number of notices.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.db import connection

from o2c.collections import letters
from o2c.collections.letters import Cost, Letter, Owed, Words
from o2c.collections.models import DunningRun, DunningSettings, Task, Wording
from o2c.core import addresses, phones
from o2c.core.money import plain
from o2c.invoicing import banks
from o2c.invoicing.models import BankAccount
from o2c.orders.models import Contact, LegalEntity

# One row a notice with all that its message or task needs: the level's doing, who reads it and who looks after it.
NOTICES = f"""
    SELECT n.id, n.customer_id, n.payer_id, n.currency, n.total, n.items, n.level, v.name AS level_name,
           v.template, v.channel, v.opens_task, c.number AS customer_number, c.name AS customer, c.country, c.language,
           c.street, c.postal_code, c.city,
           coalesce(a.channel, 'email') AS account_channel, a.collector_id,
           n.pay_by, k.id AS contact_id, coalesce(k.name, '') AS contact, coalesce(k.email, '') AS email,
           coalesce(k.language, '') AS contact_language, v.attaches_statement
    FROM collections_notice n
    JOIN orders_customer c ON c.id = n.customer_id
    JOIN collections_dunninglevel v ON v.policy_id = n.policy_id AND v.number = n.level
    LEFT JOIN orders_account a ON a.customer_id = n.customer_id AND a.entity_id = n.entity_id
    LEFT JOIN LATERAL (
        SELECT * FROM orders_contact k WHERE k.customer_id = n.customer_id AND k.in_use AND k.email <> ''
            AND {addresses.K_IS_ALIVE}
        ORDER BY k.role <> 'billing', k.id LIMIT 1
    ) k ON true
    WHERE n.id = ANY(%(notices)s) ORDER BY n.id
"""  # noqa: S608 made of our own words
LINES = """
    SELECT l.notice_id, i.number, i.due_on, %(on)s::date - i.due_on, l.level, l.open_amount,
           CASE WHEN i.customer_id <> n.customer_id THEN c.name ELSE '' END
    FROM collections_noticeline l
    JOIN collections_notice n ON n.id = l.notice_id
    JOIN invoicing_openitem i ON i.id = l.item_id
    JOIN orders_customer c ON c.id = i.customer_id
    WHERE l.notice_id = ANY(%(notices)s) AND l.dropped_because = '' ORDER BY l.notice_id, i.due_on, i.number, i.id
"""
# What else is open of whom the notice is told of, on the day: beside what it asks for, due or not, and credits.
ALSO = """
    SELECT n.id, i.number, b.due_on, %(on)s::date - b.due_on, b.balance,
           CASE WHEN i.customer_id <> n.customer_id THEN c.name ELSE '' END, i.kind = 'on_account'
    FROM invoicing_balances(%(on)s) b
    JOIN collections_notice n ON n.entity_id = b.entity_id AND n.currency = b.currency AND n.payer_id = b.payer_id
    JOIN collections_dunningpolicy p ON p.id = n.policy_id
        AND CASE WHEN b.balance > 0 THEN p.lists = 'open' ELSE p.credits = 'listed' END
    JOIN invoicing_openitem i ON i.id = b.item_id
    JOIN orders_customer c ON c.id = i.customer_id
    LEFT JOIN collections_noticeline l ON l.notice_id = n.id AND l.item_id = i.id AND l.dropped_because = ''
    LEFT JOIN collections_interestnote h ON h.notice_id = n.id AND h.item_id = i.id
    WHERE n.id = ANY(%(notices)s) AND b.entity_id = %(entity)s AND b.payer_id = ANY(%(payers)s) AND l.id IS NULL
        AND h.id IS NULL
        AND (b.customer_id = n.customer_id OR p.notice_for = 'payer')
        AND NOT EXISTS (  -- who is told by an agency is told by it alone
            SELECT 1 FROM collections_placeditem x
            WHERE x.item_id = i.id AND x.from_on <= %(on)s AND (x.until IS NULL OR x.until > %(on)s)
        )
    ORDER BY n.id, b.due_on, i.number, i.id
"""
SAYING_MORE = """
    SELECT n.id, n.payer_id FROM collections_notice n JOIN collections_dunningpolicy p ON p.id = n.policy_id
    WHERE n.id = ANY(%(notices)s) AND (p.lists = 'open' OR p.credits = 'listed')
"""


@dataclass(frozen=True)
class Noticed:
    """A row of NOTICES."""

    id: int
    customer_id: int
    payer_id: int
    currency: str
    total: Decimal
    items: int
    level: int
    level_name: str
    template: str
    channel: str
    opens_task: bool
    customer_number: str
    customer: str
    country: str
    language: str
    street: str
    postal_code: str
    city: str
    account_channel: str
    collector_id: int | None
    pay_by: date | None
    contact_id: int | None
    contact: str
    email: str
    contact_language: str
    attaches_statement: bool
    letters_without_email: bool
    number: str = ""

    @property
    def in_writing(self) -> bool:
        return self.channel != "task" and self.account_channel == "email"

    @property
    def by_post(self) -> bool:
        instead = self.channel == "email" and self.letters_without_email and not self.email
        return self.in_writing and (self.channel == "letter" or instead)

    @property
    def by_mail(self) -> bool:
        return self.in_writing and self.channel == "email" and not self.by_post

    @property
    def by_sms(self) -> bool:
        return self.in_writing and self.channel == "sms"

    @property
    def has_address(self) -> bool:
        if self.by_post:
            return bool(self.city)
        return bool(self.number) if self.by_sms else bool(self.email)

    @property
    def task(self) -> Task.Kind | None:
        """What a person has to do: call where the level or the account says so, find out where it can be sent."""
        if self.in_writing and not self.has_address:
            return Task.Kind.NO_CONTACT
        return Task.Kind.CALL if self.opens_task or not self.in_writing else None

    @property
    def why(self) -> str:
        count = "an item" if self.items == 1 else f"{self.items} items"
        sentence = f"{self.level_name} (level {self.level}): {count} overdue, {plain(self.total, self.currency)}"
        where = "no postal address" if self.by_post else "no contact with an e-mail address"
        if self.by_sms:
            where = "no contact with a mobile number"
        missing = f"; there is {where}." if self.task == Task.Kind.NO_CONTACT else "."
        return f"{sentence} {self.currency}{missing}"


@dataclass(frozen=True)
class Drafted:
    """A notice in words, whichever way it goes."""

    notice: Noticed
    letter: Letter
    words: Words
    pay_to: BankAccount | None


def read(run: DunningRun, ids: list[int]) -> list[Noticed]:
    """Who these notices are for, and what their levels do."""
    instead = DunningSettings.objects.filter(entity=run.entity_id, letters_without_email=True).exists()
    with connection.cursor() as cursor:
        cursor.execute(NOTICES, {"notices": ids})
        notices = [Noticed(*row, instead) for row in cursor.fetchall()]
    return _with_numbers(notices, run.entity.country)


def _with_numbers(notices: list[Noticed], country: str) -> list[Noticed]:
    """Those that go as a text message with whom they go to: the first with a number of a mobile that is in use."""
    told = {notice.customer_id: notice.country or country for notice in notices if notice.by_sms}
    contacts = Contact.objects.filter(customer__in=told, in_use=True).exclude(phone="") if told else []
    numbered = [(contact, phones.mobile(contact.phone, told[contact.customer_id])) for contact in contacts]
    out_of_use = addresses.dead_numbers(number for _, number in numbered) if numbered else set()
    first: dict[int, tuple[Contact, str]] = {}
    for contact, number in sorted(numbered, key=lambda pair: (pair[0].role != Contact.Role.BILLING, pair[0].pk)):
        if number and number not in out_of_use:
            first.setdefault(contact.customer_id, (contact, number))
    return [_to(notice, *first[notice.customer_id]) if notice.customer_id in first else notice for notice in notices]


def _to(notice: Noticed, contact: Contact, number: str) -> Noticed:
    if not notice.by_sms:
        return notice
    facts = {"contact_id": contact.pk, "contact": contact.name, "contact_language": contact.language}
    return replace(notice, **facts, number=number)


def write(
    run: DunningRun, notices: Iterable[Noticed], *, costs: Mapping[int, tuple[Cost, ...]], on: date
) -> list[Drafted]:
    """Put notices into words: each item, what else is open where the policy lists it, what it costs, where to pay."""
    notices = list(notices)
    ids = [notice.id for notice in notices]
    items: dict[int, list[Owed]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(LINES, {"notices": ids, "on": on})
        for notice_id, *owed in cursor.fetchall():
            items[notice_id].append(Owed(*owed))
        also = _also(cursor, run, ids, on)
    pay_to = banks.pay_to(run.entity, {notice.currency for notice in notices})
    own = {(each.name, each.language): each.as_text() for each in Wording.objects.filter(entity=run.entity_id)}
    drafted = []
    for notice in notices:
        language = letters.language(notice.contact_language, notice.language)
        letter = letter_of(
            run.entity,
            pay_to[notice.currency],
            language=language,
            template=notice.template,
            customer=notice.customer,
            customer_number=notice.customer_number,
            currency=notice.currency,
            total=notice.total,
            on=on,
            items=tuple(items[notice.id]),
            also=also[notice.id],
            costs=costs.get(notice.id, ()),
            pay_by=notice.pay_by,
        )
        words = letters.write(letter, own.get((notice.template, language)))
        drafted.append(Drafted(notice, letter, words, pay_to[notice.currency]))
    return drafted


def _also(cursor, run: DunningRun, notices: list[int], on: date) -> dict[int, tuple[Owed, ...]]:
    """What each notice lists beside its items, where its policy says so; credits have negative amounts."""
    found: dict[int, tuple[Owed, ...]] = defaultdict(tuple)
    cursor.execute(SAYING_MORE, {"notices": notices})
    rows = cursor.fetchall()
    if rows:
        ids, payers = (list(column) for column in zip(*rows, strict=True))
        cursor.execute(ALSO, {"notices": ids, "payers": payers, "entity": run.entity_id, "on": on})
        for notice_id, number, due_on, days_late, amount, customer, payment in cursor.fetchall():
            found[notice_id] += (Owed(number, due_on, days_late, 0, amount, customer, payment),)
    return found


def letter_of(entity: LegalEntity, pay_to: BankAccount | None, **facts) -> Letter:
    """A letter of the legal entity's: who writes and to which account it is paid, beside the other facts."""
    return Letter(
        entity=entity.name,
        entity_email=entity.email,
        entity_phone=entity.phone,
        entity_address=entity.address,
        entity_registration=entity.registration_number,
        entity_vat_id=entity.vat_id,
        iban=pay_to.iban if pay_to else "",
        bic=pay_to.bic if pay_to else "",
        account_number=pay_to.account_number if pay_to else "",
        bank=pay_to.bank if pay_to else "",
        **facts,
    )
