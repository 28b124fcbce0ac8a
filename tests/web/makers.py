"""How the parts of the shown company are made, each in every state that a page shows."""

import hashlib
import uuid
from datetime import date, timedelta
from decimal import Decimal
from email.message import EmailMessage

from o2c.collections import agencies, backtests, claims, debiting, placements
from o2c.collections.incoming import keeping as incoming
from o2c.collections.interest import charging, packs
from o2c.collections.models import (
    Agency,
    Backtest,
    DunningPolicy,
    DunningRun,
    IncomingMail,
    InterestAgreement,
    InterestNote,
    InterestPack,
    LetterBatch,
    Placement,
    Task,
    Trial,
)
from o2c.collections.netting import agreeing, asking
from o2c.core import clock, documents
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import ImportUpload, User
from o2c.invoicing import banks
from o2c.invoicing.bank import arriving
from o2c.invoicing.cash import deductions, details, exporting, refunds, transfers, writeoffs
from o2c.invoicing.direct_debit import mandates, setting
from o2c.invoicing.models import (
    BankAccount,
    BankDetailChange,
    BankLoad,
    BankStatement,
    Collection,
    DebitFile,
    DebitRun,
    EarlyOffer,
    EarlyOfferRule,
    EarlyOfferRun,
    LineUse,
    Mandate,
    Netting,
    OpenItem,
    Payable,
    ReasonCode,
    Refund,
    RemittanceAdvice,
    WriteOff,
)
from o2c.invoicing.remittances import keeping as remittances
from o2c.orders.models import Customer, LegalEntity
from o2c.web.loading import KINDS
from o2c.web.uploads import acts, keeping, working

IBAN, NEW_IBAN, OURS = "DE75512108001245126199", "DE02120300000000202051", "DE89370400440532013000"
ANOTHER = "DE88100900001234567892"  # of a customer of another company: one account of both would be looked into


def account_of(mark: str) -> str:
    """From where a company's customer pays."""
    return IBAN if mark == "Shown" else ANOTHER


def printed(run: DunningRun, person: User) -> LetterBatch:
    """A file of letters that were printed."""
    file = documents.of("letters.pdf", documents.PDF, b"%PDF-1.7")
    file.save()
    return LetterBatch.objects.create(
        entity=run.entity, run=run, state="done", count=1, merged=1, pages=2, document=file,
        printed_by=person.username, done_at=clock.now(),
    )  # fmt: skip


def played(entity: LegalEntity, person: User, today: date) -> Backtest:
    """A week of the standard policy, played."""
    version, week = DunningPolicy.objects.get(code="standard"), today - timedelta(days=7)
    asked = Backtest.objects.create(
        entity=entity, version=version, first=week, until=today, asked_by=person, asker=person.username
    )
    return backtests.work(asked.pk)


def tried(entity: LegalEntity, mark: str, today: date) -> Trial:
    """A trial of two policies that nobody is chased by."""
    return Trial.objects.create(
        entity=entity, champion=f"{mark} champion", challenger=f"{mark} challenger", share=20, salt=mark, begun_by="x",
        first_on=today - timedelta(days=20), until=today + timedelta(days=40),
    )  # fmt: skip


def charged(
    entity: LegalEntity, item: OpenItem, mark: str, today: date
) -> tuple[InterestNote, InterestPack, InterestAgreement]:
    """A note of what the customer owes for late payment by a contract, which is agreed with them too."""
    pack = InterestPack.objects.filter(code="shared").first()
    if pack is None:
        pack = packs.write(
            code="shared", name="Shared contract", source="Shared contract, § 4", points=Decimal(9), year=365,
            consumer_points=None, has_reference=True, kept=False, compensation=None, currency="", actor=SYSTEM,
        )  # fmt: skip
        for half in [date(year, month, 1) for year in (today.year - 1, today.year) for month in (1, 7)]:
            packs.enter_rate(pack, half, Decimal(1), actor=SYSTEM)
    packs.rule(
        entity, pack=pack, begins_on=date(2020, 1, 1), minimum=Decimal(0), after_payment=False, compensates=False,
        days_to_pay=14, actor=SYSTEM,
    )  # fmt: skip
    agreed = packs.agree(entity, item.customer, pack=pack, reason=f"{mark} contract", actor=SYSTEM)
    yesterday = today - timedelta(days=1)
    (note,) = charging.charge(entity, [(item.customer_id, "EUR")], until=yesterday, on=today, actor=SYSTEM)
    # let go of again, so that the open items are those above
    return charging.waive(note, reason=f"{mark} goodwill", on=today, actor=SYSTEM), pack, agreed


def handed_over(given, entity: LegalEntity, customer: Customer, mark: str, today: date) -> tuple[Agency, Placement]:
    """A debt that an agency has and that is paid by now, so that the open items are the others."""
    agency = agencies.add(
        entity, "NORD", name=f"{mark} agency", email=f"claims@{mark.lower()}.example", reference=f"{mark} client",
        fee_percent=Decimal("12.5"), actor=SYSTEM,
    )  # fmt: skip
    due = today - timedelta(days=1)
    number = f"{mark}-handed-over"
    item = given.open_item("33.00 EUR", customer=customer, entity=entity, due=due, issued=due, number=number)
    placement = placements.place(agency, [item.pk], reason=f"{mark} silence", on=today, actor=SYSTEM)
    claims.work(placement.pk)
    given.pay(item, on=today)
    placement.refresh_from_db()
    return agency, placement


def offered(entity: LegalEntity, item: OpenItem, today: date) -> tuple[EarlyOffer, EarlyOfferRun]:
    """A discount that a run proposes for an item, until tomorrow."""
    rule = EarlyOfferRule.objects.create(
        entity=entity, version=1, begins_on=today, kind="steps", steps="5: 2", least_percent=0, most_percent=3,
        least_discount=0, minimum=0, least_days=5, pause_days=14, written_by="x",
    )  # fmt: skip
    run = EarlyOfferRun.objects.create(entity=entity, as_of=today, items=1, customers=1, proposed_by="x")
    until = today + timedelta(days=1)
    return EarlyOffer.objects.create(
        entity=entity, customer=item.customer, payer_id=item.payer_id, run=run, rule=rule, item=item,
        currency=item.currency, amount=item.amount, base_rate=1, due_on=item.due_on, offered_on=today, last_on=until,
        tiers=[{"until": until.isoformat(), "percent": "2"}], best_percent=2, best_discount=item.amount / 50,
    ), run  # fmt: skip


def netted(given, entity: LegalEntity, customer, mark: str, today: date) -> Netting:
    """An item and a payable of an agreement with a signed paper, of which a netting waits."""
    agreement = agreeing.agree(
        entity=entity, customer=customer, since=today, reference=f"{mark} set-off", nets="open",
        paper=(f"{mark}-signed.pdf", b"%PDF-1.7"), actor=SYSTEM,
    )  # fmt: skip
    number, due = f"{mark}-netted", today - timedelta(days=1)
    item = given.open_item("44.00 EUR", customer=customer, entity=entity, due=due, issued=due, number=number)
    owed = Payable.objects.create(
        entity=entity, customer=customer, source="erp", external_id=f"{mark}-P", number=f"{mark}-P", issued_on=due,
        due_on=due, currency="EUR", amount=40, source_open=40, as_of=today,
    )  # fmt: skip
    shares = {"items": {item.pk: Decimal(30)}, "owed": {owed.pk: Decimal(30)}}
    return asking.ask(agreement, "EUR", **shares, reason=f"{mark} agreed", on=today, actor=SYSTEM)


def uploaded(given, entity: LegalEntity, mark: str) -> ImportUpload:
    """A file that was sent and checked, with a good row and a bad one."""
    key = uuid.uuid4()
    path = keeping.imports_folder() / key.hex / keeping.FILE
    path.parent.mkdir(parents=True)
    content = (
        "Customer;Invoice;Invoice date;Due date;Amount\n"
        f"{mark}-{entity.code};{mark}-new;2026-01-02;2026-02-01;12.50\n"
        f"{mark}-{entity.code};{mark}-bad;2026-01-02;soon;1\n"
    )
    path.write_text(content)
    loader = given.user(f"{mark.lower()}-loader", "finance_manager")
    kept = keeping.Kept(key, path, f"{mark}-sent.csv", len(content), hashlib.sha256(content.encode()).hexdigest())
    upload = acts.receive(kept, kind=KINDS["open-items"], entity=entity, source=f"{mark} shop", by=loader)
    said = {"currency": "EUR", "create_customers": False, "source": upload.source}
    acts.check(upload, acts.propose(upload, acts.look_of(upload)).map | said, complete=False, by=loader)
    working.work(upload.pk, upload.attempt)
    upload.refresh_from_db()
    return upload


def decisions(given, item, bank, mark: str, today: date) -> tuple:
    """What somebody asked for, in every state that a page shows, of a customer who paid from an account of theirs."""
    customer, entity = item.customer, item.entity
    statement = BankStatement.objects.create(
        entity=entity, account=bank, kind="statement", format="test", currency="EUR", digest=mark, loaded_by="x"
    )
    bank_line = given.bank_line(
        "300.00 EUR", statement=statement, on=today, name=f"{mark} payer", iban=account_of(mark)
    )
    receipt = given.receipt("300.00 EUR", customer=customer, entity=entity, on=today)
    LineUse.objects.create(
        line=bank_line, kind="receipt", amount=300, receipt=receipt, effective_on=today, actor=SYSTEM.name
    )
    clerk = Actor.of(given.user(f"{mark.lower()}-clerk", "cash_clerk", "finance_manager", entities=[entity]))
    boss = Actor.of(given.user(f"{mark.lower()}-boss", "finance_manager", entities=[entity]))
    paying = banks.open_account(entity, name=f"{mark} main", currency="EUR", iban=OURS, actor=SYSTEM)

    def refund(amount: int) -> Refund:
        return refunds.ask(
            receipt.item, Decimal(amount), iban=account_of(mark), reason=f"{mark} reason", on=today, actor=clerk
        )

    refunds.approve(refund(10), on=today, actor=boss)
    export = exporting.export(paying, pay_on=today, today=today, actor=boss)
    refunds.approve(refund(20), on=today, actor=boss)
    waiting = refund(30)
    sister = given.customer(
        f"{mark}2-{entity.code}", entity=entity, name=f"{mark} sister", email=f"office@{mark.lower()}.example"
    )
    (transfer,) = transfers.move(
        receipt.item,
        [transfers.Share(sister, Decimal(50))],
        reason=f"{mark} reason",
        on=today,
        actor=clerk,
    )
    lost = writeoffs.write_off(
        item, Decimal(300), kind=WriteOff.Kind.BAD_DEBT, reason=f"{mark} reason", on=today, actor=clerk
    )
    deduction = deductions.record(
        item, Decimal(100), ReasonCode.objects.get(code="price"), note=f"{mark} note", on=today, actor=clerk
    )
    asked = details.ask(customer, iban=NEW_IBAN, way="email", reason=f"{mark} reason", actor=clerk)
    return lost, waiting, export, asked, deduction, transfer


def debited(given, entity: LegalEntity, mark: str, today: date) -> tuple[Mandate, DebitRun, DebitFile, Collection]:
    """A mandate of a customer who paid from the account, a run that the bank has, and one that waits."""
    setting.set_rules(entity, creditor_id="DE98ZZZ09999999999", actor=SYSTEM)
    account = BankAccount.objects.get(entity=entity, iban=OURS)
    customer = Customer.objects.get(number=f"{mark}-{entity.code}")
    paying = given.customer(
        f"{mark}3-{entity.code}", entity=entity, name=f"{mark} debtor", email=f"debtor@{mark.lower()}.example"
    )
    clerk, boss = (Actor.of(User.objects.get(username=f"{mark.lower()}-{name}")) for name in ("clerk", "boss"))

    def signed(customer: Customer) -> Mandate:
        facts = {"signed_on": today, "iban": account_of(mark), "holder": f"{mark} holder"}
        return mandates.record(entity=entity, customer=customer, **facts, actor=clerk)

    waiting = signed(customer)
    used = signed(paying)
    third = User.objects.get(username=f"{mark.lower()}-person")
    called = {"called_by": boss.user_id, "called_at": clock.now(), "called_number": "1", "decided_by": third}
    BankDetailChange.objects.filter(customer=paying).update(state="approved", **called)
    mandates.activate(used, on=today, actor=clerk)
    runs_made = []
    for number in (1, 2):
        given.open_item("5.00 EUR", customer=paying, entity=entity, due=today, number=f"{mark}-debit-{number}")
        runs_made.append(debiting.propose(account, due_until=today, actor=clerk))
        if number == 1:
            (file,) = debiting.export(debiting.approve(runs_made[0], actor=boss), actor=boss)
    return waiting, runs_made[1], file, Collection.objects.get(run=runs_made[0])


STATEMENT = """:20:{mark}
:25:{mark} account
:28C:{mark}-7
:60F:C260301EUR100,00
:61:2603020302C50,00NTRFNONREF
:86:{mark} paid an invoice
:61:2603020302D20,00NTRFNONREF
:86:{mark} salaries
:62F:C260302EUR130,00
"""


def sent_to_bank(given, entity: LegalEntity, mark: str) -> BankLoad:
    """A file of the bank that a person sent, loaded."""
    key, content = uuid.uuid4(), STATEMENT.format(mark=mark).encode()
    path = arriving.path(key)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    sender = given.user(f"{mark.lower()}-sender", "finance_manager")
    return arriving.work(arriving.receive(key, name=f"{mark}.sta", size=len(content), entity=entity, by=sender).pk)


def advised(entity: LegalEntity, customer: Customer, item: OpenItem, mark: str) -> RemittanceAdvice:
    """An advice that waits for its money."""
    header = "Payment reference,Payer,Invoice number,Amount paid,Currency"
    rows = f"{header}\n{mark} trace,{customer.name},{item.number},7.00,EUR\n"
    loaded = remittances.load(
        rows.encode(), name=f"{mark}.csv", seen=LegalEntity.objects.filter(pk=entity.pk), actor=SYSTEM,
        raw={"decimal": "."},
    )  # fmt: skip
    return RemittanceAdvice.objects.get(pk=loaded.new[0])


def mailed(entity: LegalEntity, customer: Customer, mark: str) -> IncomingMail:
    """A mail of the customer's contact, with a file and a word that seems to promise something."""
    mail = EmailMessage()
    mail["From"] = f"{mark} writer <ap@{mark.lower()}.example>"
    mail["To"], mail["Subject"] = entity.email, f"{mark} answer"
    mail["Message-ID"] = f"<{mark}@{mark.lower()}.example>"
    mail.set_content(f"We will pay {mark}-1 tomorrow.")
    mail.add_attachment(f"{mark} file".encode(), maintype="text", subtype="csv", filename=f"{mark}.csv")
    taken = incoming.take_in(mail.as_bytes(), mailbox=f"{mark} box", entity=entity)
    Task.objects.filter(customer=customer, kind=Task.Kind.REPLY).delete()  # one task is enough for the pages of tasks
    return taken
