"""A small company in which every page has something to show, for the tests of pages."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import uuid4

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession

from o2c.analytics import rollups
from o2c.analytics.models import Snapshot, WorkRecord
from o2c.analytics.models.serving import Step
from o2c.analytics.serving import keeping as serving
from o2c.analytics.snapshots import taking
from o2c.collections import activities, disputes, dunning, holds, promises, teams, worklist
from o2c.collections.disputes import files as dispute_files
from o2c.collections.inquiries import opening
from o2c.collections.models import (
    Absence,
    Activity,
    Agency,
    Backtest,
    BulkAct,
    Dispute,
    DisputeFile,
    DisputeSuggestion,
    DunningPolicy,
    DunningRun,
    Hold,
    IncomingMail,
    Inquiry,
    InterestAgreement,
    InterestNote,
    InterestPack,
    LatePayer,
    LatePayerConsequence,
    LatePayerRule,
    LetterBatch,
    Notice,
    PaymentPlan,
    Placement,
    PolicyChoice,
    PromiseToPay,
    Queue,
    Task,
    Team,
    Trial,
    Wording,
)
from o2c.collections.plans import agreeing
from o2c.collections.plans.schedules import monthly
from o2c.core import clock, documents
from o2c.core.actors import SYSTEM
from o2c.core.api import keys
from o2c.core.models import ApiKey, ImportRun, ImportUpload, Message, MessageAttachment, User
from o2c.invoicing import banks, cash, chart, journal
from o2c.invoicing.bank import setting_aside
from o2c.invoicing.cash.conceding import Part
from o2c.invoicing.guarding import checks
from o2c.invoicing.invoices import drafts, issuing
from o2c.invoicing.invoices.drafts import Draft, Line
from o2c.invoicing.matching import deciding
from o2c.invoicing.models import (
    Allocation,
    BankAccount,
    BankDetailChange,
    BankLine,
    BankLoad,
    Collection,
    DebitFile,
    DebitRun,
    Deduction,
    EarlyOffer,
    EarlyOfferRun,
    Invoice,
    JournalExport,
    LedgerAccount,
    LineUse,
    Mandate,
    MatchProposal,
    Netting,
    OpenItem,
    PayerAlias,
    Quarantine,
    ReasonCode,
    Receipt,
    Refund,
    RefundExport,
    RemittanceAdvice,
    Statement,
    StatementSchedule,
    Transfer,
    WriteOff,
)
from o2c.invoicing.statements import runs, schedules
from o2c.orders import access, agreements, business_days, products
from o2c.orders.contracts import keeping as contracts
from o2c.orders.credit import limits, reviewing
from o2c.orders.deliveries import keeping as deliveries
from o2c.orders.models import (
    Account,
    Carrier,
    ClosingDay,
    Contact,
    ContractPrice,
    CreditLimit,
    CreditReview,
    Customer,
    Delivery,
    LegalEntity,
    ListPrice,
    Order,
    OrderProblem,
    PaymentTerms,
    Product,
)
from o2c.orders.ordering import writing as ordering
from o2c.orders.ordering.drafts import DraftLine, DraftOrder
from o2c.orders.prices import keeping, lists
from o2c.orders.terms import Share, Tier
from tests.orders import ordered
from tests.orders.credit_makers import order
from tests.web.makers import (
    advised,
    charged,
    debited,
    decisions,
    handed_over,
    mailed,
    netted,
    offered,
    played,
    printed,
    sent_to_bank,
    tried,
    uploaded,
)


@dataclass
class Company:
    """One legal entity with a customer in every situation; what the addresses of pages name."""

    entity: LegalEntity
    customer: Customer
    account: Account
    contact: Contact
    key: ApiKey
    item: OpenItem
    receipt: Receipt
    allocation: Allocation
    task: Task
    promise: PromiseToPay
    hold: Hold
    dispute: Dispute
    dispute_file: DisputeFile
    dispute_suggestion: DisputeSuggestion
    inquiry: Inquiry
    run: DunningRun
    notice: Notice
    message: Message
    loaded: ImportRun
    upload: ImportUpload
    statement: Statement
    schedule: StatementSchedule
    person: User
    bank: BankAccount
    closing_day: ClosingDay
    terms: PaymentTerms
    team: Team
    export: JournalExport
    passkey: Authenticator
    session: UserSession
    today: date
    draft: Invoice
    invoice: Invoice
    quarantine: Quarantine
    proposal: MatchProposal
    payer: PayerAlias
    write_off: WriteOff
    refund: Refund
    refund_export: RefundExport
    bank_details: BankDetailChange
    deduction: Deduction
    transfer: Transfer
    reason: ReasonCode
    bank_load: BankLoad
    bank_line: BankLine
    line_use: LineUse
    mandate: Mandate
    debit_run: DebitRun
    debit_file: DebitFile
    collection: Collection
    advice: RemittanceAdvice
    mail: IncomingMail
    policy: DunningPolicy
    choice: PolicyChoice
    wording: Wording
    backtest: Backtest
    trial: Trial
    interest: InterestNote
    interest_pack: InterestPack
    agreement: InterestAgreement
    letters: LetterBatch
    agency: Agency
    placement: Placement
    plan: PaymentPlan
    absence: Absence
    many: BulkAct
    list_price: ListPrice
    contract_price: ContractPrice
    credit_limit: CreditLimit
    held: Order
    credit_review: CreditReview
    delivery: Delivery
    work: WorkRecord
    kept_day: Snapshot
    order_problem: OrderProblem
    late_payer: LatePayer
    consequence: LatePayerConsequence
    offer: EarlyOffer
    offer_run: EarlyOfferRun
    netting: Netting

    def arguments(self) -> dict[str, dict]:
        """What each named address needs; an address that needs nothing is not in it."""
        named = {
            "customer": self.customer,
            "account": self.account,
            "product": self.list_price.product,
            "price_list": self.list_price.price_list,
            "list_price": self.list_price,
            "contract": self.contract_price.contract,
            "contract_price": self.contract_price,
            "credit_limit": self.credit_limit,
            "held": self.held,
            "credit_review": self.credit_review,
            "delivery": self.delivery,
            "work": self.work,
            "kept_day": self.kept_day,
            "ordered": self.delivery.lines.get().order_line.order,
            "carrier": self.delivery.carrier,
            "order": self.order_problem.order,
            "order_problem": self.order_problem,
            "contact": self.contact,
            "key": self.key,
            "item": self.item,
            "receipt": self.receipt,
            "allocation": self.allocation,
            "task": self.task,
            "many": self.many,
            "promise": self.promise,
            "hold": self.hold,
            "dispute": self.dispute,
            "dispute_file": self.dispute_file,
            "dispute_suggestion": self.dispute_suggestion,
            "inquiry": self.inquiry,
            "run": self.run,
            "notice": self.notice,
            "message": self.message,
            "loaded": self.loaded,
            "upload": self.upload,
            "statement": self.statement,
            "statement_run": self.statement.run,
            "schedule": self.schedule,
            "person": self.person,
            "entity": self.entity,
            "bank": self.bank,
            "closing_day": self.closing_day,
            "terms": self.terms,
            "team": self.team,
            "queue": self.team.queues.first(),
            "export": self.export,
            "passkey": self.passkey,
            "session": self.session,
            "draft": self.draft,
            "invoice": self.invoice,
            "quarantine": self.quarantine,
            "proposal": self.proposal,
            "waiting_line": self.proposal.line,
            "payer": self.payer,
            "write_off": self.write_off,
            "refund": self.refund,
            "refund_export": self.refund_export,
            "bank_details": self.bank_details,
            "deduction": self.deduction,
            "transfer": self.transfer,
            "reason": self.reason,
            "bank_load": self.bank_load,
            "bank_line": self.bank_line,
            "bank_statement": self.bank_line.statement,
            "line_use": self.line_use,
            "mandate": self.mandate,
            "debit_run": self.debit_run,
            "debit_file": self.debit_file,
            "collection": self.collection,
            "advice": self.advice,
            "mail": self.mail,
            "policy": self.policy,
            "choice": self.choice,
            "backtest": self.backtest,
            "trial": self.trial,
            "interest": self.interest,
            "interest_pack": self.interest_pack,
            "agreement": self.agreement,
            "letters": self.letters,
            "agency": self.agency,
            "placement": self.placement,
            "plan": self.plan,
            "absence": self.absence,
            "late_payer": self.late_payer,
            "consequence": self.consequence,
            "offer": self.offer,
            "offer_run": self.offer_run,
            "netting": self.netting,
            "netting_agreement": self.netting.agreement,
        }
        more = {
            "message_file": {"position": 1},
            "mail_file": {"part": 2},
            "number_series": {"series": "receipt"},
            "journal_file": {"form": "csv"},
            "resolve_dispute": {"how": "credited"},
            "inquiry_rule": {"kind": "copy"},
            "interest_of": {"currency": "EUR"},
            "record_work": {"entity_pk": self.entity.pk},
            "hand_over": {"entity_pk": self.entity.pk, "currency": "EUR"},
            "new_netting": {"currency": "EUR"},
            **{name: {"entity_pk": self.entity.pk} for name in ("chronic_account", "accept_chronic", "keep_chronic")},
            **{name: {"name": "reminder", "language": "en"} for name in ("wording", "try_wording", "save_wording")},
            **{name: {"kind": "refund"} for name in ("approve_request", "refuse_request", "withdraw_request")},
        }
        return {"correct": {"kind": "imports", "act": "set_aside"}, "metric": {"code": "dso"}} | {
            name: {"pk": named[about].pk, **more.get(name, {})}
            for about, names in {
                "customer": "customer customer_dunning customer_habit statement statement_paper ask_statement timeline"
                " log_call add_note record_promise dispute_of open_inquiry agree_plan place_hold edit_customer"
                " dispute_items hold_items send_items write_off_items"
                " customer_prices customer_exposure new_contract new_account new_contact ask_bank_details new_mandate"
                " agree_interest interest_of hand_over"
                " chronic_account accept_chronic keep_chronic customer_serving record_work"
                " customer_payables agree_netting",
                "account": "edit_account edit_credit choose_price_list credit_limits say_limit new_review"
                " billing_tolerance",
                "held": "held_order release_order reject_order",
                "credit_review": "credit_review tell_review approve_review refuse_review withdraw_review",
                "credit_limit": "end_limit",
                "product": "product edit_product",
                "price_list": "price_list edit_price_list say_list_price",
                "list_price": "end_list_price",
                "contract": "contract edit_contract activate_contract end_contract renew_contract discard_contract"
                " say_contract_price",
                "contract_price": "end_contract_price",
                "delivery": "delivery delivery_proof edit_delivery ship_delivery deliver_delivery prove_delivery"
                " cancel_delivery customs_invoice",
                "ordered": "plan_delivery",
                "carrier": "carrier edit_carrier new_carrier_secret end_carrier_secrets",
                "work": "take_back_work",
                "kept_day": "snapshot",
                "order": "order edit_order validate_order confirm_order cancel_order",
                "order_problem": "waive_problem",
                "contact": "edit_contact use_address",
                "key": "rotate_api_key revoke_api_key",
                "item": "item open_dispute write_off_item deduct_item refund_item move_item exchange_item item_policy",
                "receipt": "receipt apply_receipt reverse_receipt return_receipt",
                "allocation": "undo_allocation",
                "task": "task claim_task release_task snooze_task finish_task assign_task called",
                "promise": "withdraw_promise",
                "hold": "lift_hold",
                "dispute": "dispute change_dispute note_dispute resolve_dispute close_dispute take_back_dispute"
                " attach_dispute",
                "dispute_file": "dispute_file remove_dispute_file",
                "inquiry": "inquiry answer_inquiry try_answer change_inquiry note_inquiry close_inquiry reopen_inquiry"
                " dispute_inquiry",
                "dispute_suggestion": "dispute_suggestion accept_suggestion dismiss_suggestion",
                "run": "run run_decisions approve_run approve_notices cancel_run send_run",
                "notice": "notice leave_out approve_notice",
                "mail": "mail mail_file mail_source lay_mail answer_mail settle_mail judge_mail",
                "message": "message message_file retry_message resolve_message leave_out_letter",
                "statement": "statement_document send_statement",
                "statement_run": "statement_run cancel_statement_run",
                "schedule": "edit_statement_schedule stop_statement_schedule resume_statement_schedule",
                "loaded": "import_run import_errors undo_import",
                "upload": "import_upload map_import load_import stop_import discard_import",
                "entity": "entity bank_accounts new_bank_account entity_calendar new_closing_day numbering"
                " number_series chart keepers close_books check_rules cash_rules direct_debit_rules matching_rules"
                " set_cost_rate wording try_wording save_wording dunning_settings interest_rules plan_rules"
                " pilot pilot_file begin_pilot end_pilot strategy edit_strategy inquiry_hours inquiry_rule"
                " late_payer_rule chronic_rules offer_rule propose_offers credit_policy"
                " run_billing billing_rules",
                "interest": "interest_note waive_interest reverse_interest interest_document send_interest",
                "interest_pack": "enter_interest_rate",
                "agreement": "forget_interest",
                "bank": "bank_account",
                "closing_day": "remove_closing_day",
                "terms": "edit_terms",
                "team": "team dissolve_team",
                "queue": "queue",
                "export": "journal_file",
                "bank_load": "bank_load",
                "bank_line": "bank_line set_aside_line",
                "bank_statement": "bank_statement bank_statement_file",
                "line_use": "undo_line_use",
                "advice": "remittance remittance_file join_remittance part_remittance drop_remittance"
                " take_up_remittance",
                "person": "person deactivate_person activate_person send_password_link remove_factors"
                " end_person_sessions",
                "passkey": "mfa_edit_webauthn mfa_remove_webauthn",
                "session": "end_session",
                "draft": "edit_invoice issue_invoice discard_invoice",
                "mandate": "activate_mandate amend_mandate cancel_mandate",
                "debit_run": "debit_run approve_debits refuse_debits withdraw_debits export_debits",
                "debit_file": "debit_file",
                "collection": "reject_debit",
                "write_off": "reverse_write_off",
                "refund": "approve_request refuse_request withdraw_request cancel_refund pay_refund",
                "refund_export": "refund_file",
                "bank_details": "call_back",
                "deduction": "settle_deduction",
                "transfer": "undo_transfer",
                "reason": "edit_reason dispute_rule",
                "invoice": "invoice invoice_document invoice_einvoice send_invoice credit_invoice cancel_invoice"
                " accept_difference",
                "quarantine": "ask_release release_quarantine keep_quarantine",
                "proposal": "accept_proposal reject_proposal undo_match",
                "waiting_line": "match_line split_line",
                "payer": "forget_payer",
                "policy": "policy edit_policy activate_policy discard_policy use_policy ask_backtest",
                "backtest": "backtest",
                "trial": "trial end_trial",
                "plan": "plan withdraw_plan",
                "absence": "end_absence",
                "many": "undo_many",
                "late_payer": "late_payer release_late_payer",
                "consequence": "apply_consequence end_consequence",
                "netting": "netting approve_netting refuse_netting withdraw_netting undo_netting netting_taken_over"
                " netting_taken_back",
                "netting_agreement": "new_netting change_netting_agreement end_netting_agreement netting_paper",
                "offer": "early_offer withdraw_offer",
                "offer_run": "offer_run approve_offers cancel_offers",
                "letters": "letter_batch letter_file print_again post_letters",
                "choice": "forget_choice",
                "agency": "edit_agency",
                "placement": "placement placement_file send_placement recall_placement give_back_placement",
            }.items()
            for name in names.split()
        }


def acted(person: User, task: Task) -> BulkAct:
    """Something that somebody did with many tasks, of which this is the only one."""
    act = BulkAct.objects.create(key=uuid4(), kind="give", user=person, queue=task.queue, done_at=clock.now())
    act.changes.create(task=task, state=task.state, assignee=task.assignee, queue=task.queue)
    return act


def lent(entity, customer, mark, today) -> tuple[CreditLimit, Order, CreditReview]:
    """A limit that begins next week, an order that is held, and an application for more."""
    account = Account.objects.select_related("entity").get(entity=entity, customer=customer)
    begins = today + timedelta(days=7)
    held = order(account, "120.00", state="on_hold", on=today, customer_reference=f"{mark} purchase")
    asked = reviewing.apply(account, Decimal(9000), reason=f"{mark} growth", today=today, actor=SYSTEM)
    limit = limits.say(
        account, Decimal(5000), valid_from=begins, reason=f"{mark} limit", today=today, actor=SYSTEM
    )  # fmt: skip
    return limit, held, asked


def delivered(entity, customer, mark) -> Delivery:
    """A delivery that is proved with a paper, of an order of which a part is left; the carrier is shared."""
    carrier, _ = Carrier.objects.get_or_create(code="VAN", defaults={"name": "Our van", "own_fleet": True})
    lines, to = (("10", "12.5"),), f"{mark} gate"
    made = ordered.order(customer, *lines, entity=entity, number=f"{mark}-DSO", ship_to_name=to)
    sent = ordered.shipped(made, "4", on=clock.today(entity.time_zone), carrier=carrier)
    return deliveries.prove(sent, by=f"{mark} Ring", name=f"{mark}.pdf", content=b"%PDF-1.7", actor=SYSTEM)


def worked(entity, customer, mark, today) -> WorkRecord:
    """Minutes of a dispute that somebody wrote down, and what one costs."""
    serving.set_rate(entity, Step.DISPUTE, Decimal("0.8"), from_on=today, actor=SYSTEM)
    return serving.record(
        entity=entity, customer=customer, step=Step.DISPUTE, on=today, quantity=Decimal(30), note=f"{mark} price",
        actor=SYSTEM,
    )  # fmt: skip


def kept_day(entity, today) -> Snapshot:
    """What was owed yesterday; what is recorded in this transaction is in it."""
    day = today - timedelta(days=1)
    taking.take(day, [entity], recorded_before=datetime(2199, 1, 1, tzinfo=UTC))
    return Snapshot.objects.get(entity=entity, day=day)


def mispriced(entity, customer, mark, today) -> OrderProblem:
    """An order at a price that nobody agreed."""
    line = DraftLine(quantity=Decimal(2), product=Product.objects.first(), price=Decimal(99), tax_rate=Decimal(19))
    made = ordering.write(
        DraftOrder(
            entity=entity, customer=customer, ordered_on=today, channel="browser", lines=(line,), submitted=True,
            customer_reference=f"{mark} PO",
        ),
        actor=SYSTEM,
    )  # fmt: skip
    return made.problems.get(code="price_differs")


def priced(entity, customer, mark, today) -> tuple[ListPrice, ContractPrice]:
    """A price of a list by which the customer buys, and one of a contract that is drafted; the product is shared."""
    sold = Product.objects.first() or products.create(number="P-1", name="Shared product", actor=SYSTEM)
    price_list = lists.create(entity, code=f"{mark}-L", name=f"{mark} list", currency="EUR", actor=SYSTEM)
    account = Account.objects.get(entity=entity, customer=customer)
    lists.choose(account, price_list, valid_from=today, today=today, actor=SYSTEM)
    contract = contracts.draft(
        entity=entity, customer=customer, number=f"{mark}-C", name=f"{mark} contract", begins_on=today, actor=SYSTEM
    )
    say = {"product": sold, "price": Decimal("12.5"), "valid_from": today, "today": today, "actor": SYSTEM}
    return keeping.say(price_list, **say), keeping.say(contract, **say)


def listed_late(entity, customer, mark, today) -> tuple[LatePayer, LatePayerConsequence]:
    """A persistent late payer of whom a credit hold is proposed."""
    rule = LatePayerRule.objects.create(
        entity=entity, version=1, begins_on=today, months=12, days_late=10, minimum=0, least_invoices=3,
        release_months=3, holds=True, written_by="x",
    )  # fmt: skip
    entry = LatePayer.objects.create(
        entity=entity, customer=customer, payer_id=customer.payer_id, rule=rule, listed_on=today,
        why=f"{mark} pays late", invoices=4, late=3, late_amount=30, average_days=20,
    )  # fmt: skip
    return entry, LatePayerConsequence.objects.create(late_payer=entry, kind="hold", proposed_on=today)


def company(given, code: str = "DE1", mark: str = "Shown", *, folder=None) -> Company:
    """Everything there is, once; every name and number of it begins with `mark`."""
    entity = given.entity(code, name=f"{mark} company", email=f"ar@{mark.lower()}.example")
    today = clock.today(entity.time_zone)
    customer = given.customer(
        f"{mark}-{code}", entity=entity, name=f"{mark} customer", email=f"ap@{mark.lower()}.example"
    )

    def owed(number: str, money: str, days_late: int) -> OpenItem:
        due = today - timedelta(days=days_late)
        return given.open_item(money, customer=customer, entity=entity, due=due, number=f"{mark}-{number}")

    item = owed("late", "1000.00 EUR", 40)
    paid, contested, promised, held = (
        owed("paid", "500.00 EUR", 20),
        owed("contested", "60.00 EUR", 10),
        owed("promised", "70.00 EUR", 12),
        owed("held", "80.00 EUR", 12),
    )
    planned = owed("not due", "90.00 EUR", -10)
    receipt = given.receipt("200.00 EUR", customer=customer, entity=entity, on=today)
    (allocation,) = cash.apply(receipt.item, [cash.Split(paid, Decimal("150.00"))], on=today, actor=SYSTEM)
    dispute = disputes.open(contested, reason=f"{mark} reason", on=today, actor=SYSTEM)
    attached = dispute_files.attach(dispute, f"{mark} proof.txt", f"{mark} proof".encode(), actor=SYSTEM)
    suggested = DisputeSuggestion.objects.create(
        entity=entity, customer=customer, code=ReasonCode.objects.get(code="price"), disputes=[dispute.pk],
        first_on=today, last_on=today, proposed_on=today,
    )  # fmt: skip
    asked = opening.open(
        customer, entity, "other", subject=f"{mark} question", text=f"{mark} words", items=[item], actor=SYSTEM
    )
    Task.objects.filter(key__startswith=f"inquiry:{asked.pk}:").delete()  # the one task here is `task`
    hold = holds.place(customer=customer, item=held, reason=f"{mark} hold", from_on=today, actor=SYSTEM)
    promise = promises.record(
        customer=customer,
        entity=entity,
        items=[(promised, Decimal("70.00"))],
        pay_by=today + timedelta(days=5),
        promised_on=today,
        actor=SYSTEM,
    )
    plan = agreeing.agree(
        customer=customer,
        entity=entity,
        items=[planned],
        steps=monthly(planned.open_amount, "EUR", 3, today),
        agreed_on=today,
        note=f"{mark} plan",
        actor=SYSTEM,
    )
    run = dunning.propose(entity, today, actor=SYSTEM)
    notice = Notice.objects.get(run=run)
    task = worklist.create(
        entity=entity, customer=customer, kind=Task.Kind.MANUAL, why=f"{mark} task", due_on=today, actor=SYSTEM
    )
    activities.record(customer=customer, entity=entity, kind=Activity.Kind.NOTE, text=f"{mark} note", actor=SYSTEM)
    message = Message.objects.create(
        key=f"{mark}",
        owner=code,
        sender=f"ar@{mark.lower()}.example",
        recipient=f"ap@{mark.lower()}.example",
        subject=f"{mark} subject",
        text=f"{mark} text",
        language="en",
        state=Message.State.UNSURE,
    )
    file = documents.of(f"{mark}.txt", "text/plain", f"{mark} file".encode())
    file.save()
    MessageAttachment.objects.create(message=message, document=file, position=1)
    errors = ""
    if folder is not None:
        path = folder / f"{mark}.csv"
        path.write_text("line,column,value,reason\n2,amount,x,no amount\n")
        errors = str(path)
    loaded = ImportRun.objects.create(
        kind="open-items",
        source=f"{mark} erp",
        owner=code,
        file_name=f"{mark}.csv",
        sha256="0" * 64,
        rows=3,
        created=2,
        rejected=1,
        errors_file=errors,
        actor="system",
    )
    upload = uploaded(given, entity, mark)
    schedule = schedules.create(
        entity=entity, every="month", day_of_month=1, at=time(6), segment=f"{mark} segment", actor=SYSTEM
    )
    told = runs.finish(runs.begin(entity=entity, as_of=today, channel="none", actor=SYSTEM))
    statement = told.statements.select_related("run").get()
    person = given.user(f"{mark.lower()}-person", "collector", entities=[entity])
    key = keys.create(name=f"{mark} key", scopes=["items:read"], all_entities=False, actor=SYSTEM).key
    access.grant_key(key, [entity], everything=False, actor=SYSTEM)
    bank = banks.open_account(
        entity, name=f"{mark} bank", currency="EUR", account_number=f"{mark} account", actor=SYSTEM
    )
    bank_load = sent_to_bank(given, entity, mark)
    bank_line, line_aside = BankLine.objects.filter(account=bank, statement__format="mt940").order_by("id")
    line_use = setting_aside.set_aside(line_aside, reason=f"{mark} salaries", on=today, actor=SYSTEM)
    closing_day = business_days.close(entity, today + timedelta(days=3), f"{mark} outing", actor=SYSTEM)
    agreement = agreements.Agreement(
        "Shared terms", "net", 30, tiers=(Tier(10, Decimal(2)),), shares=(Share(Decimal(100), 0),)
    )
    terms = agreements.create(f"T-{code}", agreement, actor=SYSTEM) if mark == "Shown" else PaymentTerms.objects.first()
    LegalEntity.objects.filter(pk=entity.pk).update(vat_id="DE123456789")
    line = Line(f"{mark} work", Decimal(1), Decimal(100), rate=Decimal(19))
    # paid before, so that the open items are those above
    bill = Draft(entity, customer, "EUR", today, (line,), terms=terms, prepaid=Decimal(119))
    draft = drafts.write(bill, actor=SYSTEM)
    invoice = issuing.issue(drafts.write(bill, actor=SYSTEM), actor=SYSTEM)
    decided = decisions(given, item, bank, mark, today)
    team = Team.objects.first() or teams.create(
        "team", name="Shared team", lead=person, members=[], queues=Queue.objects.all(), actor=SYSTEM
    )
    ours = LedgerAccount.objects.filter(entity=entity).order_by("pk")
    chart.map_to(entity, {account.key: f"{mark} {number}" for number, account in enumerate(ours)}, actor=SYSTEM)
    export = journal.export(entity, today - timedelta(days=90), today, actor=SYSTEM)
    line = given.bank_line("75.00 EUR", f"{mark} payment", entity=entity, name=f"{mark} payer", iban="DE00", on=today)
    checks.look([(line.pk, customer.pk)])
    company = Company(
        entity,
        customer,
        customer.accounts.get(entity=entity),
        customer.contacts.get(),
        key,
        item,
        receipt,
        allocation,
        task,
        promise,
        hold,
        dispute,
        attached,
        suggested,
        asked,
        run,
        notice,
        message,
        loaded,
        upload,
        statement,
        schedule,
        person,
        bank,
        closing_day,
        terms,
        team,
        export,
        Authenticator.objects.create(
            user=person, type=Authenticator.Type.WEBAUTHN, data={"name": f"{mark} passkey", "credential": {}}
        ),
        UserSession.objects.create(user=person, ip="192.0.2.9", session_key=f"{mark}-session", user_agent=mark),
        today,
        draft,
        invoice,
        Quarantine.objects.get(line=line),
        deciding.propose_by_hand(
            given.bank_line("12.00 EUR", f"{mark} transfer", entity=entity, name=f"{mark} payer", on=today),
            customer,
            [Part(item, Decimal("12.00"))],
            actor=SYSTEM,
        ),
        PayerAlias.objects.create(
            entity=entity, kind=PayerAlias.Kind.NAME, key=f"{mark} PAYER", customer=customer, line=line, actor="clerk"
        ),
        *decided,
        ReasonCode.objects.get(code="price"),
        bank_load,
        bank_line,
        line_use,
        *debited(given, entity, mark, today),
        advised(entity, customer, item, mark),
        mailed(entity, customer, mark),
        DunningPolicy.objects.get(code="standard"),
        PolicyChoice.objects.create(entity=entity, segment=f"{mark} segment", policy="standard"),
        Wording.objects.create(
            entity=entity,
            name="reminder",
            language="en",
            subject=f"{mark} reminder of {{invoices}}",
            opening="Dear {customer},",
        ),
        played(entity, person, today),
        tried(entity, mark, today),
        *charged(entity, item, mark, today),
        printed(run, person),
        *handed_over(given, entity, customer, mark, today),
        plan,
        Absence.objects.create(
            user=person,
            cover=given.user(f"{mark.lower()}-cover", "collector", entities=[entity]),
            first_on=today,
            last_on=today + timedelta(days=5),
            entered_by="x",
        ),
        acted(person, task),
        *priced(entity, customer, mark, today),
        *lent(entity, customer, mark, today),
        delivered(entity, customer, mark),
        worked(entity, customer, mark, today),
        kept_day(entity, today),
        mispriced(entity, customer, mark, today),
        *listed_late(entity, customer, mark, today),
        *offered(entity, planned, today),
        netted(given, entity, customer, mark, today),
    )
    # of all that was made
    rollups.refresh(entity.pk, today)
    return company
