"""What each role may do: the one table. Pages, commands for people and the API ask `may`."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied

from o2c.core.models import Role, User

EVERYONE = frozenset(Role)
MANAGER, COLLECTOR, CLERK, ADMIN = Role.FINANCE_MANAGER, Role.COLLECTOR, Role.CASH_CLERK, Role.ADMINISTRATOR
ORDERS, CREDIT = Role.ORDER_CLERK, Role.CREDIT_ANALYST
AUDITOR = Role.AUDITOR

RIGHTS: dict[str, frozenset[Role]] = {
    "book.read": EVERYONE,  # dashboard, customers, items, ageing, statements, runs, decisions, tasks
    "tasks.work": frozenset({COLLECTOR, MANAGER}),  # claim, call, note, snooze, done
    "tasks.assign": frozenset({MANAGER}),
    "board.read": frozenset({COLLECTOR, MANAGER}),  # who has how much: of the own teams, and of all for who assigns
    "targets.set": frozenset({MANAGER}),  # what is expected of whom
    "strategies.edit": frozenset({MANAGER}),  # what ranks the tasks
    "promises.record": frozenset({COLLECTOR, MANAGER}),
    "plans.agree": frozenset({COLLECTOR, MANAGER}),  # payment plans in instalments, and take them back
    "holds.set": frozenset({COLLECTOR, CREDIT, MANAGER}),
    "disputes.open": frozenset({COLLECTOR, MANAGER}),  # and settle: what gives money away has limits of its own
    "disputes.decide": frozenset({MANAGER}),  # what is to be checked, as it was contested again and again
    "inquiries.work": frozenset({COLLECTOR, MANAGER}),  # open and answer what customers ask
    "inquiries.rules": frozenset({MANAGER, ADMIN}),  # who answers what by when
    "dunning.propose": frozenset({MANAGER}),
    "dunning.approve": frozenset({MANAGER}),
    "policies.edit": frozenset({MANAGER, ADMIN}),  # dunning policies: drafts of versions
    "policies.activate": frozenset({MANAGER}),  # let a version count, and say who is chased by which policy
    "interest.charge": frozenset({MANAGER}),  # interest on late payment
    "interest.waive": frozenset({MANAGER}),  # and take it back
    "interest.rules": frozenset({MANAGER}),  # by which law or contract, and whose
    "late_payers.rules": frozenset({MANAGER}),  # by which rule customers are listed as persistent late payers
    "late_payers.decide": frozenset({CREDIT, MANAGER}),  # what follows, with the right for each, and the release
    "offers.rules": frozenset({MANAGER}),  # by which rule discounts for early payment are offered
    "offers.decide": frozenset({MANAGER}),  # propose, approve and withdraw them
    "chronic.rules": frozenset({MANAGER}),  # from when on an account is chronic
    "chronic.decide": frozenset({CREDIT, MANAGER}),  # what becomes of it, with the right for each act
    "debts.hand_over": frozenset({MANAGER}),  # to an agency or a lawyer, with the file; and taking them back
    "agencies.edit": frozenset({MANAGER}),
    "messages.resolve": frozenset({MANAGER}),
    "letters.print": frozenset({COLLECTOR, MANAGER}),  # notices by post: make the file, say that they were posted
    "mail.work": frozenset({COLLECTOR, MANAGER}),  # mail that came in: whose it is, answers, done
    "statements.run": frozenset({COLLECTOR, MANAGER}),  # make and send statements of account
    "statements.schedule": frozenset({MANAGER}),  # have them made by themselves
    "cash.book": frozenset({CLERK, MANAGER}),  # receipts by hand, applying and undoing
    "bank.read": frozenset({CLERK, MANAGER, AUDITOR}),  # what banks say of our accounts
    "bank.load": frozenset({CLERK, MANAGER}),
    "bank.set_aside": frozenset({CLERK, MANAGER}),  # book money on the bank that is no customer's, and back
    "quarantine.read": frozenset({CLERK, CREDIT, MANAGER, AUDITOR}),  # payments that are held back, and why
    "quarantine.ask": frozenset({CLERK, MANAGER}),
    "quarantine.release": frozenset({CREDIT, MANAGER}),  # never whoever asked, whatever roles they have
    "quarantine.rules": frozenset({MANAGER}),
    "approvals.read": frozenset({CLERK, MANAGER, AUDITOR}),  # write-offs, refunds and bank details that were asked for
    "approvals.decide": frozenset({MANAGER}),  # never one's own: `o2c.invoicing.cash.foureyes` sees to that
    "netting.read": frozenset({CLERK, COLLECTOR, CREDIT, MANAGER, AUDITOR}),  # payables, agreements and nettings
    "netting.agree": frozenset({MANAGER}),  # that we net with a customer, until when, and what
    "netting.ask": frozenset({CLERK, MANAGER}),  # for a netting; who approves one has approvals.decide
    "netting.hand_over": frozenset({MANAGER}),  # say that the vendor ledger has it, or has taken it back
    "refunds.export": frozenset({MANAGER}),  # approved refunds to the bank, and taking them back
    "mandates.edit": frozenset({CLERK, MANAGER}),  # direct-debit mandates; their accounts are confirmed by two others
    "debits.read": frozenset({CLERK, COLLECTOR, MANAGER, AUDITOR}),  # mandates and direct debits
    "debits.propose": frozenset({CLERK, MANAGER}),
    "debits.approve": frozenset({MANAGER}),  # never one's own, as all approvals
    "debits.export": frozenset({MANAGER}),  # direct debits to the bank
    "invoices.edit": frozenset({ORDERS, MANAGER}),  # drafts; not whoever books cash, so that nobody covers up a payment
    "invoices.issue": frozenset({ORDERS, MANAGER}),
    "invoices.correct": frozenset({MANAGER}),  # credit notes and cancellations: apart, as who sells gives nothing back
    "books.close": frozenset({MANAGER}),
    "customers.edit": frozenset({ORDERS, MANAGER, ADMIN}),  # names, addresses, contacts, what is agreed but the limit
    "products.edit": frozenset({ORDERS, MANAGER, ADMIN}),
    "prices.edit": frozenset({MANAGER}),  # price lists, and who buys by which: apart, as who sells sets no prices
    "contracts.draft": frozenset({ORDERS, MANAGER}),  # what is to be agreed, with its prices; counts for nothing yet
    "contracts.agree": frozenset({MANAGER}),  # let it count, change its prices, end it
    "deliveries.work": frozenset({ORDERS, MANAGER}),  # plan, ship, deliver, prove and cancel deliveries
    "carriers.edit": frozenset({ORDERS, MANAGER, ADMIN}),
    "carriers.secrets": frozenset({MANAGER, ADMIN}),  # by which carriers sign what they tell of parcels
    "billing.run": frozenset({ORDERS, MANAGER}),  # invoice what was delivered: who issues invoices
    "billing.rules": frozenset({MANAGER}),  # by itself or not, and by how much invoices may differ from orders
    "differences.accept": frozenset({MANAGER}),  # let an invoice go that differs from its order
    "orders.edit": frozenset({ORDERS, MANAGER}),  # enter, change and cancel orders
    "orders.waive": frozenset({MANAGER}),  # let another price pass than agreed: apart, as who sells sets none
    "credit.edit": frozenset({CREDIT, MANAGER}),  # credit limits: apart, so that who sells does not lend
    "orders.confirm": frozenset({ORDERS, MANAGER}),  # or have them held, by the credit decision
    "credit.release": frozenset({CREDIT, MANAGER}),  # held orders, and reject them; from an amount on two people do
    "credit.apply": frozenset({ORDERS, CREDIT, MANAGER}),  # for a credit limit, with what is known of the customer
    "credit.decide": frozenset({CREDIT, MANAGER}),  # about applications: alone up to the policy's amount, else by two
    "credit.rules": frozenset({MANAGER}),  # by which policy orders are held, and who lends how much alone
    "metrics.read": EVERYONE - {ORDERS, ADMIN},  # metrics of the book, and the days that are kept
    "serving.read": frozenset({MANAGER, CREDIT, ORDERS, AUDITOR}),  # cost to serve, and the margin
    "serving.record": frozenset({MANAGER, CREDIT, ORDERS, COLLECTOR}),  # work that nothing else tells of
    "serving.rates": frozenset({MANAGER}),  # what each step costs
    "self.manage": EVERYONE,  # one's own profile, password, factors and sessions
    "imports.load": frozenset({MANAGER, CLERK, ORDERS, ADMIN}),  # send files; their content needs its kind's right
    "imports.customers": frozenset({MANAGER, ADMIN}),  # what may be loaded from files, kind by kind
    "imports.contacts": frozenset({ORDERS, MANAGER, ADMIN}),
    "imports.products": frozenset({ORDERS, MANAGER, ADMIN}),
    "imports.prices": frozenset({MANAGER}),
    "imports.orders": frozenset({ORDERS, MANAGER}),
    "imports.deliveries": frozenset({ORDERS, MANAGER}),
    "imports.invoices": frozenset({MANAGER}),
    "imports.billing-documents": frozenset({MANAGER}),
    "imports.open-items": frozenset({MANAGER}),
    "imports.receipts": frozenset({CLERK, MANAGER}),
    "imports.payables": frozenset({CLERK, MANAGER}),
    "imports.bank-lines": frozenset({CLERK, MANAGER}),
    "imports.exchange-rates": frozenset({CLERK, MANAGER}),
    "audit.read": frozenset({AUDITOR, MANAGER, ADMIN}),  # who did what, of the legal entities one sees
    "audit.export": frozenset({AUDITOR, MANAGER, ADMIN}),
    "corrections.read": frozenset({MANAGER, CLERK, AUDITOR, ADMIN}),  # all that is red
    "corrections.act": frozenset({MANAGER, CLERK, ADMIN}),
    "corrections.run": frozenset({MANAGER, ADMIN}),  # proofs, jobs, events, parts of runs
    "users.manage": frozenset({ADMIN}),
    "keys.manage": frozenset({ADMIN}),  # API keys
    "setup.manage": frozenset({ADMIN}),  # legal entities, bank accounts, calendars, numbering, chart, terms, teams
    "journal.export": frozenset({MANAGER}),
    "masterdata.edit": frozenset({ADMIN}),  # all master data in Django's admin; money is only shown
}


def may(user: User, right: str) -> bool:
    """Whether one of the user's roles has the right. Raises KeyError for a right the table does not know."""
    return user.is_authenticated and user.is_active and not RIGHTS[right].isdisjoint(user.roles)


def needs(right: str) -> Callable:
    """A view for those who have the right: others are refused, visitors are asked to sign in."""
    RIGHTS[right]

    def decorate(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not may(request.user, right):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.right = right
        return guarded

    return decorate
