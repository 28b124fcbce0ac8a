"""What an API key may be allowed: the one table. A person needs the right beside the scope instead.

A scope is `resource:read` or `resource:write`. Where no right stands beside it, only keys may.
"""

from dataclasses import dataclass

from o2c.core import rights
from o2c.core.api.models import ApiKey


@dataclass(frozen=True)
class Scope:
    """What a scope allows, and the right (`o2c.core.rights`) by which a signed-in person may do the same."""

    allows: str
    right: str | None


SCOPES: dict[str, Scope] = {
    "entities:read": Scope("Read legal entities", "book.read"),
    "customers:read": Scope("Read customers", "book.read"),
    "customers:write": Scope("Create and change customers", "customers.edit"),
    "accounts:read": Scope("Read accounts: what is agreed with a customer", "book.read"),
    "accounts:write": Scope("Open and change accounts", "masterdata.edit"),
    "contacts:read": Scope("Read contacts", "book.read"),
    "contacts:write": Scope("Create and change contacts", "customers.edit"),
    "terms:read": Scope("Read payment terms", "book.read"),
    "terms:write": Scope("Create and change payment terms", "masterdata.edit"),
    "products:read": Scope("Read products", "book.read"),
    "products:write": Scope("Add and change products", "products.edit"),
    "prices:read": Scope("Read price lists, and what a product costs an account", "book.read"),
    "prices:write": Scope("Write price lists, and say who buys by which", "prices.edit"),
    "orders:read": Scope("Read orders", "book.read"),
    "orders:write": Scope("Enter, change, validate and cancel orders", "orders.edit"),
    "carriers:read": Scope("Read carriers", "book.read"),
    "carriers:write": Scope("Add and change carriers", "carriers.edit"),
    "deliveries:read": Scope("Read deliveries, and their proofs", "book.read"),
    "deliveries:write": Scope("Plan, ship, deliver, prove and cancel deliveries", "deliveries.work"),
    "billing:read": Scope("Read what is to be invoiced, billing runs, and where invoices differ", "book.read"),
    "billing:write": Scope("Invoice what was delivered, and accept what differs", "billing.run"),
    "contracts:read": Scope("Read contracts", "book.read"),
    "contracts:write": Scope("Draft contracts, and say their prices", "contracts.draft"),
    "credit:read": Scope("Read credit limits, policies, decisions and reviews, and what accounts owe", "book.read"),
    "credit:write": Scope("Confirm and release orders, set credit limits, and apply for them", "book.read"),
    "invoices:read": Scope("Read invoices and credit notes", "book.read"),
    "invoices:write": Scope("Write, issue, credit and cancel invoices", "invoices.edit"),
    "items:read": Scope("Read open items", "book.read"),
    "items:write": Scope("Book, change and cancel open items", None),
    "receipts:read": Scope("Read receipts", "book.read"),
    "receipts:write": Scope("Book and reverse receipts", "cash.book"),
    "allocations:read": Scope("Read allocations", "book.read"),
    "allocations:write": Scope("Apply money to open items and undo it", "cash.book"),
    "matches:read": Scope("Read what bank lines may be for", "book.read"),
    "matches:write": Scope("Apply, reject and undo proposals for bank lines", "cash.book"),
    "approvals:read": Scope("Read write-offs, refunds and changes of bank details", "approvals.read"),
    "approvals:write": Scope("Ask for write-offs, refunds and changes of bank details", "cash.book"),
    "payables:read": Scope("Read what we owe customers who are vendors too", "netting.read"),
    "payables:write": Scope("Say what is owed to customers who are vendors too", None),
    "nettings:read": Scope("Read nettings, and agreements about them", "netting.read"),
    "nettings:write": Scope("Ask for nettings, and say what became of them in the vendor ledger", "netting.read"),
    "bank:read": Scope("Read bank statements and their lines", "bank.read"),
    "bank:write": Scope("Send files of banks, and set lines aside", "bank.load"),
    "mandates:read": Scope("Read mandates for direct debits", "debits.read"),
    "mandates:write": Scope("Write down, activate, amend and cancel mandates", "mandates.edit"),
    "debits:read": Scope("Read direct debits and their runs", "debits.read"),
    "debits:write": Scope("Propose direct debits, and send what banks answer", "debits.propose"),
    "tasks:read": Scope("Read tasks", "book.read"),
    "tasks:write": Scope("Create, put off and finish tasks", "tasks.work"),
    "metrics:read": Scope("Read metrics of the book, and the days that are kept", "metrics.read"),
    "serving:read": Scope("Read what serving customers costs, and the margin", "serving.read"),
    "cost-rates:read": Scope("Read what steps cost", "serving.read"),
    "cost-rates:write": Scope("Say what steps cost", "serving.rates"),
    "work-records:read": Scope("Read work that was written down", "serving.read"),
    "work-records:write": Scope("Write down work, and take it back", "serving.record"),
    "targets:read": Scope("Read what is expected of people and teams", "board.read"),
    "targets:write": Scope("Set and end targets of people and teams", "targets.set"),
    "statements:read": Scope("Read statements of account", "book.read"),
    "statements:write": Scope("Make and send statements of account", "statements.run"),
    "policies:read": Scope("Read dunning policies", "book.read"),
    "policies:write": Scope("Write and activate versions of dunning policies", "policies.edit"),
    "backtests:read": Scope("Read what versions of policies would have done", "book.read"),
    "backtests:write": Scope("Have versions of policies played over the past", "dunning.propose"),
    "runs:read": Scope("Read dunning runs and notices", "book.read"),
    "runs:write": Scope("Approve notices, and leave them out of dunning runs", "dunning.approve"),
    "messages:read": Scope("Read messages to customers, and what became of them", "book.read"),
    "messages:write": Scope("Decide about messages that were refused, or may not have been sent", "messages.resolve"),
    "mail:read": Scope("Read mail that came in", "book.read"),
    "mail:write": Scope("Lay mail to customers, answer it, and accept what it seems to say", "mail.work"),
    "debts:read": Scope("Read agencies, and debts handed over to them", "book.read"),
    "debts:write": Scope("Hand debts over to an agency, and take them back", "debts.hand_over"),
    "late-payers:read": Scope("Read persistent late payers, and by which rule they are listed", "book.read"),
    "chronic-accounts:read": Scope("Read chronic accounts, and what was decided about them", "book.read"),
    "offers:read": Scope("Read early-payment offers, and by which rule they are made", "book.read"),
    "plans:read": Scope("Read payment plans", "book.read"),
    "plans:write": Scope("Agree and withdraw payment plans", "plans.agree"),
    "disputes:read": Scope("Read disputes, and their files", "book.read"),
    "disputes:write": Scope("Open, change and end disputes, and add files to them", "disputes.open"),
    "inquiries:read": Scope("Read inquiries, and how soon they are answered", "book.read"),
    "inquiries:write": Scope("Open, answer and close inquiries", "inquiries.work"),
    "interest:read": Scope("Read interest notes", "book.read"),
    "interest:write": Scope("Charge interest on late payment, waive and reverse it", "interest.charge"),
}


def allows(principal, scope: str) -> bool:
    """Whether a key has the scope, or a person the right that stands beside it. Raises KeyError for no scope."""
    known = SCOPES[scope]
    if isinstance(principal, ApiKey):
        return scope in principal.scopes
    return known.right is not None and rights.may(principal, known.right)
