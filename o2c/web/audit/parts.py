"""What the audit trail is read from: each table that tells of changes, whose rows who may see, and how it is named.

Every tracked model is here by itself: its part is made of its columns. What is said of it below only names it and puts
it with its like; `tests/web/test_audit.py` walks the models.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import pghistory.models
from django.apps import apps
from django.db import models

from o2c.analytics.models import CostRate, WorkRecord
from o2c.collections.models import (
    Absence,
    Agency,
    ChronicDecision,
    ChronicRules,
    Dispute,
    DisputeRule,
    DisputeSuggestion,
    DunningLevel,
    DunningPolicy,
    DunningRun,
    DunningSettings,
    HandOverMinimum,
    Hold,
    Inquiry,
    InquiryHours,
    InquiryRule,
    InterestAgreement,
    InterestCompensation,
    InterestNote,
    InterestPack,
    InterestRate,
    InterestRules,
    LatePayer,
    LatePayerConsequence,
    LatePayerRule,
    LevelFee,
    LevelMinimum,
    NoticeApproval,
    NoticeLimit,
    PaymentPlan,
    Placement,
    PolicyChoice,
    PromiseToPay,
    Queue,
    Strategy,
    StrategyRule,
    Target,
    Team,
    TeamMember,
    TeamQueue,
    Trial,
    Wording,
)
from o2c.core.models import ApiKey, ApiSecret, Factor, Message, NumberPattern, SignOn, User
from o2c.invoicing.models import (
    AcceptedDifference,
    BankAccount,
    BankDetailChange,
    BillingRules,
    BillingTolerance,
    CashRules,
    CheckRule,
    Collection,
    CreditRequest,
    DebitRun,
    Deduction,
    DirectDebitRules,
    EarlyOffer,
    EarlyOfferRule,
    EarlyOfferRun,
    Mandate,
    MatchingRules,
    Netting,
    NettingAgreement,
    Payable,
    PayerAlias,
    Quarantine,
    ReasonCode,
    Refund,
    StatementRun,
    StatementSchedule,
    WriteOff,
)
from o2c.orders.models import (
    Account,
    Carrier,
    CarrierSecret,
    Contact,
    Contract,
    ContractPrice,
    CreditDecision,
    CreditLimit,
    CreditPolicy,
    CreditReview,
    Customer,
    CustomerBankAccount,
    Delivery,
    DeliveryLine,
    EarlyPaymentDiscount,
    EntityAccess,
    Instalment,
    LegalEntity,
    ListPrice,
    Order,
    OrderLine,
    OrderProblem,
    PaymentTerms,
    PriceList,
    PriceListChoice,
    Product,
)

KINDS = {
    "master": "Master data",
    "policy": "Policies and terms",
    "approval": "Approvals and decisions",
    "money": "Money",
    "import": "Imports",
    "access": "Access",
}

# Tracked model → its kind. One that is not here is master data.
KIND_OF: dict[type[models.Model], str] = {
    Account: "master", Contact: "master", Customer: "master", CustomerBankAccount: "master", LegalEntity: "master",
    DunningLevel: "policy", DunningPolicy: "policy", DunningSettings: "policy", EarlyPaymentDiscount: "policy",
    Instalment: "policy", LevelFee: "policy", LevelMinimum: "policy", PaymentTerms: "policy",
    StatementSchedule: "policy",
    CheckRule: "policy", MatchingRules: "policy", PayerAlias: "approval", Quarantine: "approval", ReasonCode: "policy",
    Dispute: "approval", DunningRun: "approval", Hold: "approval", Message: "approval", PromiseToPay: "approval",
    StatementRun: "approval", WriteOff: "approval", Refund: "approval", BankDetailChange: "approval",
    Deduction: "approval", CashRules: "policy", Mandate: "approval", DebitRun: "approval", Collection: "approval",
    DirectDebitRules: "policy", PolicyChoice: "policy", Wording: "policy",
    NoticeLimit: "policy", NoticeApproval: "approval", Trial: "policy", Strategy: "policy", StrategyRule: "policy",
    Absence: "master", Queue: "policy", Target: "policy",
    InterestPack: "policy", InterestRate: "policy", InterestCompensation: "policy", InterestRules: "policy",
    InterestAgreement: "policy", InterestNote: "approval", PaymentPlan: "approval",
    Agency: "policy", HandOverMinimum: "policy", Placement: "approval", DisputeRule: "policy",
    CreditRequest: "approval", DisputeSuggestion: "approval",
    Inquiry: "approval", InquiryHours: "policy", InquiryRule: "policy",
    LatePayer: "approval", LatePayerConsequence: "approval", LatePayerRule: "policy",
    Netting: "approval", NettingAgreement: "policy", Payable: "master",
    EarlyOffer: "approval", EarlyOfferRule: "policy", EarlyOfferRun: "approval",
    ChronicDecision: "approval", ChronicRules: "policy",
    Product: "master", PriceList: "policy", ListPrice: "policy", PriceListChoice: "policy",
    Contract: "approval", ContractPrice: "policy",
    Order: "approval", OrderLine: "approval", OrderProblem: "approval",
    CreditLimit: "approval", CreditPolicy: "policy", CreditDecision: "approval", CreditReview: "approval",
    Carrier: "policy", CarrierSecret: "access", Delivery: "approval", DeliveryLine: "approval",
    BillingRules: "policy", BillingTolerance: "policy", AcceptedDifference: "approval",
    CostRate: "policy", WorkRecord: "approval",
    ApiKey: "access", ApiSecret: "access", EntityAccess: "access", Factor: "access", SignOn: "access", User: "access",
}  # fmt: skip
TITLES: dict[type[models.Model], str] = {
    User: "Person", EntityAccess: "Access to a legal entity", ApiKey: "API key", ApiSecret: "Secret of an API key",
    Factor: "Second factor", SignOn: "Single sign-on of a person",
    Account: "Account", CustomerBankAccount: "Customer's bank account",
    BankAccount: "Own bank account", EarlyPaymentDiscount: "Early-payment discount",
    PolicyChoice: "Policy of a segment or an item", PromiseToPay: "Promise to pay", Message: "Message",
    PaymentPlan: "Payment plan",
    CheckRule: "Check of payments", Quarantine: "Payment held back", PayerAlias: "How a customer pays",
    WriteOff: "Write-off", BankDetailChange: "Bank details of a customer", CashRules: "Rules of letting go",
    Trial: "Trial of two policies", Strategy: "Strategy of the worklist", StrategyRule: "Rule of a strategy",
    Absence: "Absence of a person", Queue: "Queue or pool of tasks", Target: "Target of a person or team",
    Wording: "Wording of notices", NoticeApproval: "Approval of a notice", NoticeLimit: "Limit of notices",
    InterestPack: "Pack of interest", InterestRate: "Rate of interest", InterestCompensation: "Compensation of a pack",
    InterestRules: "Rules of interest", InterestAgreement: "Agreement on interest", InterestNote: "Interest note",
    Mandate: "Direct-debit mandate", DebitRun: "Run of direct debits", Collection: "Direct debit",
    DirectDebitRules: "Rules of direct debit",
    CreditRequest: "Credit note asked for", DisputeRule: "How disputes are handled",
    DisputeSuggestion: "Check before invoicing",
    Inquiry: "Inquiry", InquiryHours: "Hours of inquiries", InquiryRule: "How inquiries are handled",
    LatePayer: "Persistent late payer", LatePayerConsequence: "What follows for a late payer",
    LatePayerRule: "Rule of late payers",
    NettingAgreement: "Netting agreement", Payable: "Payable to a customer",
    EarlyOffer: "Early-payment offer", EarlyOfferRule: "Rule of early-payment offers",
    EarlyOfferRun: "Early-payment offers",
    ListPrice: "Price of a list", PriceListChoice: "List that a customer buys by",
    ContractPrice: "Price of a contract",
    OrderLine: "Line of an order", OrderProblem: "Problem of an order",
    CreditLimit: "Credit limit", CreditPolicy: "Credit policy", CreditDecision: "Credit decision",
    CreditReview: "Credit review",
    CarrierSecret: "Secret of a carrier", DeliveryLine: "Line of a delivery", BillingRules: "Rules of billing",
    BillingTolerance: "Tolerance of billing", AcceptedDifference: "Accepted difference of an invoice",
    ChronicDecision: "Decision about a chronic account", ChronicRules: "Rules of chronic accounts",
    CostRate: "Rate of a step of serving", WorkRecord: "Work for a customer",
    Agency: "Agency or lawyer", HandOverMinimum: "Minimum of hand-overs", Placement: "Hand-over of debts",
    StatementRun: "Statements of account", StatementSchedule: "Schedule of statements",
}  # fmt: skip

# Conditions on a row `t`, with the ids of the legal entities that the reader sees as %(entities)s. What they select is
# what the pages of the product show the same reader.
OF_CUSTOMER = (
    "EXISTS (SELECT 1 FROM orders_account seen WHERE seen.customer_id = {} AND seen.entity_id = ANY(%(entities)s))"
)
OF_PERSON = (
    "EXISTS (SELECT 1 FROM core_user seen WHERE seen.id = {0} AND (seen.all_entities OR EXISTS ("
    "SELECT 1 FROM orders_entityaccess given WHERE given.user_id = {0} AND given.entity_id = ANY(%(entities)s))))"
)
NOTICES = "SELECT n.id FROM collections_notice n WHERE"
LATE_PAYERS = "SELECT l.id FROM collections_latepayer l WHERE"
STRATEGIES = "SELECT s.id FROM collections_strategy s WHERE"
DELIVERIES = "SELECT d.id FROM orders_delivery d WHERE"
BILLED = "SELECT i.id FROM invoicing_invoice i WHERE"
TOLERATED = "SELECT k.id FROM orders_account k WHERE"
ORDERED = "SELECT o.id FROM orders_order o WHERE"
LISTS = "SELECT p.id FROM orders_pricelist p WHERE"
SHARED, NOBODY = "true", "false"  # for every reader; only for who sees every legal entity
# Tracked models whose rows are not told apart by a column `entity_id` or `customer_id` of theirs.
VISIBLE: dict[type[models.Model], str] = {
    LegalEntity: "t.pgh_obj_id = ANY(%(entities)s)",
    Customer: OF_CUSTOMER.format("t.pgh_obj_id"),
    User: OF_PERSON.format("t.pgh_obj_id"),
    ApiKey: "(t.all_entities OR t.entity_ids && %(entities)s::bigint[])",
    ApiSecret: "EXISTS (SELECT 1 FROM core_apikey seen WHERE seen.id = t.key_id"
    " AND (seen.all_entities OR seen.entity_ids && %(entities)s::bigint[]))",
    **dict.fromkeys(
        (Message, NumberPattern),
        "t.owner IN (SELECT seen.code FROM orders_legalentity seen WHERE seen.id = ANY(%(entities)s))",
    ),
    NoticeApproval: f"t.notice_id IN ({NOTICES} n.entity_id = ANY(%(entities)s))",
    StrategyRule: f"t.strategy_id IN ({STRATEGIES} s.entity_id = ANY(%(entities)s))",
    LatePayerConsequence: f"t.late_payer_id IN ({LATE_PAYERS} l.entity_id = ANY(%(entities)s))",
    **dict.fromkeys((Factor, SignOn, TeamMember, Absence), OF_PERSON.format("t.user_id")),
    ListPrice: f"t.price_list_id IN ({LISTS} p.entity_id = ANY(%(entities)s))",
    **dict.fromkeys((OrderLine, OrderProblem), f"t.order_id IN ({ORDERED} o.entity_id = ANY(%(entities)s))"),
    DeliveryLine: f"t.delivery_id IN ({DELIVERIES} d.entity_id = ANY(%(entities)s))",
    AcceptedDifference: f"t.invoice_id IN ({BILLED} i.entity_id = ANY(%(entities)s))",
    BillingTolerance: f"t.account_id IN ({TOLERATED} k.entity_id = ANY(%(entities)s))",
    Target: f"(t.user_id IS NULL OR {OF_PERSON.format('t.user_id')})"
    " AND (t.entity_id IS NULL OR t.entity_id = ANY(%(entities)s))",
    **dict.fromkeys(
        (
            PaymentTerms,
            Product,
            Carrier,
            CarrierSecret,
            EarlyPaymentDiscount,
            Instalment,
            DunningPolicy,
            DunningLevel,
            LevelFee,
            LevelMinimum,
            HandOverMinimum,
            Queue,
            Team,
            TeamQueue,
            ReasonCode,
            DisputeRule,
            InterestPack,
            InterestRate,
            InterestCompensation,
        ),
        SHARED,
    ),
}
# Of which one legal entity (%(entity)s, %(code)s) or one customer (%(customer)s) a row is, where a column does not say.
OF_ENTITY: dict[type[models.Model], str] = {
    LegalEntity: "t.pgh_obj_id = %(entity)s",
    Message: "t.owner = %(code)s",
    NoticeApproval: f"t.notice_id IN ({NOTICES} n.entity_id = %(entity)s)",
    StrategyRule: f"t.strategy_id IN ({STRATEGIES} s.entity_id = %(entity)s)",
    LatePayerConsequence: f"t.late_payer_id IN ({LATE_PAYERS} l.entity_id = %(entity)s)",
    NumberPattern: "t.owner = %(code)s",
    ListPrice: f"t.price_list_id IN ({LISTS} p.entity_id = %(entity)s)",
    **dict.fromkeys((OrderLine, OrderProblem), f"t.order_id IN ({ORDERED} o.entity_id = %(entity)s)"),
    DeliveryLine: f"t.delivery_id IN ({DELIVERIES} d.entity_id = %(entity)s)",
    AcceptedDifference: f"t.invoice_id IN ({BILLED} i.entity_id = %(entity)s)",
    BillingTolerance: f"t.account_id IN ({TOLERATED} k.entity_id = %(entity)s)",
}
ABOUT_CUSTOMER: dict[type[models.Model], str] = {
    Customer: "t.pgh_obj_id = %(customer)s",
    Message: "t.pgh_obj_id IN (SELECT n.message_id FROM collections_notice n WHERE n.customer_id = %(customer)s)",
    NoticeApproval: f"t.notice_id IN ({NOTICES} n.customer_id = %(customer)s)",
    LatePayerConsequence: f"t.late_payer_id IN ({LATE_PAYERS} l.customer_id = %(customer)s)",
    **dict.fromkeys((OrderLine, OrderProblem), f"t.order_id IN ({ORDERED} o.customer_id = %(customer)s)"),
    DeliveryLine: f"t.delivery_id IN ({DELIVERIES} d.customer_id = %(customer)s)",
    AcceptedDifference: f"t.invoice_id IN ({BILLED} i.customer_id = %(customer)s)",
    BillingTolerance: f"t.account_id IN ({TOLERATED} k.customer_id = %(customer)s)",
}


@dataclass(frozen=True)
class Part:
    """One table of the trail, as columns of its row `t`. Conditions of None: no row of it ever meets them."""

    name: str
    kind: str
    title: str
    table: str
    visible: str
    at: str = "t.pgh_created_at"
    id: str = "t.pgh_id"
    context: str = "t.pgh_context_id"
    object_id: str = "t.pgh_obj_id"
    label: str = "t.pgh_label"
    actor: str = "''"  # of a row whose context is not known
    of_entity: str | None = None
    about_customer: str | None = None
    model: type[models.Model] | None = None  # the tracked one
    events: type[models.Model] | None = None


ENTRY = Part(
    name="entry",
    kind="money",
    title="Entry",
    table="invoicing_entry",
    visible="t.entity_id = ANY(%(entities)s)",
    at="t.recorded_at",
    id="t.id",
    context="t.context_id",
    object_id="t.id",
    label="t.kind",
    actor="t.actor",
    of_entity="t.entity_id = %(entity)s",
    about_customer="t.id IN (SELECT i.entry_id FROM invoicing_openitem i WHERE i.customer_id = %(customer)s)",
)
ALLOCATION = Part(
    name="allocation",
    kind="money",
    title="Allocation",
    table="invoicing_allocation",
    visible="EXISTS (SELECT 1 FROM invoicing_openitem i WHERE i.id = t.debit_item_id"
    " AND i.entity_id = ANY(%(entities)s))",
    at="t.recorded_at",
    id="t.id",
    context="t.context_id",
    object_id="t.id",
    label="CASE WHEN t.amount > 0 THEN 'applied' ELSE 'undone' END",
    actor="t.actor",
    of_entity="EXISTS (SELECT 1 FROM invoicing_openitem i WHERE i.id = t.debit_item_id AND i.entity_id = %(entity)s)",
    about_customer="t.debit_item_id IN (SELECT i.id FROM invoicing_openitem i WHERE i.customer_id = %(customer)s)",
)
IMPORT = Part(
    name="import_run",
    kind="import",
    title="Import",
    table="core_importrun",
    visible="t.owner IN (SELECT seen.code FROM orders_legalentity seen WHERE seen.id = ANY(%(entities)s))",
    at="t.started_at",
    id="t.id",
    context="t.context_id",
    object_id="t.id",
    label="t.kind",
    actor="t.actor",
    of_entity="t.owner = %(code)s",
)
ACCESS = Part(
    name="access_record",
    kind="access",
    title="Access",
    table="core_accessrecord",
    visible=f"(t.user_id IS NULL OR {OF_PERSON.format('t.user_id')})"
    " AND (t.user_id IS NOT NULL OR t.customer_id IS NOT NULL OR t.entity_ids IS NOT NULL)"
    f" AND (t.customer_id IS NULL OR {OF_CUSTOMER.format('t.customer_id')})"
    " AND (t.entity_ids IS NULL OR t.entity_ids && %(entities)s::bigint[])",
    at="t.at",
    id="t.id",
    context="t.context_id",
    object_id="t.user_id",
    label="t.kind",
    of_entity="%(entity)s = ANY(t.entity_ids)",
    about_customer="t.customer_id = %(customer)s",
)


@cache
def parts() -> dict[str, Part]:
    """Every part by its name, the tracked models' first."""
    found = {}
    for events in apps.get_models():
        model = getattr(events, "pgh_tracked_model", None)
        if model is not None and issubclass(events, pghistory.models.Event):
            part = _tracked(model, events)
            found[part.name] = part
    return found | {part.name: part for part in (ENTRY, ALLOCATION, IMPORT, ACCESS)}


def _tracked(model: type[models.Model], events: type[models.Model]) -> Part:
    columns = {field.column: field for field in events._meta.fields}
    visible, entity = VISIBLE.get(model), columns.get("entity_id")
    if visible is None and entity is not None:
        visible = "t.entity_id = ANY(%(entities)s)"
        if entity.null and "customer_id" in columns:
            visible = f"({visible} OR t.entity_id IS NULL AND {OF_CUSTOMER.format('t.customer_id')})"
    elif visible is None and "customer_id" in columns:
        visible = OF_CUSTOMER.format("t.customer_id")
    title = TITLES.get(model) or str(model._meta.verbose_name).capitalize()
    return Part(
        name=model._meta.model_name,
        kind=KIND_OF.get(model, "master"),
        title=title,
        table=events._meta.db_table,
        visible=visible or NOBODY,
        of_entity=OF_ENTITY.get(model) or ("t.entity_id = %(entity)s" if entity else None),
        about_customer=ABOUT_CUSTOMER.get(model)
        or ("t.customer_id = %(customer)s" if "customer_id" in columns else None),
        model=model,
        events=events,
    )
