"""How long what is kept, and why: the one table. `manage.py retention` shows and applies it; see docs/privacy.md.

`O2C_RETENTION="activities=730 messages=1095"` sets other numbers of days.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from pghistory.models import Context

from o2c.collections.models import Activity, DisputeFile, IncomingMail, Inquiry, InquiryAnswer, Placement
from o2c.core import clock
from o2c.core.actors import Actor, acting
from o2c.core.audit import records
from o2c.core.models import AccessRecord, FailedJob, Message, OutboxEvent, SetAside
from o2c.core.providers import files
from o2c.invoicing.models import OpenItem, Statement
from o2c.orders.models import Contact, Delivery, TrackingEvent
from o2c.orders.models.tracking import about
from o2c.web.privacy import documents
from o2c.web.privacy.subjects import ERASED, NAMING, history_of, without
from o2c.web.uploads import acts as upload_acts
from o2c.web.uploads import keeping as uploads

YEAR = 365


@dataclass(frozen=True)
class Rule:
    """`old(before)` finds what is older than that moment; `apply(found)` lets go of it and says of how much.

    Days of None: kept for good, listed so that the table is whole.
    """

    name: str
    what: str
    days: int | None
    why: str
    old: Callable[[datetime], QuerySet | list[Path]] | None = None
    apply: Callable[[QuerySet | list[Path]], int] | None = None


def _delete(rows: QuerySet) -> int:
    return rows.delete()[0]


def _unlink(files: list[Path]) -> int:
    for file in files:
        file.unlink(missing_ok=True)
    return len(files)


def _files(folder: Path, pattern: str, before: datetime) -> list[Path]:
    return [file for file in sorted(folder.glob(pattern)) if file.stat().st_mtime < before.timestamp()]


def _old_spooled(before: datetime) -> list[Path]:
    """What lies in folders of our own: whoever takes files out of another one looks after that."""
    folders = {files.folder(channel): endings for channel, endings in files.ENDINGS.items()}
    ours = {folder: endings for folder, endings in folders.items() if folder.is_relative_to(settings.O2C_RUN_DIR)}
    return [
        file for folder, endings in ours.items() for ending in endings for file in _files(folder, f"*{ending}", before)
    ]


def _empty_messages(rows: QuerySet) -> int:
    references = [str(reference) for reference in rows.values_list("reference", flat=True)]
    documents.unattach(rows.values_list("pk", flat=True))
    changed = Message.objects.filter(reference__in=references).update(**NAMING[Message])
    files.remove(references)
    return changed


def _old_activities(before: datetime) -> QuerySet:
    """Of customers with nothing open: while something is, what was said about it may be needed."""
    still_open = OpenItem.objects.filter(customer=OuterRef("customer")).exclude(open_amount=0)
    old = Activity.objects.filter(happened_at__lt=before).exclude(text__in=["", ERASED])
    return old.filter(~Exists(still_open))


def _old_tracking(before: datetime) -> QuerySet:
    """But of deliveries that are under way still: by it they arrive, or stand among those in trouble."""
    under_way = Delivery.objects.filter(about(), state=Delivery.State.SHIPPED)
    return TrackingEvent.objects.filter(came_at__lt=before).filter(~Exists(under_way))


def _unused_contacts(before: datetime) -> QuerySet:
    events = history_of(Contact).objects.values("pgh_obj_id").annotate(last=Max("pgh_created_at"))
    changed_since = events.filter(pgh_obj_id=OuterRef("pk"), last__gte=before)
    return Contact.objects.filter(in_use=False).exclude(name=ERASED).filter(~Exists(changed_since))


def _anonymise_contacts(rows: QuerySet) -> int:
    ids = list(rows.values_list("pk", flat=True))
    changed = Contact.objects.filter(pk__in=ids).update(**NAMING[Contact])
    values = {key: value for key, value in NAMING[Contact].items() if key != "in_use"}
    with records.rewriting("retention"):
        history_of(Contact).objects.filter(pgh_obj_id__in=ids).update(**values)
    return changed


def _old_failures(before: datetime) -> QuerySet:
    """What was done again or discarded; and what still waits for a person, with an error that nobody needed."""
    unsettled = Q(state=FailedJob.State.OPEN, failed_at__lt=before) & ~Q(error__in=["", ERASED])
    return FailedJob.objects.filter(Q(settled_at__lt=before) | unsettled)


def _forget_failures(rows: QuerySet) -> int:
    """One that waits is still to be done again: it loses its error alone."""
    return rows.filter(state=FailedJob.State.OPEN).update(error=ERASED) + _delete(
        rows.exclude(state=FailedJob.State.OPEN)
    )


def _old_asides(before: datetime) -> QuerySet:
    """What came back long ago; and what was set aside for so long that the reason is needed no more."""
    return SetAside.objects.filter(Q(until__lt=before.date()) | Q(at__lt=before) & ~Q(reason=ERASED))


def _forget_asides(rows: QuerySet) -> int:
    """One that still keeps something from being red stays, without its reason."""
    today = clock.today()
    gone = _delete(rows.filter(until__lte=today))
    return gone + rows.update(reason=ERASED)


def _delete_records(rows: QuerySet) -> int:
    with records.rewriting("retention"):
        return _delete(rows)


def _forget_whence(rows: QuerySet) -> int:
    with records.rewriting("retention"):
        return rows.update(metadata=without("metadata", *WHENCE))


def _forget_inquiries(rows: QuerySet) -> int:
    InquiryAnswer.objects.filter(inquiry__in=rows).update(**NAMING[InquiryAnswer])
    return rows.update(**NAMING[Inquiry])


# What of a context says from where somebody acted; who did what stays.
WHENCE = ("address", "agent")

RULES = (
    Rule(
        "access", "Comings and goings, failed sign-ins, exports taken, what was put right and why", 400,
        "to look into misuse of the last year, which is often found late",
        lambda before: AccessRecord.objects.filter(at__lt=before), _delete_records,
    ),
    Rule(
        "addresses", "From which address and browser people acted", 400, "the same; who did what stays for good",
        lambda before: Context.objects.filter(created_at__lt=before, metadata__has_any_keys=WHENCE), _forget_whence,
    ),
    Rule(
        "sessions", "Sign-ins that have ended", 0, "needed for nothing once they have expired",
        lambda before: Session.objects.filter(expire_date__lt=before), _delete,
    ),
    Rule(
        "events", "Outbox events that were handled", 30, "to look into what went wrong",
        lambda before: OutboxEvent.objects.filter(done_at__lt=before), _delete,
    ),
    Rule(
        "failed_jobs", "Jobs that failed and were done again or discarded; the errors of others", 90,
        "to find out why", _old_failures, _forget_failures,
    ),
    Rule(
        "set_aside", "What was set aside of corrections until a day, and the reasons of the rest", 3 * YEAR,
        "to know why money on account is left alone for as long as it can be claimed back",
        _old_asides, _forget_asides,
    ),
    Rule(
        "import_errors", "Files of rejected rows, which quote the rows", 90, "until the rows are put right",
        lambda before: [
            file
            for folder in (Path(settings.O2C_RUN_DIR) / "imports", uploads.imports_folder())
            for file in _files(folder, "*-errors.csv", before)
        ],
        _unlink,
    ),
    Rule(
        "uploads", "Files sent from a browser, loaded or not", 30, "to look into what was loaded, and to load it again",
        upload_acts.old, upload_acts.let_go,
    ),
    Rule(
        "spool", "Spooled messages as files", 90, "the message itself stays in the database",
        _old_spooled, _unlink,
    ),
    Rule(
        "contacts", "Contacts that are no longer in use", YEAR, "to answer questions about letters to them",
        _unused_contacts, _anonymise_contacts,
    ),
    Rule(
        "activities", "What was said in calls and notes, of customers with nothing open", 3 * YEAR,
        "claims lapse after three years (such as §195 BGB)",
        _old_activities, lambda rows: rows.update(text=ERASED),
    ),
    Rule(
        "tracking", "What carriers told of deliveries that are not under way any more", 3 * YEAR,
        "claims against carriers lapse after one year, or three (such as article 32 CMR, §439 HGB)",
        _old_tracking, _delete,
    ),
    Rule(
        "messages", "Recipient, text and files of messages that are finished", 6 * YEAR,
        "business letters are kept for six years (such as §257 HGB, §147 AO)",
        lambda before: Message.objects.filter(
            finished_at__lt=before, state__in=["sent", "spooled", "refused", "cancelled"]
        ).exclude(text=ERASED),
        _empty_messages,
    ),
    Rule(
        "mail", "Mail that came in: who wrote, and what", 6 * YEAR, "the same",
        lambda before: IncomingMail.objects.filter(came_at__lt=before).exclude(text=ERASED),
        lambda rows: rows.update(**NAMING[IncomingMail]),
    ),
    Rule(
        "statements", "Papers of statements of account; their figures stay", 6 * YEAR, "the same",
        lambda before: Statement.objects.filter(made_at__lt=before, document__isnull=False), documents.let_go_of,
    ),
    Rule(
        "hand_overs", "Files of debts that an agency had; what came of them stays", 6 * YEAR, "the same",
        lambda before: Placement.objects.filter(ended_on__lt=before.date(), document__isnull=False),
        documents.let_go_of_placed,
    ),
    Rule(
        "dispute_files", "Files of disputes that have ended; how they ended stays", 6 * YEAR, "the same",
        lambda before: DisputeFile.objects.filter(dispute__closed_on__lt=before.date(), document__isnull=False),
        documents.let_go_of_files,
    ),
    Rule(
        "inquiries", "What was asked in inquiries that are over, and answered; when stays", 6 * YEAR, "the same",
        lambda before: Inquiry.objects.filter(asked_at__lt=before).exclude(state="open").exclude(subject=ERASED),
        _forget_inquiries,
    ),
    Rule(
        "customers", "Name and address of customers", None,
        "belong to the books for ten years; then, or when asked: manage.py subject erase",
    ),
    Rule("books", "Entries, items, receipts, allocations, decisions", None, "the books are kept whole"),
    Rule("history", "Who changed master data and when", None, "proof of who changed what; erased with its subject"),
)  # fmt: skip


class BadRetention(ValueError):
    """O2C_RETENTION names a rule that there is not, or no number of days."""


def days_of(rule: Rule) -> int | None:
    own = {}
    for word in settings.O2C_RETENTION:
        name, _, days = word.partition("=")
        if name not in {each.name for each in RULES if each.old} or not days.isdigit():
            raise BadRetention(f"O2C_RETENTION: {word!r} is not a rule and its days, such as activities=730.")
        own[name] = int(days)
    return own.get(rule.name, rule.days)


def table(*, apply: bool, actor: Actor, now: datetime | None = None) -> list[dict]:
    """Each rule with how much is older than it allows; with `apply`, how much of it was let go of."""
    now = now or clock.now()
    answer = []
    for rule in RULES:
        days = days_of(rule)
        row = {"rule": rule.name, "what": rule.what, "days": days, "why": rule.why, "old": 0, "done": 0}
        if rule.old is not None and days is not None:
            with acting(actor, act="retention.apply", rule=rule.name):
                found = rule.old(now - timedelta(days=days))
                row["old"] = len(found) if isinstance(found, list) else found.count()
                if apply and row["old"]:
                    row["done"] = rule.apply(found)
        answer.append(row)
    return answer
