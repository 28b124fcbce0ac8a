"""What is invoiced, owed and paid, and the books underneath."""

from o2c.invoicing.models.bank import BankLine, BankLoad, BankStatement, LineUse
from o2c.invoicing.models.books import (
    AgingBucketSet,
    BankAccount,
    Entry,
    ExchangeRate,
    ExportedEntry,
    JournalExport,
    LedgerAccount,
    Posting,
)
from o2c.invoicing.models.decisions import (
    BankDetailChange,
    CashRules,
    Concession,
    Deduction,
    RealisedDifference,
    Refund,
    RefundExport,
    ReturnedPayment,
    Transfer,
    WriteOff,
)
from o2c.invoicing.models.guarding import Check, CheckRule, Level, PaymentFinding, Quarantine
from o2c.invoicing.models.invoices import Invoice, InvoiceAdjustment, InvoiceLine, InvoiceTax, TaxCategory
from o2c.invoicing.models.items import Allocation, OpenItem, Receipt
from o2c.invoicing.models.matching import (
    MatchingRules,
    MatchProposal,
    MatchRun,
    MatchSplit,
    PayerAlias,
    ReasonCode,
)
from o2c.invoicing.models.statements import Statement, StatementRun, StatementSchedule

__all__ = [
    "AgingBucketSet",
    "Allocation",
    "BankAccount",
    "BankDetailChange",
    "BankLine",
    "BankLoad",
    "BankStatement",
    "CashRules",
    "Check",
    "CheckRule",
    "Concession",
    "Deduction",
    "Entry",
    "ExchangeRate",
    "ExportedEntry",
    "Invoice",
    "InvoiceAdjustment",
    "InvoiceLine",
    "InvoiceTax",
    "JournalExport",
    "LedgerAccount",
    "Level",
    "LineUse",
    "MatchProposal",
    "MatchRun",
    "MatchSplit",
    "MatchingRules",
    "OpenItem",
    "PayerAlias",
    "PaymentFinding",
    "Posting",
    "Quarantine",
    "RealisedDifference",
    "ReasonCode",
    "Receipt",
    "Refund",
    "RefundExport",
    "ReturnedPayment",
    "Statement",
    "StatementRun",
    "StatementSchedule",
    "TaxCategory",
    "Transfer",
    "WriteOff",
]
