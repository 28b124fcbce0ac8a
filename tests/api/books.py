"""A book with one of everything that the API names by a number."""

from datetime import UTC, date, datetime
from decimal import Decimal
from email.message import EmailMessage

from o2c.analytics.models import Snapshot
from o2c.analytics.models.serving import Step as Served
from o2c.analytics.serving import keeping as serving
from o2c.analytics.snapshots import taking
from o2c.collections import claims, disputes, placements, policies, targets, worklist
from o2c.collections.disputes import files
from o2c.collections.incoming import keeping as incoming
from o2c.collections.inquiries import opening
from o2c.collections.interest import charging, packs
from o2c.collections.models import (
    Agency,
    Backtest,
    ChronicDecision,
    DisputeSuggestion,
    DunningRun,
    IncomingMail,
    InterestNote,
    InterestPack,
    LatePayer,
    LatePayerConsequence,
    LatePayerRule,
    Notice,
    PaymentPlan,
    Pilot,
    Task,
    Trial,
)
from o2c.collections.netting import agreeing as netting_agreements
from o2c.collections.netting import asking
from o2c.collections.plans import agreeing
from o2c.collections.plans.schedules import Step
from o2c.collections.strategies import rules as strategies
from o2c.core import clock, documents
from o2c.core.actors import SYSTEM
from o2c.core.models import Message, Role
from o2c.invoicing import banks
from o2c.invoicing.bank import keeping
from o2c.invoicing.cash import deductions, details, refunds, transfers, writeoffs
from o2c.invoicing.invoices import drafts
from o2c.invoicing.invoices.drafts import Draft, Line
from o2c.invoicing.matching import deciding
from o2c.invoicing.models import (
    Allocation,
    BankAccount,
    BankLine,
    BillingRun,
    Collection,
    DebitFile,
    DebitRun,
    EarlyOffer,
    EarlyOfferRule,
    EarlyOfferRun,
    LineUse,
    Mandate,
    Payable,
    ReasonCode,
    Receipt,
    RemittanceAdvice,
    WriteOff,
)
from o2c.invoicing.remittances import keeping as remittances
from o2c.invoicing.statements import runs
from o2c.orders import products
from o2c.orders.contracts import keeping as contracts
from o2c.orders.credit import limits, reviewing
from o2c.orders.credit import policies as policies_of_credit
from o2c.orders.deliveries import carriers
from o2c.orders.models import Account, Carrier, Contact, CreditDecision, LegalEntity, Product, TrackingEvent
from o2c.orders.ordering import writing as ordering
from o2c.orders.ordering.drafts import DraftLine, DraftOrder
from o2c.orders.prices import keeping as prices
from o2c.orders.prices import lists
from tests.orders import ordered
from tests.orders.credit_makers import order


def decisions(given, entity, customer, item, receipt, bank, currency) -> dict:
    """One of each request, by the name of its address."""
    day = date(2026, 3, 2)
    iban = "DE75512108001245126199"
    line = given.bank_line(
        f"10.00 {currency}", statement=given.bank_statement(entity=entity, currency=currency), iban=iban
    )
    LineUse.objects.create(
        line=line, kind="receipt", amount=line.amount, receipt=receipt, effective_on=day, actor="system"
    )
    credit = given.receipt(f"30.00 {currency}", customer=customer, entity=entity)
    Receipt.objects.filter(pk=credit.pk).update(source="erp", external_id=f"{entity.code}-R2")
    other = given.customer(f"{entity.code}-O", entity=entity)
    share = transfers.Share(other, Decimal(1))
    (transfer,) = transfers.move(credit.item, [share], reason="x", on=day, actor=SYSTEM)
    bad = WriteOff.Kind.BAD_DEBT
    return {
        "write-off": writeoffs.write_off(item, Decimal(9), kind=bad, reason="x", on=day, actor=SYSTEM),
        "refund": refunds.ask(credit.item, Decimal(9), iban=iban, reason="x", on=day, actor=SYSTEM),
        "bank-detail-change": details.ask(customer, iban=iban, way="email", reason="x", actor=SYSTEM),
        "deduction": deductions.record(item, Decimal(9), ReasonCode.objects.get(code="price"), on=day, actor=SYSTEM),
        "transfer": transfer,
    }


def debits(given, entity, customer, item, bank, currency) -> dict:
    """A mandate, and a run with its file, as rows: only euros are collected."""
    day = date(2026, 3, 2)
    of = {"entity": entity, "customer": customer}
    mandate = Mandate.objects.create(
        **of, reference=f"{entity.code}-M", signed_on=day, holder="x", iban="DE75512108001245126199", actor="x"
    )
    run = DebitRun.objects.create(
        entity=entity, account=bank, proposed_on=day, due_until=day, collect_on=day, currency=currency, count=1,
        total=20, reason="x", asker="x",
    )  # fmt: skip
    collection = Collection.objects.create(
        **of, run=run, item=item, mandate=mandate, currency=currency, amount=20, scheme="CORE", sequence="FRST",
        holder="x", iban=mandate.iban, from_on=day,
    )  # fmt: skip
    content = documents.of("x.xml", "application/xml", b"<x/>")
    content.save()
    file = DebitFile.objects.create(
        entity=entity, run=run, scheme="CORE", message_id=f"{entity.code}-F", file=content, currency=currency, count=1,
        total=20, actor="x",
    )  # fmt: skip
    return {"mandate": mandate, "debit-run": run, "collection": collection, "debit-file": file}


def interest(entity, customer, currency) -> InterestNote:
    """A note of what is late, by a contract that names one rate."""
    pack = InterestPack.objects.filter(code="contract").first() or packs.write(
        code="contract", name="Contract", source="Contract, § 4", points=Decimal(12), year=360, consumer_points=None,
        has_reference=False, kept=False, compensation=None, currency="", actor=SYSTEM,
    )  # fmt: skip
    packs.rule(
        entity, pack=pack, begins_on=date(2026, 1, 1), minimum=Decimal(0), after_payment=False, compensates=False,
        days_to_pay=14, actor=SYSTEM,
    )  # fmt: skip
    day = date(2026, 6, 30)
    (note,) = charging.charge(entity, [(customer.pk, currency)], until=day, on=day, actor=SYSTEM)
    return note


def mail(entity, customer, item, notice) -> IncomingMail:
    """A mail that answers a message about the notice."""
    told = Message.objects.create(
        key=f"notice:{notice.pk}", owner=entity.code, sender=f"{entity.code}@seller.example", subject="x", text="x",
        recipient=f"{entity.code}@customer.example", language="en", state=Message.State.UNSURE,
    )  # fmt: skip
    Notice.objects.filter(pk=notice.pk).update(message=told)
    written = EmailMessage()
    written["From"], written["Subject"] = f"{entity.code}@customer.example", f"{entity.code} answer"
    written["In-Reply-To"] = f"<{told.reference}@seller.example>"
    written.set_content(f"We will pay {item.number} tomorrow.")
    came = incoming.take_in(written.as_bytes(), mailbox=f"{entity.code} box", entity=entity)
    # one task is enough for the list of tasks
    Task.objects.filter(customer=customer, kind=Task.Kind.REPLY).delete()
    return came


def placed(given, entity, customer, currency) -> dict:
    """A debt that was handed over, with its file."""
    agency = Agency.objects.create(entity=entity, code="A", name="Agency")
    owed = given.open_item(f"30.00 {currency}", customer=customer, entity=entity, number=f"{entity.code}-P")
    placement = placements.place(agency, [owed.pk], reason="x", on=date(2026, 6, 30), actor=SYSTEM)
    claims.work(placement.pk)
    return {"agency": agency, "placement": placement}


def planned(given, entity, customer, currency) -> PaymentPlan:
    item = given.open_item(f"40.00 {currency}", customer=customer, entity=entity)
    step = Step(date(2026, 6, 30), item.open_amount)
    return agreeing.agree(
        customer=customer, entity=entity, items=[item], steps=[step], agreed_on=date(2026, 3, 2), actor=SYSTEM
    )


def disputed(given, entity, customer, currency) -> dict:
    item = given.open_item(f"50.00 {currency}", customer=customer, entity=entity)
    case = disputes.open(item, reason="Too dear", on=date(2026, 3, 2), actor=SYSTEM)
    suggested = DisputeSuggestion.objects.create(
        entity=entity, customer=customer, code=ReasonCode.objects.get(code="price"), disputes=[case.pk],
        first_on=case.opened_on, last_on=case.opened_on, proposed_on=case.opened_on,
    )  # fmt: skip
    return {
        "dispute-suggestion": suggested, "dispute": case,
        "dispute-file": files.attach(case, "proof.pdf", b"%PDF-1.7", actor=SYSTEM),
    }  # fmt: skip


def asked(entity, customer, item):
    return opening.open(customer, entity, "other", subject=f"{entity.code} question", items=[item], actor=SYSTEM)


def late(entity, customer) -> LatePayer:
    day = date(2026, 3, 2)
    rule = LatePayerRule.objects.create(
        entity=entity, version=1, begins_on=day, months=12, days_late=10, minimum=0, least_invoices=3,
        release_months=3, holds=True, written_by="x",
    )  # fmt: skip
    entry = LatePayer.objects.create(
        entity=entity, customer=customer, payer_id=customer.payer_id, rule=rule, listed_on=day, why="x", invoices=4,
        late=3, late_amount=30, average_days=20,
    )  # fmt: skip
    LatePayerConsequence.objects.create(late_payer=entry, kind="hold", proposed_on=day)
    return entry


def netted(given, entity, customer, currency) -> dict:
    """A payable and a netting of a part of it that waits."""
    day = date(2026, 3, 2)
    agreement = netting_agreements.agree(entity=entity, customer=customer, since=day, actor=SYSTEM)
    item = given.open_item(f"7.00 {currency}", customer=customer, entity=entity)
    owed = Payable.objects.create(
        entity=entity, customer=customer, source="erp", external_id=f"{entity.code}-P", number="P", issued_on=day,
        due_on=day, currency=currency, amount=9, source_open=9, as_of=day,
    )  # fmt: skip
    asked = asking.ask(
        agreement, currency, items={item.pk: Decimal(5)}, owed={owed.pk: Decimal(5)}, reason="x", on=day, actor=SYSTEM
    )
    return {"payable": owed, "netting": asked}


def offered(entity, customer, item) -> EarlyOffer:
    day = date(2026, 3, 2)
    rule = EarlyOfferRule.objects.create(
        entity=entity, version=1, begins_on=day, kind="steps", steps="20: 2", least_percent=0, most_percent=3,
        least_discount=0, minimum=0, least_days=10, pause_days=14, written_by="x",
    )  # fmt: skip
    run = EarlyOfferRun.objects.create(entity=entity, as_of=day, items=1, customers=1, proposed_by="x")
    return EarlyOffer.objects.create(
        entity=entity, customer=customer, payer_id=customer.payer_id, run=run, rule=rule, item=item,
        currency=item.currency, amount=20, base_rate=1, due_on=date(2026, 4, 1), offered_on=day,
        last_on=date(2026, 3, 12), tiers=[{"until": "2026-03-12", "percent": "2"}], best_percent=2, best_discount=1,
    )  # fmt: skip


def expected(given, entity, code: str):
    """Of a collector who works with this legal entity alone."""
    whom = given.user(f"{code}-collector", Role.COLLECTOR, entities=[entity])
    return targets.set_target(
        whom, "collected", amount=Decimal(100), from_on=clock.today(), entity=entity, actor=SYSTEM
    )


def lent(entity, customer) -> dict:
    """A credit limit from a day on, and a policy."""
    account = Account.objects.select_related("entity").get(entity=entity, customer=customer)
    day = date(2026, 3, 2)
    policies_of_credit.change(entity, broken_days=60, actor=SYSTEM)
    limit = limits.say(account, Decimal(5000), valid_from=day, reason="x", today=day, actor=SYSTEM)
    held = order(account, "120.00")
    CreditDecision.objects.create(
        order=held, entity=entity, customer=customer, outcome="held", currency=entity.base_currency, open_items=0,
        delivered=0, confirmed=0, decided_by="x",
    )  # fmt: skip
    review = reviewing.apply(account, Decimal(9000), reason="x", today=day, actor=SYSTEM)
    return {
        "credit-limit": limit, "order": held, "credit-decision": held.credit_decisions.get(), "credit-review": review,
    }  # fmt: skip


def served(entity, customer) -> dict:
    """What a step costs, and work that was written down."""
    day = date(2026, 3, 2)
    taking.take(day, [entity], recorded_before=datetime(2199, 1, 1, tzinfo=UTC))
    return {
        "snapshot": Snapshot.objects.get(entity=entity, day=day),
        "cost-rate": serving.set_rate(entity, Served.DISPUTE, Decimal(1), from_on=day, actor=SYSTEM),
        "work-record": serving.record(
            entity=entity, customer=customer, step=Served.DISPUTE, on=day, quantity=Decimal(30), actor=SYSTEM
        ),
    }


def priced(entity, customer) -> dict:
    """A price list by which the customer buys, and a contract with it; the product is shared."""
    code, day = entity.code, date(2026, 3, 2)
    product = Product.objects.filter(number="P1").first() or products.create(number="P1", name="x", actor=SYSTEM)
    price_list = lists.create(
        entity, code=f"{code}-P", name="x", currency=entity.base_currency, source="erp", external_id=f"{code}-P",
        is_default=True, actor=SYSTEM,
    )  # fmt: skip
    contract = contracts.draft(
        entity=entity, customer=customer, number=f"{code}-T", name="x", begins_on=day, source="erp",
        external_id=f"{code}-T", actor=SYSTEM,
    )  # fmt: skip
    say = {"product": product, "price": Decimal(1), "valid_from": day, "today": day, "actor": SYSTEM}
    ordered = ordering.write(
        DraftOrder(
            entity=entity, customer=customer, ordered_on=day, channel="api", source="erp", external_id=f"{code}-O",
            lines=(DraftLine(quantity=Decimal(2), product=product, price=Decimal(3), tax_rate=Decimal(19)),),
        ),
        actor=SYSTEM,
    )  # fmt: skip
    return {
        "order": ordered,
        "price-list": price_list, "list-price": prices.say(price_list, **say),
        "contract": contract, "contract-price": prices.say(contract, **say),
    }  # fmt: skip


def delivered(entity, customer) -> dict:
    """What left the house of an order, by a carrier that is shared; and a run that billed nothing."""
    carrier = Carrier.objects.filter(code="C1").first() or carriers.create(code="C1", name="x", actor=SYSTEM)
    code, day = entity.code, date(2026, 3, 2)
    sold = ordered.order(
        customer, ("2", "3"), entity=entity, number=f"{code}-S", currency=entity.base_currency
    )  # fmt: skip
    facts = {"source": "erp", "external_id": f"{code}-D", "carrier": carrier, "tracking_number": f"{code}-T"}
    sent = ordered.shipped(sold, on=day, **facts)
    return {
        "carrier": carrier, "delivery": sent,
        "tracking-event": TrackingEvent.objects.create(
            carrier=carrier, event=f"{code}-E", tracking_number=sent.tracking_number, kind="failed",
            at=datetime(2026, 3, 2, tzinfo=UTC),
        ),
        "billing-run": BillingRun.objects.create(entity=entity, as_of=day, created_by="x"),
    }  # fmt: skip


def book(given, code: str, currency: str) -> dict:
    """One of each thing of a legal entity, by the name of its address."""
    entity = given.entity(code, currency)
    customer = given.customer(f"{code}-C", entity=entity, source="erp", external_id=f"{code}-C")
    paid = given.open_item(f"10.00 {currency}", customer=customer, entity=entity)
    receipt = given.pay(paid)
    item = given.open_item(f"20.00 {currency}", customer=customer, entity=entity, number=f"{code}-1")
    task = worklist.create(
        entity=entity, customer=customer, kind=Task.Kind.MANUAL, why="x", due_on=date(2026, 3, 2), actor=SYSTEM
    )
    run = DunningRun.objects.create(entity=entity, as_of=date(2026, 3, 2), proposed_by="x")
    policy = policies.install_standard(entity).policy
    notice = Notice.objects.create(
        run=run, as_of=run.as_of, entity=entity, customer=customer, payer=customer, currency=currency, level=1,
        total=20, items=1, missing=1, policy=policies.in_force(policy, run.as_of),
    )  # fmt: skip
    account = Account.objects.get(customer=customer)
    Account.objects.filter(pk=account.pk).update(source="erp", external_id=f"{code}-A")
    contact = Contact.objects.get(customer=customer)
    Contact.objects.filter(pk=contact.pk).update(source="erp", external_id=f"{code}-K")
    Receipt.objects.filter(pk=receipt.pk).update(source="erp", external_id=f"{code}-R")
    bank = banks.open_account(entity, name="Main", currency=currency, account_number=code, actor=SYSTEM)
    statement = f":20:X\n:25:{code}\n:28C:1\n:60F:C260301{currency}0,\n:61:260302C5,NTRFX\n:62F:C260302{currency}5,\n"
    seen = BankAccount.objects.filter(entity=entity)
    keeping.load(statement.encode(), name=f"{code}.sta", seen=seen, actor=SYSTEM)
    bank_line = BankLine.objects.get(account=bank)
    told = runs.finish(runs.begin(entity=entity, as_of=date(2026, 3, 2), channel="none", actor=SYSTEM))
    line = Line("Work", Decimal(2), Decimal(5), rate=Decimal(19))
    invoice = drafts.write(
        Draft(entity, customer, currency, date(2026, 3, 1), (line,), source="erp", external_id=f"{code}-I"),
        actor=SYSTEM,
    )
    paying = given.bank_line(f"3.00 {currency}", entity=entity)
    proposal = deciding.propose_by_hand(paying, customer, [], actor=SYSTEM)
    rows = f"Payment reference,Invoice number,Amount paid,Currency\n{code} 1,{code}-1,2.00,{currency}\n"
    sent = remittances.load(
        rows.encode(), name="a", seen=LegalEntity.objects.filter(pk=entity.pk), actor=SYSTEM, raw={"decimal": "."}
    )
    # of days of its own, so that one that is asked for is another
    tried = Backtest.objects.create(
        entity=entity, version=notice.policy, first=date(2026, 1, 1), until=date(2026, 1, 31), asker="x"
    )
    came = mail(entity, customer, item, notice)
    decided = decisions(given, entity, customer, item, receipt, bank, currency)
    return {
        **decided,
        **debits(given, entity, customer, item, bank, currency),
        "bank-account": bank, "entity": entity, "customer": customer, "account": account, "contact": contact,
        "item": item, "receipt": receipt, "allocation": Allocation.objects.get(debit_item=paid), "task": task,
        "bank-statement": bank_line.statement,
        "run": run, "notice": notice, "invoice": invoice, "statement-run": told, "statement": told.statements.get(),
        "match-proposal": proposal, "bank-line": paying,
        "remittance-advice": RemittanceAdvice.objects.get(pk__in=sent.new),
        "interest-note": interest(entity, customer, currency), "backtest": tried, "mail": came, "message": came.message,
        "dunning-trial": Trial.objects.create(
            entity=entity, champion=policy, challenger="firm", share=50, first_on=date(2026, 3, 2),
            until=date(2026, 6, 1), salt="x", begun_by="x",
        ),
        "dunning-pilot": Pilot.objects.create(
            entity=entity, begun_by="x", ended_at=datetime(2026, 3, 2, tzinfo=UTC), ended_by="x"
        ),
        **placed(given, entity, customer, currency),
        "payment-plan": planned(given, entity, customer, currency),
        **disputed(given, entity, customer, currency),
        "inquiry": asked(entity, customer, item),
        "late-payer": late(entity, customer),
        "early-offer": offered(entity, customer, item),
        **netted(given, entity, customer, currency),
        "chronic-decision": ChronicDecision.objects.create(
            entity=entity, customer=customer, payer_id=customer.payer_id, act="hold", decision="accepted", why="x",
            decided_on=date(2026, 3, 2), decided_by="x",
        ),
        "target": expected(given, entity, code),
        **served(entity, customer),
        **priced(entity, customer),
        **delivered(entity, customer),
        **lent(entity, customer),
        "strategy": strategies.change(entity, strategies.USUAL, actor=SYSTEM),
    }  # fmt: skip
