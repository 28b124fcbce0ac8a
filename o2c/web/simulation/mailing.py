"""What customers of a living demo wrote back to its reminders, and what servers reported, taken in by the real acts."""

from datetime import date, datetime, time, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from random import Random
from zoneinfo import ZoneInfo

from babel.dates import format_date
from django.db.models import Exists, OuterRef

from o2c.collections.incoming import keeping, reading
from o2c.collections.models import Notice, NoticeLine
from o2c.core.actors import Actor
from o2c.core.models import Message

MAILBOX = "receivables@lindenwerk.example/INBOX"
# What they write, by language; {number} is an invoice of theirs, {day} one in a week.
LETTERS: tuple[dict[str, str], ...] = (
    {
        "en": "Hello,\n\ninvoice {number} will be paid on {day}.\n\nKind regards",
        "de": "Guten Tag,\n\ndie Rechnung {number} wird am {day} überwiesen.\n\nFreundliche Grüße",
        "fr": "Bonjour,\n\nle virement de la facture {number} sera effectué le {day}.\n\nCordialement",
    },
    {
        "en": "Dear all,\n\nthree of the parts on {number} were damaged. Please send a credit note first.\n\nRegards",
        "de": "Hallo,\n\ndrei Teile von {number} kamen beschädigt an. Bitte zuerst eine Gutschrift.\n\nGruß",
        "fr": "Bonjour,\n\ntrois pièces de la facture {number} sont défectueuses.\n\nCordialement",
    },
    {
        "en": "Hi, {number} has already been paid. Could you check with your bank?",
        "de": "Guten Tag, {number} wurde bereits bezahlt. Bitte prüfen Sie Ihren Zahlungseingang.",
        "fr": "Bonjour, la facture {number} a déjà été réglée.",
    },
    {
        "en": "Hello, we do not have this invoice. Could you send us a copy of the invoice {number}?",
        "de": "Guten Tag, bitte senden Sie uns eine Rechnungskopie von {number}.",
        "fr": "Bonjour, merci de nous envoyer une copie de la facture {number}.",
    },
    {
        "en": "I am no longer responsible for accounts payable. Please contact ap@{domain}.",
        "de": "Ich bin nicht mehr zuständig, bitte wenden Sie sich an buchhaltung@{domain}.",
        "fr": "Je ne suis plus en charge de la comptabilité. Veuillez contacter compta@{domain}.",
    },
)
AWAY = {
    "en": ("Out of office", "I am back on Monday."),
    "de": ("Abwesenheitsnotiz", "Ich bin am Montag wieder da."),
    "fr": ("Réponse automatique : absence", "Je serai de retour lundi."),
}
REPORT = """\
From: Mail Delivery System <MAILER-DAEMON@{domain}>
To: {ours}
Subject: Undelivered mail returned to sender
Date: {day}
Message-ID: <report.{reference}@{domain}>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="report"

--report
Content-Type: text/plain

The message could not be delivered.

--report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.{domain}

Final-Recipient: rfc822; {theirs}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 {theirs}: user unknown

--report
Content-Type: text/rfc822-headers

Message-ID: <{reference}@{ours_domain}>

--report--
"""


def mail(as_of: date, seed: int, *, actor: Actor) -> int:
    """Let some customers answer their newest reminders of the last weeks, of what they still owe; how many came."""
    dice = Random(f"{seed} mail")  # noqa: S311 a demo
    owed = NoticeLine.objects.filter(notice=OuterRef("pk"), item__open_amount__gt=0)
    notices = list(
        Notice.objects.filter(Exists(owed), message__isnull=False, as_of__gt=as_of - timedelta(days=30))
        .select_related("message", "customer", "entity")
        .order_by("-as_of", "pk")[:200]
    )
    # One of each customer, so that nobody answers in two ways at once.
    notices = list({notice.customer_id: notice for notice in reversed(notices)}.values())[::-1]
    chosen = dice.sample(notices, min(len(notices), len(LETTERS) + 3))
    came = 0
    for place, notice in enumerate(chosen):
        if place < len(LETTERS):
            raw = _letter(notice, LETTERS[place], as_of)
        elif place == len(LETTERS):
            raw = _away(notice, as_of)
        elif place == len(LETTERS) + 1:
            raw = _report(notice.message, _when(notice, as_of))
        else:
            raw = _stranger(notice, as_of)
        came += keeping.take_in(raw, mailbox=MAILBOX, entity=notice.entity, actor=actor) is not None
    return came


def _when(notice: Notice, as_of: date) -> datetime:
    return datetime.combine(as_of, time(8, 40 + notice.pk % 20), ZoneInfo(notice.entity.time_zone))


def _mail(notice: Notice, as_of: date, *, sender: str, subject: str, text: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, notice.message.sender, subject
    mail["Date"] = format_datetime(_when(notice, as_of))
    mail["Message-ID"] = f"<{notice.pk}.answer@{_domain(sender)}>"
    mail.set_content(text)
    return mail


def _answer(notice: Notice, as_of: date, subject: str, text: str) -> EmailMessage:
    mail = _mail(notice, as_of, sender=notice.message.recipient, subject=subject, text=text)
    mail["In-Reply-To"] = _id(notice.message)
    return mail


def _letter(notice: Notice, texts: dict[str, str], as_of: date) -> bytes:
    message, language = notice.message, _language(notice.message)
    day = format_date(as_of + timedelta(days=7), "long", locale=language)
    said = texts[language].format(number=_number(notice), day=day, domain=_domain(message.recipient))
    quoted = "\n".join(f"> {line}" for line in message.text.splitlines()[:12])
    text = f"{said}\n\n-----Original Message-----\n{quoted}\n"
    return _answer(notice, as_of, f"Re: {message.subject}", text).as_bytes()


def _away(notice: Notice, as_of: date) -> bytes:
    subject, text = AWAY[_language(notice.message)]
    mail = _answer(notice, as_of, subject, text)
    mail["Auto-Submitted"] = "auto-replied"
    return mail.as_bytes()


def _report(message: Message, when: datetime) -> bytes:
    theirs, ours = reading.address_of(message.recipient), reading.address_of(message.sender)
    text = REPORT.format(
        domain=_domain(theirs), theirs=theirs, ours=ours, ours_domain=_domain(ours), reference=message.reference,
        day=format_datetime(when),
    )  # fmt: skip
    return text.replace("\n", "\r\n").encode()


def _stranger(notice: Notice, as_of: date) -> bytes:
    """Somebody who calls himself the customer, from an address that nobody knows."""
    sender = f"{notice.customer.name.replace(',', '')} <accounting@payments-desk.example>"
    text = f"Our bank details have changed. Please pay the credit of invoice {_number(notice)} to the new account only."
    return _mail(notice, as_of, sender=sender, subject="New bank details", text=text).as_bytes()


def _number(notice: Notice) -> str:
    """The longest due invoice of the notice that is still owed."""
    lines = notice.lines.filter(item__open_amount__gt=0).order_by("item__due_on", "pk")
    return lines.values_list("item__number", flat=True)[0]


def _id(message: Message) -> str:
    return f"<{message.reference}@{_domain(message.sender)}>"


def _domain(address: str) -> str:
    return reading.address_of(address).rpartition("@")[2]


def _language(message: Message) -> str:
    return message.language if message.language in AWAY else "en"
