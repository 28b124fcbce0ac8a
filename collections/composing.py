"""Making messages and tasks of a run's notices: rechecked, put into words, queued; a chunk of payers at a time.

What goes by post is put on paper too, and waits to be printed.

The number of statements does not depend on the number of notices. Messages and tasks have keys that name the notice,
so doing a part twice makes nothing twice.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import connection, transaction

from o2c.collections import blocking, letters, worklist
from o2c.collections.letters import Letter, Owed, Words
from o2c.collections.models import DunningRun, DunningSettings, Notice, Task, Wording
from o2c.collections.rechecking import recheck
from o2c.collections.texts import Text
from o2c.core import addresses, clock, documents, leases, outbox
from o2c.core.leases import EVERY_PAYER, Lease
from o2c.core.mail import address
from o2c.core.models import Document, Message, MessageAttachment
from o2c.core.money import plain
from o2c.invoicing import banks, correspondents
from o2c.invoicing.models import BankAccount
from o2c.invoicing.papers.facts import NoticePaper, OwedLine, Party
from o2c.invoicing.papers.rendering import render, template_version
from o2c.orders.models import LegalEntity

WORK = "dunning.send"
NOTICES_IN_A_PART = 500

PARTS = """
    WITH payer AS (
        SELECT payer_id, sum(count(*)) OVER (ORDER BY payer_id) - count(*) AS before
        FROM collections_notice WHERE run_id = %(run)s AND state = 'proposed' AND missing = 0 GROUP BY payer_id
    )
    SELECT min(payer_id) FROM payer GROUP BY floor(before / %(size)s) ORDER BY 1
"""
# One row a notice with all that its message or task needs: the level's doing, who reads it and who looks after it.
NOTICES = f"""
    SELECT n.id, n.customer_id, n.payer_id, n.currency, n.total, n.items, n.level, v.name AS level_name,
           v.template, v.channel, v.opens_task, c.number AS customer_number, c.name AS customer, c.country, c.language,
           c.street, c.postal_code, c.city,
           coalesce(a.channel, 'email') AS account_channel, a.collector_id,
           n.pay_by, k.id AS contact_id, coalesce(k.name, '') AS contact, coalesce(k.email, '') AS email,
           coalesce(k.language, '') AS contact_language
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
    WHERE n.id = ANY(%(notices)s) AND b.entity_id = %(entity)s AND b.payer_id = ANY(%(payers)s) AND l.id IS NULL
        AND (b.customer_id = n.customer_id OR p.notice_for = 'payer')
    ORDER BY n.id, b.due_on, i.number, i.id
"""
SAYING_MORE = """
    SELECT n.id, n.payer_id FROM collections_notice n JOIN collections_dunningpolicy p ON p.id = n.policy_id
    WHERE n.id = ANY(%(notices)s) AND (p.lists = 'open' OR p.credits = 'listed')
"""
# The papers of what was issued here, the longest due first: as many as mail servers take.
ATTACH = """
    WITH papers AS (
        SELECT m.id AS message, d.document_id, min(i.due_on) AS due_on
        FROM collections_notice n
        JOIN collections_dunninglevel v ON v.policy_id = n.policy_id AND v.number = n.level AND v.attaches
        JOIN core_message m ON m.key = 'notice:' || n.id AND m.channel = 'email'
        JOIN collections_noticeline l ON l.notice_id = n.id AND l.dropped_because = ''
        JOIN invoicing_openitem i ON i.id = l.item_id
        JOIN invoicing_invoice d ON d.entry_id = i.entry_id AND d.document_id IS NOT NULL
        WHERE n.id = ANY(%(notices)s) GROUP BY m.id, d.document_id
    ), placed AS (
        SELECT message, document_id, row_number() OVER longest AS place,
            sum(octet_length(c.content)) OVER longest AS bytes
        FROM papers JOIN core_document c ON c.id = document_id
        WINDOW longest AS (PARTITION BY message ORDER BY due_on, document_id)
    )
    INSERT INTO core_messageattachment (message_id, document_id, position)
    SELECT message, document_id, place FROM placed WHERE place <= %(most)s AND bytes <= %(bytes)s
    ON CONFLICT DO NOTHING
"""
MOST_PAPERS, MOST_BYTES = 20, 8 * 1024 * 1024
COMPOSED = """
    UPDATE collections_notice n SET state = 'composed', contact_id = t.contact, message_id = m.id
    FROM unnest(%(notices)s::bigint[], %(contacts)s::bigint[]) AS t(notice, contact)
    LEFT JOIN core_message m ON m.key = 'notice:' || t.notice
    WHERE n.id = t.notice AND n.state = 'proposed'
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
    letters_without_email: bool

    @property
    def in_writing(self) -> bool:
        return self.channel != "task" and self.account_channel == "email"

    @property
    def by_post(self) -> bool:
        return self.in_writing and (self.channel == "letter" or (self.letters_without_email and not self.email))

    @property
    def by_mail(self) -> bool:
        return self.in_writing and not self.by_post

    @property
    def has_address(self) -> bool:
        return bool(self.city) if self.by_post else bool(self.email)

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
        missing = f"; there is {where}." if self.task == Task.Kind.NO_CONTACT else "."
        return f"{sentence} {self.currency}{missing}"


def ranges(run: DunningRun, size: int = NOTICES_IN_A_PART) -> list[tuple[int, int]]:
    """Ranges of payers that cover every payer, each with about `size` of the notices that may go; none without."""
    with connection.cursor() as cursor:
        cursor.execute(PARTS, {"run": run.pk, "size": size})
        starts = [row[0] for row in cursor.fetchall()]
    if not starts:
        return []
    first, last = EVERY_PAYER
    return list(zip([first, *starts[1:]], [*(start - 1 for start in starts[1:]), last], strict=True))


def compose_part(run: DunningRun, lease: Lease, *, on: date) -> None:
    """Recheck the part's notices and make messages and tasks of those that stand, in one transaction.

    A replay's messages are for the spool only; it opens no tasks, as nobody should call about the past, and blocks no
    account. A pilot's are only recorded: of them there is nothing but the notices.
    Raises LeaseLost.
    """
    with transaction.atomic():
        leases.hold(lease)
        standing = recheck(run, lease, on=on)
        made = {"messages": 0, "tasks": 0}
        if standing and run.scenario_id is None:
            made = _compose(run, standing, on)
        elif standing:
            Notice.objects.filter(pk__in=standing).update(state=Notice.State.COMPOSED)
        leases.done(lease, made)


def _compose(run: DunningRun, standing: list[int], on: date) -> dict[str, int]:
    instead = DunningSettings.objects.filter(entity=run.entity_id, letters_without_email=True).exists()
    with connection.cursor() as cursor:
        cursor.execute(NOTICES, {"notices": standing})
        notices = [Noticed(*row, instead) for row in cursor.fetchall()]
        cursor.execute(LINES, {"notices": standing, "on": on})
        items = defaultdict(list)
        for notice_id, *owed in cursor.fetchall():
            items[notice_id].append(Owed(*owed))
        also = _also(cursor, run, standing, on)
        pay_to = banks.pay_to(run.entity, {notice.currency for notice in notices})
        own = {(each.name, each.language): each.as_text() for each in Wording.objects.filter(entity=run.entity_id)}
        messages = Message.objects.bulk_create(
            [
                _message(run, notice, tuple(items[notice.id]), also[notice.id], pay_to[notice.currency], own, on)
                for notice in notices
                if notice.by_mail and notice.email
            ],
            ignore_conflicts=True,
            batch_size=1000,
        )
        if not run.replay:
            cursor.execute(ATTACH, {"notices": standing, "most": MOST_PAPERS, "bytes": MOST_BYTES})
            messages += _letters(run, [n for n in notices if n.by_post and n.has_address], items, also, pay_to, own, on)
        cursor.execute(
            COMPOSED,
            {
                "notices": [notice.id for notice in notices],
                "contacts": [notice.contact_id if notice.by_mail else None for notice in notices],
            },
        )
    tasks = [] if run.replay else _open_tasks(run, notices, on)
    if not run.replay:
        blocking.block(run, standing, on=on)
    outbox.emit("notices.composed", run_id=run.pk, notices=len(notices), messages=len(messages), tasks=len(tasks))
    return {"messages": len(messages), "tasks": len(tasks)}


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


def _message(
    run: DunningRun,
    notice: Noticed,
    items: tuple[Owed, ...],
    also: tuple[Owed, ...],
    pay_to: BankAccount | None,
    own: dict[tuple[str, str], Text],
    on: date,
) -> Message:
    entity = run.entity
    letter, words = _words(run, notice, items, also, pay_to, own, on)
    return Message(
        key=f"notice:{notice.id}",
        owner=entity.code,
        sender=address(entity.name, entity.email or settings.DEFAULT_FROM_EMAIL),
        recipient=address(notice.contact or notice.customer, notice.email),
        subject=words.subject,
        text=words.text,
        html=words.html,
        language=letter.language,
        country=notice.country or entity.country,
        spool_only=run.replay,
        created_at=clock.now(),
        not_before=clock.now(),
    )


def _words(
    run: DunningRun,
    notice: Noticed,
    items: tuple[Owed, ...],
    also: tuple[Owed, ...],
    pay_to: BankAccount | None,
    own: dict[tuple[str, str], Text],
    on: date,
) -> tuple[Letter, Words]:
    language = letters.language(notice.contact_language, notice.language)
    letter = letter_of(
        run.entity,
        pay_to,
        language=language,
        template=notice.template,
        customer=notice.customer,
        customer_number=notice.customer_number,
        currency=notice.currency,
        total=notice.total,
        on=on,
        items=items,
        also=also,
        pay_by=notice.pay_by,
    )
    return letter, letters.write(letter, own.get((notice.template, language)))


# --- By post


def _letters(
    run: DunningRun,
    notices: list[Noticed],
    items: dict[int, list[Owed]],
    also: dict[int, tuple[Owed, ...]],
    pay_to: dict[str, BankAccount | None],
    own: dict[tuple[str, str], Text],
    on: date,
) -> list[Message]:
    """Letters to be printed, each with its paper; of those that are there already none anew."""
    keys = [f"notice:{notice.id}" for notice in notices]
    known = set(Message.objects.filter(key__in=keys).values_list("key", flat=True))
    made = [
        _letter(run, notice, tuple(items[notice.id]), also[notice.id], pay_to[notice.currency], own, on)
        for notice in notices
        if f"notice:{notice.id}" not in known
    ]
    Message.objects.bulk_create([message for message, _ in made], batch_size=1000)
    Document.objects.bulk_create([document for _, document in made], batch_size=100)
    MessageAttachment.objects.bulk_create(
        [MessageAttachment(message=message, document=document, position=1) for message, document in made]
    )
    return [message for message, _ in made]


def _letter(
    run: DunningRun,
    notice: Noticed,
    items: tuple[Owed, ...],
    also: tuple[Owed, ...],
    pay_to: BankAccount | None,
    own: dict[tuple[str, str], Text],
    on: date,
) -> tuple[Message, Document]:
    entity = run.entity
    letter, words = _words(run, notice, items, also, pay_to, own, on)
    town = f"{notice.postal_code} {notice.city}".strip()
    lines = [line for line in (notice.street, town) if line]
    message = Message(
        key=f"notice:{notice.id}",
        owner=entity.code,
        channel=Message.Channel.LETTER,
        state=Message.State.TO_PRINT,
        sender=entity.name[:320],
        recipient=", ".join([notice.customer, *lines, notice.country]).strip(", ")[:320],
        subject=words.subject,
        text=words.text,
        language=letter.language,
        country=notice.country or entity.country,
        created_at=clock.now(),
        not_before=clock.now(),
    )
    paper = NoticePaper(
        on=on,
        entity=correspondents.seller(entity),
        customer=Party(notice.customer, tuple(lines), notice.country or entity.country, notice.customer_number),
        language=letter.language,
        currency=notice.currency,
        subject=words.subject,
        opening=words.opening,
        closing=words.closing,
        lines=_lines(items),
        also=_lines(also),
        left_to_pay=letter.left_to_pay,
        total=notice.total,
        pay_by=notice.pay_by,
        pay_to=correspondents.pay_to(entity, pay_to),
        reference=notice.customer_number,
    )
    made_with = template_version()
    document = documents.of(
        f"{words.subject[:80]}.pdf", documents.PDF, render(paper), language=letter.language, made_with=made_with
    )
    return message, document


def _lines(owed: tuple[Owed, ...]) -> tuple[OwedLine, ...]:
    return tuple(
        OwedLine(each.number, each.due_on, each.days_late, each.amount, each.customer, each.payment) for each in owed
    )


def _open_tasks(run: DunningRun, notices: list[Noticed], on: date) -> list[Task]:
    wanted = [notice for notice in notices if notice.task]
    if not wanted:
        return []
    queue = worklist.queue_of(run.entity_id)
    tasks = Task.objects.bulk_create(
        [
            Task(
                key=f"notice:{notice.id}",
                entity_id=run.entity_id,
                customer_id=notice.customer_id,
                payer_id=notice.payer_id,
                kind=notice.task,
                why=notice.why[:300],
                assignee_id=notice.collector_id,
                queue=None if notice.collector_id else queue,
                due_on=on,
                notice_id=notice.id,
                created_by=run.approved_by or run.proposed_by,
            )
            for notice in wanted
        ],
        ignore_conflicts=True,
    )
    worklist.rerank(run.entity_id, as_of=on, customer_ids=sorted({notice.customer_id for notice in wanted}))
    return tasks
