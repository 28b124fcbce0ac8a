"""Everything that is kept about one person, as JSON, and their erasure (GDPR, articles 15, 17 and 20).

A person is a customer, by number, or whoever has an e-mail address. Erasing replaces what names the person, in the
rows, in their history and in messages, and leaves numbers, days and amounts: the books must stay for as long as
tax law says (article 17(3)(b)), and they prove as before.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.apps import apps
from django.db import connection, models
from django.db.models import Exists, F, Func, JSONField, Q, QuerySet, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from o2c.analytics.models import WorkRecord
from o2c.collections.models import (
    Activity,
    ChronicDecision,
    Dispute,
    DisputeFile,
    DisputeSuggestion,
    Hold,
    IncomingMail,
    Inquiry,
    InquiryAnswer,
    InterestAgreement,
    InterestNote,
    LatePayer,
    Notice,
    PaymentPlan,
    Placement,
    PromiseToPay,
    Task,
)
from o2c.core import clock, phones
from o2c.core.actors import Actor, acting
from o2c.core.audit import records
from o2c.core.models import AccessRecord, DeadAddress, Document, Message, SetAside, User
from o2c.core.providers import files
from o2c.invoicing.models import (
    Allocation,
    BankDetailChange,
    BankLine,
    Collection,
    CreditRequest,
    Deduction,
    EarlyOffer,
    Entry,
    Invoice,
    Mandate,
    Netting,
    NettingAgreement,
    OpenItem,
    Payable,
    PayerAlias,
    Receipt,
    Refund,
    Statement,
    WriteOff,
)
from o2c.orders.models import (
    Account,
    Contact,
    Contract,
    CreditDecision,
    CreditLimit,
    CreditReview,
    Customer,
    CustomerBankAccount,
    Delivery,
    DeliveryLine,
    Order,
    OrderLine,
    OrderProblem,
    TrackingEvent,
)
from o2c.orders.models.tracking import about
from o2c.web.corrections.kinds import KINDS
from o2c.web.privacy import bank_orders, documents, payments, quoted

ERASED = "(erased)"
# What names a person, of each kind of row, and what stands there afterwards. Its history is treated alike.
NAMING: dict[type[models.Model], dict[str, object]] = {
    Customer: {
        "name": ERASED, "vat_id": "", "eori": "", "peppol_address": "", "street": "", "postal_code": "", "city": "",
    },
    Contact: {"name": ERASED, "email": "", "phone": "", "in_use": False},
    CustomerBankAccount: {"iban": "", "bic": ""},
    Message: {
        "recipient": ERASED, "reply_to": "", "subject": ERASED, "text": ERASED, "html": "", "server_answer": "",
        "address": None,
    },
    IncomingMail: {
        "writer": ERASED, "address": "", "subject": ERASED, "text": ERASED, "said": "", "files": [], "report": "",
        "raw": b"",
    },
    DeadAddress: {"address": "", "text": ""},
    Activity: {"text": ERASED},
    Hold: {"reason": ERASED},
    Dispute: {"reason": ERASED, "note": ""},
    DisputeFile: {"name": ERASED},
    DisputeSuggestion: {"note": ""},
    Inquiry: {"subject": ERASED, "text": ERASED, "note": ""},
    InquiryAnswer: {"subject": ERASED, "text": ERASED},
    Task: {"why": ERASED},
    WorkRecord: {"note": ""},
    Receipt: {"reference": ""},
    SetAside: {"reason": ERASED},
    WriteOff: {"reason": ERASED, "note": ""},
    CreditRequest: {"reason": ERASED, "text": ERASED, "note": ""},
    Refund: {"iban": "", "holder": ERASED, "evidence": ERASED, "reason": ERASED, "note": ""},
    BankDetailChange: {
        "iban": "", "bic": "", "called_number": ERASED, "spoke_with": ERASED, "reason": ERASED, "note": "",
    },
    Deduction: {"note": ""},
    NettingAgreement: {"reference": ""},
    Netting: {"reason": ERASED, "note": "", "undone_because": ""},
    Mandate: {"iban": "", "bic": "", "holder": ERASED},
    InterestAgreement: {"reason": ERASED},
    InterestNote: {"reason": ERASED},
    LatePayer: {"release_reason": ""},
    ChronicDecision: {"reason": ""},
    Placement: {"reason": ERASED, "end_reason": ""},
    Contract: {"name": ERASED, "reason": ""},
    Order: {
        "ship_to_name": ERASED, "ship_to_street": "", "ship_to_postal_code": "", "ship_to_city": "",
        "customer_reference": "", "buyer_reference": "", "incoterm_place": "", "note": "", "reason": ERASED,
    },
    OrderLine: {"description": ERASED, "given": ""},
    OrderProblem: {"text": ERASED, "facts": {}, "waived_reason": ""},
    CreditLimit: {"reason": ""},
    CreditDecision: {"reasons": [], "note": ERASED},
    CreditReview: {"reason": ERASED, "note": "", "rating_provider": "", "rating": ""},
    Delivery: {
        "ship_to_name": ERASED, "ship_to_street": "", "ship_to_postal_code": "", "ship_to_city": "",
        "tracking_number": "", "proved_by": ERASED, "note": "", "reason": ERASED,
    },
    TrackingEvent: {"tracking_number": "", "place": "", "text": ""},
    PaymentPlan: {"note": ERASED, "withdrawn_because": ERASED},
    Collection: {"iban": "", "bic": "", "holder": ERASED},
    BankLine: {
        "party_name": ERASED, "party_iban": "", "party_account": "", "party_bic": "", "party_ultimate": "",
        "remittance": "", "bank_text": "", "end_to_end_id": "", "customer_reference": "", "mandate_id": "",
    },
    PayerAlias: {"key": ""},
}  # fmt: skip
# States of messages that a person would still get.
WAITING = (Message.State.QUEUED, Message.State.TO_PRINT, Message.State.PRINTED)
# Rows that are nothing but what names a person.
DELETED = (CustomerBankAccount, PayerAlias, DeadAddress)
# By what a text may call a person, whatever it is about.
CALLED: dict[type[models.Model], tuple[str, ...]] = {
    Customer: ("name",),
    Contact: ("name", "email", "phone"),
    CustomerBankAccount: ("iban",),
}


class SubjectRefused(ValueError):
    """Nothing was done; the text says why."""


@dataclass
class Subject:
    """The rows that are about a person. By e-mail they are the contacts and the messages, not the customer's own."""

    label: str
    customer: Customer | None = None
    rows: dict[type[models.Model], QuerySet] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    @property
    def found(self) -> bool:
        return any(rows.exists() for rows in self.rows.values())


def customer(number: str) -> Subject:
    """Raises SubjectRefused where there is no such customer."""
    found = Customer.objects.filter(number=number).first()
    if found is None:
        raise SubjectRefused(f"There is no customer {number}.")
    of = {"customer": found}
    contacts = Contact.objects.filter(**of)
    reached = [*(email for email in contacts.values_list("email", flat=True) if email), *_numbers(contacts)]
    rows: dict[type[models.Model], QuerySet] = {
        model: model.objects.filter(**of)
        for model in (
            Contact, CustomerBankAccount, Account, OpenItem, Receipt, PromiseToPay, Hold, Dispute, Task, Activity,
            Notice, Statement, Invoice, WriteOff, CreditRequest, Refund, BankDetailChange, Deduction,
            Mandate, Collection, PayerAlias, IncomingMail, InterestAgreement, InterestNote, Placement,
            PaymentPlan, DisputeSuggestion, Inquiry, LatePayer, ChronicDecision,
            EarlyOffer, Contract, Order, Delivery, NettingAgreement, Netting, Payable,
        )
    }  # fmt: skip
    rows[Customer] = Customer.objects.filter(pk=found.pk)
    rows[BankLine] = _lines(found)
    rows[InquiryAnswer] = InquiryAnswer.objects.filter(inquiry__customer=found)
    rows[DisputeFile] = DisputeFile.objects.filter(dispute__customer=found)
    rows[DeliveryLine] = DeliveryLine.objects.filter(delivery__customer=found)
    sent = Delivery.objects.filter(about(), customer=found)
    rows[TrackingEvent] = TrackingEvent.objects.filter(Exists(sent))
    rows[OrderLine] = OrderLine.objects.filter(order__customer=found)
    rows[OrderProblem] = OrderProblem.objects.filter(order__customer=found)
    rows[Allocation] = Allocation.objects.filter(debit_item__customer=found)
    notices = Notice.objects.filter(**of, message__isnull=False).values("message_id")
    stated = rows[Statement].filter(message__isnull=False).values("message_id")
    answered = rows[InquiryAnswer].filter(message__isnull=False).values("message_id")
    told = Q(pk__in=notices) | Q(pk__in=stated) | Q(pk__in=answered)
    rows[Message] = Message.objects.filter(told | addressed_to(reached))
    rows[DeadAddress] = _dead(reached)
    rows[Document] = (
        documents.attached_to(rows[Message])
        | Document.objects.filter(pk__in=rows[Statement].filter(document__isnull=False).values("document_id"))
        | Document.objects.filter(pk__in=rows[InterestNote].filter(document__isnull=False).values("document_id"))
        | Document.objects.filter(pk__in=rows[Placement].filter(document__isnull=False).values("document_id"))
        | Document.objects.filter(pk__in=rows[DisputeFile].filter(document__isnull=False).values("document_id"))
        | Document.objects.filter(pk__in=rows[NettingAgreement].filter(document__isnull=False).values("document_id"))
        | payments.files_of(rows[BankLine])
        | bank_orders.files_of(rows[Refund], rows[Collection])
    )
    rows[SetAside] = SetAside.objects.filter(
        Q(kind="on_account", key__in=_texts(rows[Receipt])) | Q(kind="no_address", key__in=_texts(rows[Task]))
    )
    return Subject(f"customer {number}", found, rows)


def _lines(found: Customer) -> QuerySet:
    """The lines of the bank that are about a customer, by the accounts and names of before too."""
    accounts, names = history_of(CustomerBankAccount), history_of(Customer)
    ibans = {
        *CustomerBankAccount.objects.filter(customer=found).exclude(iban="").values_list("iban", flat=True),
        *accounts.objects.filter(customer_id=found.pk).exclude(iban="").values_list("iban", flat=True),
        *PayerAlias.objects.filter(customer=found, kind=PayerAlias.Kind.IBAN).values_list("key", flat=True),
    }
    called = {found.name, *names.objects.filter(pgh_obj_id=found.pk).values_list("name", flat=True)} - {"", ERASED}
    return payments.lines_of(found, sorted(ibans), sorted(called))


def person(email: str) -> Subject:
    """Whoever has this address, now or in the history of contacts."""
    email = email.strip()
    if "@" not in email:
        raise SubjectRefused("Name the whole e-mail address.")
    history = history_of(Contact).objects.filter(email__iexact=email).values("pgh_obj_id")
    contacts = Contact.objects.filter(Q(email__iexact=email) | Q(pk__in=history))
    words = [email, *contacts.exclude(name__in=["", ERASED]).values_list("name", flat=True)]
    reached = [email, *_numbers(contacts)]
    customers = contacts.values("customer_id")
    rows: dict[type[models.Model], QuerySet] = {
        Contact: contacts,
        Message: Message.objects.filter(addressed_to(reached)),
        IncomingMail: IncomingMail.objects.filter(address__iexact=email),
        DeadAddress: _dead(reached),
        Activity: mentioning(Activity, "text", words).filter(customer__in=customers),
        Hold: mentioning(Hold, "reason", words).filter(customer__in=customers),
        Dispute: (mentioning(Dispute, "reason", words) | mentioning(Dispute, "note", words)).filter(
            customer__in=customers
        ),
        Task: mentioning(Task, "why", words).filter(customer__in=customers),
        Inquiry: _asked_by(contacts, words).filter(customer__in=customers),
        InquiryAnswer: (mentioning(InquiryAnswer, "subject", words) | mentioning(InquiryAnswer, "text", words)).filter(
            inquiry__customer__in=customers
        ),
    }
    rows[Document] = documents.attached_to(rows[Message])
    pattern = quoted.quoting(words)
    rows[SetAside] = SetAside.objects.filter(reason__iregex=pattern) if pattern else SetAside.objects.none()
    return Subject(f"person {email}", None, rows, words)


def _asked_by(contacts: QuerySet[Contact], words: list[str]) -> QuerySet[Inquiry]:
    """What a person asked, or in which a person is named."""
    found = Inquiry.objects.filter(contact__in=contacts)
    for column in ("subject", "text", "note"):
        found |= mentioning(Inquiry, column, words)
    return found


def _numbers(contacts: QuerySet[Contact]) -> set[str]:
    """Where text messages to the contacts went, now or before."""
    before = history_of(Contact).objects.filter(pgh_obj_id__in=contacts.values("pk"))
    written = {
        pair for rows in (contacts, before) for pair in rows.exclude(phone="").values_list("phone", "customer__country")
    }
    return {number for phone, country in written if (number := phones.mobile(phone, country))}


def _dead(emails: Iterable[str]) -> QuerySet:
    return DeadAddress.objects.filter(address__in=[email.lower() for email in emails])


def _texts(rows: QuerySet) -> QuerySet:
    """The keys of the rows as what is set aside names them."""
    return rows.annotate(text_key=Cast("pk", TextField())).values("text_key")


def names_of(subject: Subject) -> list[str]:
    """By what a text may call the person: names, addresses and numbers, those of before too."""
    names = list(subject.words)
    for model, columns in CALLED.items():
        if model in subject.rows:
            ids = list(subject.rows[model].values_list("pk", flat=True))
            for rows in (model.objects.filter(pk__in=ids), history_of(model).objects.filter(pgh_obj_id__in=ids)):
                names.extend(name for row in rows.values_list(*columns) for name in row if name not in ("", ERASED))
    return names


def addressed_to(reached: Iterable[str]) -> Q:
    """Messages to one of the addresses or numbers, alone or as "Name <address>"."""
    found = Q(pk__in=[])
    for address in reached:
        found |= Q(recipient__iexact=address) | Q(recipient__iendswith=f"<{address}>")
    return found


def mentioning(model: type[models.Model], column: str, words: Iterable[str]) -> QuerySet:
    found = Q(pk__in=[])
    for word in words:
        found |= Q(**{f"{column}__icontains": word})
    return model.objects.filter(found)


def history_of(model: type[models.Model]) -> type[models.Model]:
    """The model of a tracked model's events."""
    return apps.get_model(model._meta.app_label, f"{model.__name__}Event")


def has_history(model: type[models.Model]) -> bool:
    return model in {
        Customer, Contact, CustomerBankAccount, Account, WriteOff, CreditRequest, Refund, BankDetailChange, Deduction,
        Mandate, Collection, PayerAlias, InterestAgreement, InterestNote, PaymentPlan, Contract,
        Order, OrderLine, OrderProblem, Delivery, DeliveryLine,
    }  # fmt: skip


def export(subject: Subject) -> dict:
    """Every row about the person, by kind, and the history of those that keep one. Amounts are texts."""
    if not subject.found:
        raise SubjectRefused(f"Nothing is kept about the {subject.label}.")
    answer: dict = {"subject": subject.label}
    for model, rows in subject.rows.items():
        answer[model._meta.model_name] = [_plain(row) for row in rows.order_by("pk").values()]
        if has_history(model):
            events = history_of(model).objects.filter(pgh_obj_id__in=rows.values("pk")).order_by("pgh_id")
            answer[f"{model._meta.model_name}_history"] = [_plain(row) for row in events.values()]
    answer["user"] = [
        _plain(row)
        for row in User.objects.filter(email__iexact=subject.words[0] if subject.words else "-").values(
            "username", "first_name", "last_name", "email", "language", "date_joined", "last_login"
        )
    ]
    return answer


def _plain(row: dict) -> dict:
    return {key: _plain_value(value) for key, value in row.items()}


def _plain_value(value):
    """As JSON has it; the bytes of a document in base64."""
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    return value if value is None or isinstance(value, bool | int) else str(value)


def erase(subject: Subject, *, actor: Actor) -> dict[str, int]:
    """Replace what names the person, everywhere; how many rows of each kind. Safe to run again.

    Raises SubjectRefused for a customer who still owes or is owed (article 17(3)(e)), or where nothing is known.
    """
    if not subject.found:
        raise SubjectRefused(f"Nothing is kept about the {subject.label}.")
    counts: dict[str, int] = {}
    spooled = []
    with acting(actor, act="subject.erase"):
        if subject.customer is not None:
            if subject.rows[OpenItem].exclude(open_amount=0).exists():
                raise SubjectRefused(
                    f"The {subject.label} has open items: what is needed for a claim stays until it is settled."
                )
            if subject.rows[Refund].filter(state__in=[Refund.State.APPROVED, Refund.State.EXPORTED]).exists():
                raise SubjectRefused(f"The {subject.label} is to be paid a refund: its account stays until it is.")
            if subject.rows[Collection].filter(state__in=["proposed", "exported", "accepted"]).exists():
                raise SubjectRefused(f"The {subject.label} is being collected from: wait until that has ended.")
            subject.rows[Mandate].filter(state__in=["draft", "active", "blocked"]).update(
                state=Mandate.State.CANCELLED, reason=ERASED, ended_on=clock.today()
            )
            # nobody confirms an account any more that is not there
            waiting = [BankDetailChange.State.ASKED, BankDetailChange.State.CALLED]
            changes = subject.rows[BankDetailChange].filter(state__in=waiting)
            changes.update(state=BankDetailChange.State.REFUSED, note=ERASED)
            _forget_references(subject)
            documents.let_go_of(subject.rows[Statement])
            documents.let_go_of_placed(subject.rows[Placement])
            documents.let_go_of_files(subject.rows[DisputeFile])
            documents.let_go_of_agreed(subject.rows[NettingAgreement])
            payments.let_go_of_files(subject.rows[BankLine])
            bank_orders.blacken(subject.rows[Refund], subject.rows[Collection], ERASED)
            payments.forget_decisions(subject.customer, ERASED)
        names = names_of(subject)
        # The rows first: changing a contact makes an event that holds the change.
        keys = {
            model: list(rows.values_list("pk", flat=True)) for model, rows in subject.rows.items() if model in NAMING
        }
        for model, ids in keys.items():
            rows = model.objects.filter(pk__in=ids)
            if model is Message:
                rows.filter(state__in=WAITING).update(state=Message.State.CANCELLED)
                spooled = [str(reference) for reference in rows.values_list("reference", flat=True)]
                documents.unattach(ids)
            if model in DELETED:
                counts[model._meta.model_name] = rows.count()
                rows.delete()
            elif subject.customer is None and model in {Activity, Hold, Dispute, Task, Inquiry, InquiryAnswer}:
                counts[model._meta.model_name] = _blot_out(rows, list(NAMING[model]), subject.words)
            elif subject.customer is None and model is SetAside:
                counts[model._meta.model_name] = len(ids)  # with everything else that quotes the person, below
            else:
                counts[model._meta.model_name] = rows.update(**NAMING[model])
            if has_history(model):
                values = {key: value for key, value in NAMING[model].items() if key != "in_use"}
                events = Q(pgh_obj_id__in=ids)
                if subject.customer and model in {CustomerBankAccount, InterestAgreement}:  # of those that went before
                    events |= Q(customer=subject.customer)
                with records.rewriting("erasure"):
                    history_of(model).objects.filter(events).update(**values)
        _forget_reasons(subject, keys.get(Message, []))
        _forget_in_imports(keys.get(Receipt, []))
        quoted.blot_out(names, ERASED)
    files.remove(spooled)
    return counts


def _forget_in_imports(receipts: list[int]) -> None:
    """What a payer wrote is also noted where a file changed it, before and after."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE core_importedchange SET was = jsonb_set(was, '{reference}', '""'),
                became = jsonb_set(became, '{reference}', '""')
            WHERE subject = 'receipt' AND row = ANY(%s)
            """,
            [receipts],
        )


def without(column: str, *keys: str) -> Combinable:
    """A JSON column without some of its keys."""
    left: Combinable = F(column)
    for key in keys:
        text = Value(key, output_field=TextField())
        left = Func(left, text, template="(%(expressions)s)", arg_joiner=" - ", output_field=JSONField())
    return left


def _forget_reasons(subject: Subject, messages: list[int]) -> None:
    """What somebody wrote beside a correction about the customer, or about a message to the person."""
    about = Q(kind=records.Kind.CORRECTED, what=KINDS["messages"].title, facts__thing__in=[str(pk) for pk in messages])
    if subject.customer is not None:
        about |= Q(customer_id=subject.customer.pk)
    found = AccessRecord.objects.filter(about, facts__has_key="reason")
    if found.exists():
        with records.rewriting("erasure"):
            found.update(facts=without("facts", "reason"))


def _forget_references(subject: Subject) -> None:
    """A payment on account is called by what the payer wrote; the number of an invoice is ours and stays."""
    theirs = Q(kind=OpenItem.Kind.ON_ACCOUNT) | Q(entry__reverses__kind=Entry.Kind.RECEIPT)
    ids = list(subject.rows[OpenItem].filter(theirs).values_list("pk", flat=True))
    OpenItem.objects.filter(pk__in=ids).update(number=Entry.PAYMENT)


def _blot_out(rows: QuerySet, columns: list[str], words: list[str]) -> int:
    """Take a person's name and address out of texts about a customer that stays."""
    pattern = re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)), re.IGNORECASE)
    changed = list(rows)
    for row in changed:
        for column in columns:
            setattr(row, column, pattern.sub(ERASED, getattr(row, column)))
    return rows.model.objects.bulk_update(changed, columns, batch_size=500) or 0


def traces(words: Iterable[str]) -> list[str]:
    """In which columns of the database a word still stands: the proof of an erasure. It reads everything."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT table_name, column_name FROM information_schema.columns
            WHERE table_schema = 'public' AND data_type IN ('text', 'character varying', 'json', 'jsonb', 'ARRAY')
            ORDER BY 1, 2
            """
        )
        for table, column in cursor.fetchall():
            for word in words:
                # Both names come from the database's own catalogue.
                cursor.execute(
                    f'SELECT EXISTS (SELECT 1 FROM "{table}" WHERE strpos(lower("{column}"::text), lower(%s)) > 0)',  # noqa: S608
                    [word],
                )
                if cursor.fetchone()[0]:
                    found.append(f"{table}.{column}")
                    break
    return found
