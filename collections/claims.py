"""The file that goes with a hand-over: what is claimed of whom, everything that was tried, and the papers.

A worker makes it, under a lease, so that it is made once whoever dies; it is kept as a document, which the database
refuses to change, so that what was handed over can be shown for as long as it is kept.
"""

import hashlib
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO
from tempfile import SpooledTemporaryFile

from django.db import connection

from o2c.collections.models import Agency, Placement
from o2c.collections.placements import WORK
from o2c.core import documents, leases, worksheets
from o2c.core.actors import Actor, acting
from o2c.core.leases import Lease
from o2c.core.mail import file_name
from o2c.core.models import Document, Partition
from o2c.core.money import plain
from o2c.invoicing.statements.files import csv_line, text
from o2c.orders.models import Contact

ZIP = "application/zip"
# As much as is kept of one hand-over; papers beyond are named in its list of contents and not there.
MOST_BYTES = 40 * 1024 * 1024
IN_MEMORY = 4 * 1024 * 1024

CLAIMS = """
    SELECT i.number, i.kind, i.issued_on, i.due_on, pi.from_on - i.due_on, i.currency, i.amount, pi.amount,
           coalesce(h.charged, 0),
           i.disputed_on IS NOT NULL OR EXISTS (
               SELECT FROM collections_dispute d WHERE d.item_id = i.id AND d.closed_on IS NULL)
    FROM collections_placeditem pi
    JOIN invoicing_openitem i ON i.id = pi.item_id
    LEFT JOIN (
        SELECT c.item_id, sum(c.interest + c.compensation) AS charged
        FROM collections_interestcharge c JOIN collections_interestnote n ON n.id = c.note_id AND n.state = 'charged'
        GROUP BY c.item_id
    ) h ON h.item_id = i.id
    WHERE pi.placement_id = %(placement)s ORDER BY i.due_on, i.id
"""
CLAIM_COLUMNS = (
    "case", "client_number", "creditor", "debtor_number", "debtor", "private_person", "vat_id", "street", "postal_code",
    "city", "country", "language", "contact", "email", "phone", "number", "kind", "issued", "due", "days_late",
    "currency", "amount", "open", "interest_charged", "disputed",
)  # fmt: skip
CONTACT_COLUMNS = ("name", "role", "email", "phone", "language")
# All that was tried of these items, what the customer said and paid, and the calls with it.
HISTORY = """
    WITH placed AS (
        SELECT item_id FROM collections_placeditem WHERE placement_id = %(placement)s
    )
    SELECT day, what, detail, number, amount, said, who FROM (
        SELECT n.as_of AS day, 'notice' AS what, 'level ' || l.level || coalesce(', ' || v.name, '') AS detail,
               i.number, l.open_amount AS amount,
               coalesce(m.channel || ' to ' || m.recipient || ': ' || m.state, n.state) AS said, r.approved_by AS who,
               n.id AS place
        FROM collections_noticeline l
        JOIN placed USING (item_id)
        JOIN invoicing_openitem i ON i.id = l.item_id
        JOIN collections_notice n ON n.id = l.notice_id AND n.state = 'composed'
        JOIN collections_dunningrun r ON r.id = n.run_id
        LEFT JOIN collections_dunninglevel v
            ON v.policy_id = coalesce(l.policy_id, n.policy_id) AND v.number = l.level
        LEFT JOIN core_message m ON m.id = n.message_id
        WHERE l.dropped_because = '' AND l.scenario_id IS NULL
        UNION ALL
        SELECT p.promised_on, 'promise', 'by ' || p.pay_by, i.number, pi.amount, p.state, p.actor, p.id
        FROM collections_promiseditem pi JOIN placed USING (item_id) JOIN invoicing_openitem i ON i.id = pi.item_id
        JOIN collections_promisetopay p ON p.id = pi.promise_id
        UNION ALL
        SELECT d.opened_on, 'dispute', CASE WHEN d.closed_on IS NULL THEN 'open' ELSE 'closed on ' || d.closed_on END,
               i.number, d.amount, d.reason, d.actor, d.id
        FROM collections_dispute d JOIN placed USING (item_id) JOIN invoicing_openitem i ON i.id = d.item_id
        UNION ALL
        SELECT a.effective_on, CASE WHEN a.amount > 0 THEN 'settled' ELSE 'undone' END, c.kind, i.number, a.amount,
               c.number, a.actor, a.id
        FROM invoicing_allocation a JOIN placed ON placed.item_id = a.debit_item_id
        JOIN invoicing_openitem i ON i.id = a.debit_item_id JOIN invoicing_openitem c ON c.id = a.credit_item_id
        UNION ALL
        SELECT n.charged_on, 'interest', n.number || ', until ' || h.until, i.number, h.interest + h.compensation,
               n.state, n.charged_by, h.id
        FROM collections_interestcharge h JOIN placed USING (item_id) JOIN invoicing_openitem i ON i.id = h.item_id
        JOIN collections_interestnote n ON n.id = h.note_id
        UNION ALL
        SELECT (t.happened_at AT TIME ZONE %(zone)s)::date, t.kind, t.outcome, '', NULL, t.text, t.actor, t.id
        FROM collections_activity t
        WHERE t.customer_id = %(customer)s AND t.entity_id = %(entity)s AND t.kind = 'call'
    ) told WHERE day <= %(on)s ORDER BY day, what, place, number
"""
HISTORY_COLUMNS = ("date", "what", "detail", "number", "currency", "amount", "said", "by")
# The papers of the invoices that were issued here, then those of the letters, each once.
PAPERS = """
    SELECT 'invoices' AS folder, d.id, d.name, d.media_type, octet_length(d.content) AS size
    FROM collections_placeditem pi
    JOIN invoicing_openitem i ON i.id = pi.item_id
    JOIN invoicing_invoice v ON v.entry_id = i.entry_id
    JOIN core_document d ON d.id = v.document_id
    WHERE pi.placement_id = %(placement)s
    UNION
    SELECT 'letters', d.id, d.name, d.media_type, octet_length(d.content)
    FROM collections_placeditem pi
    JOIN collections_noticeline l ON l.item_id = pi.item_id AND l.dropped_because = '' AND l.scenario_id IS NULL
    JOIN collections_notice n ON n.id = l.notice_id
    JOIN core_message m ON m.id = n.message_id AND m.channel = 'letter'
    JOIN core_messageattachment a ON a.message_id = m.id
    JOIN core_document d ON d.id = a.document_id
    WHERE pi.placement_id = %(placement)s
    ORDER BY folder, id
"""
# What was written by e-mail and as text messages, as it was written.
MAILS = """
    SELECT DISTINCT n.as_of, n.id, CASE m.channel WHEN 'sms' THEN 'sms' ELSE 'e-mail' END, m.recipient, m.subject,
           m.text
    FROM collections_placeditem pi
    JOIN collections_noticeline l ON l.item_id = pi.item_id AND l.dropped_because = '' AND l.scenario_id IS NULL
    JOIN collections_notice n ON n.id = l.notice_id
    JOIN core_message m ON m.id = n.message_id AND m.channel <> 'letter'
    WHERE pi.placement_id = %(placement)s ORDER BY n.as_of, n.id
"""
CONTENTS_COLUMNS = ("file", "bytes", "sha256", "remark")


def work(placement_id: int) -> bool:
    """Make a placement's file unless somebody else does or has; whether this made it."""
    lease = leases.take(WORK, subject_id=placement_id)
    if lease is None:
        return False
    try:
        _make(Placement.objects.select_related("entity", "agency", "customer").get(pk=placement_id), lease)
    except Exception as error:
        leases.failed(lease, error)
        raise
    return True


def unmade() -> list[int]:
    """Placements whose file waits for a worker, the oldest first: theirs has died, or was never told."""
    leases.sweep()
    waiting = Partition.objects.filter(work=WORK, state=Partition.State.WAITING)
    return list(waiting.order_by("subject_id").values_list("subject_id", flat=True)[:20])


def is_being_made(placement: Placement) -> bool:
    return _parts(placement).filter(state__in=[Partition.State.WAITING, Partition.State.LEASED]).exists()


def has_failed(placement: Placement) -> bool:
    return _parts(placement).filter(state=Partition.State.FAILED).exists()


def _parts(placement: Placement):
    return Partition.objects.filter(work=WORK, subject_id=placement.pk)


def _make(placement: Placement, lease: Lease) -> None:
    name = f"hand-over-{placement.entity.code}-{placement.placed_on}-{placement.pk}.zip"
    document = documents.of(name, ZIP, archive(placement))
    with acting(Actor(placement.placed_by)):
        leases.hold(lease)
        document.save()
        Placement.objects.filter(pk=placement.pk).update(document=document)
        leases.done(lease, {"bytes": len(document.content)})


def archive(placement: Placement) -> bytes:
    """The ZIP of a placement: lists of claims, contacts and history, papers where the agency wants them, contents.

    It is written paper by paper; papers past MOST_BYTES are left out, and the list of contents says so.
    """
    with SpooledTemporaryFile(max_size=IN_MEMORY) as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
            contents = _Contents(packed, placement)
            contents.table("claims", CLAIM_COLUMNS, _claims(placement))
            contents.table("contacts", CONTACT_COLUMNS, _contacts(placement))
            contents.table("history", HISTORY_COLUMNS, _history(placement))
            if placement.agency.with_papers:
                for name, content in _mails(placement):
                    contents.add(name, content)
                for folder, document_id, name, size in _papers(placement):
                    contents.paper(f"{folder}/{name}", document_id, size)
            contents.table("contents", CONTENTS_COLUMNS, list(contents.rows))
        file.seek(0)
        return file.read()


class _Contents:
    """What is in the archive so far, each file with its fingerprint, and under a name of its own."""

    def __init__(self, packed: zipfile.ZipFile, placement: Placement):
        self.packed, self.placement = packed, placement
        self.names: set[str] = set()
        self.rows: list[tuple] = []
        self.size = 0

    def table(self, name: str, columns: Sequence[str], rows: Iterable[Sequence]) -> None:
        agency_format = self.placement.agency.format
        write = WRITERS[agency_format]
        self.add(f"{name}.{agency_format}", write(name, columns, rows))

    def paper(self, name: str, document_id: int, size: int) -> None:
        name = self._once(name)
        if self.size + size > MOST_BYTES:
            self.rows.append((name, size, "", "Left out: the file would be too large. Ask for it."))
            return
        self.add(name, bytes(Document.objects.values_list("content", flat=True).get(pk=document_id)))

    def add(self, name: str, content: bytes) -> None:
        self.names.add(name)
        info = zipfile.ZipInfo(name, self.placement.placed_at.timetuple()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED
        self.packed.writestr(info, content)
        self.size += len(content)
        self.rows.append((name, len(content), hashlib.sha256(content).hexdigest(), ""))

    def _once(self, name: str) -> str:
        stem, dot, ending = name.rpartition(".")
        number = 1
        while name in self.names:
            number += 1
            name = f"{stem}-{number}{dot}{ending}"
        self.names.add(name)
        return name


def _as_csv(title: str, columns: Sequence[str], rows: Iterable[Sequence]) -> bytes:
    """With a mark that Excel knows UTF-8 by; text that it would run as a formula begins with an apostrophe."""
    lines = [csv_line(columns), *(csv_line(_csv_cell(cell) for cell in row) for row in rows)]
    return "".join(lines).encode("utf-8-sig")


def _csv_cell(cell):
    return text(cell) if isinstance(cell, str) else cell


def _as_workbook(title: str, columns: Sequence[str], rows: Iterable[Sequence]) -> bytes:
    file = BytesIO()
    worksheets.write(file, title, columns, rows)
    return file.getvalue()


WRITERS: dict[str, Callable[[str, Sequence[str], Iterable[Sequence]], bytes]] = {
    Agency.Format.CSV: _as_csv,
    Agency.Format.XLSX: _as_workbook,
}


def _money(amount: Decimal | None, currency: str) -> Decimal | None:
    """At the currency's own scale."""
    return None if amount is None else Decimal(plain(amount, currency))


def _rows(statement: str, placement: Placement) -> list[tuple]:
    facts = {
        "placement": placement.pk,
        "customer": placement.customer_id,
        "entity": placement.entity_id,
        "zone": placement.entity.time_zone,
        "on": placement.placed_on,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, facts)
        return cursor.fetchall()


def _claims(placement: Placement) -> Iterator[tuple]:
    customer, agency = placement.customer, placement.agency
    contact = placement.customer.contacts.filter(in_use=True, role=Contact.Role.BILLING).order_by("pk").first()
    debtor = (
        placement.pk, agency.reference, placement.entity.name, customer.number, customer.name,
        "yes" if customer.is_consumer else "no", customer.vat_id, customer.street, customer.postal_code, customer.city,
        customer.country, customer.language,
        *((contact.name, contact.email, contact.phone) if contact else ("", "", "")),
    )  # fmt: skip
    for number, kind, issued_on, due_on, days, currency, amount, left, charged, disputed in _rows(CLAIMS, placement):
        money = (_money(each, currency) for each in (amount, left, charged))
        yield (*debtor, number, kind, issued_on, due_on, days, currency, *money, "yes" if disputed else "no")


def _contacts(placement: Placement) -> Iterator[tuple]:
    for contact in placement.customer.contacts.filter(in_use=True).order_by("pk"):
        yield contact.name, contact.get_role_display(), contact.email, contact.phone, contact.language


def _history(placement: Placement) -> Iterator[tuple]:
    currency = placement.currency
    for day, what, detail, number, amount, said, who in _rows(HISTORY, placement):
        yield (
            day, what, detail.replace("_", " "), number, currency if amount is not None else "",
            _money(amount, currency), said, who,
        )  # fmt: skip


def _papers(placement: Placement) -> Iterator[tuple[str, int, str, int]]:
    for folder, document_id, name, media_type, size in _rows(PAPERS, placement):
        if media_type == documents.PDF:
            yield folder, document_id, file_name(name), size


def _mails(placement: Placement) -> Iterator[tuple[str, bytes]]:
    for day, notice_id, way, recipient, subject, said in _rows(MAILS, placement):
        name = f"letters/{way}-{_day(day)}-{notice_id}.txt"
        yield name, f"To: {recipient}\nDate: {_day(day)}\nSubject: {subject}\n\n{said}".encode()


def _day(day: date) -> str:
    return day.isoformat()
