"""What can be loaded from files, and how a load is taken back: what the command and the pages have in common."""

from o2c.collections.traces import BUILT_ON_ITEMS
from o2c.core import clock
from o2c.core.actors import Actor
from o2c.core.imports import undoing
from o2c.core.imports.kinds import Kind
from o2c.core.imports.undoing import Question, Undone, UndoRefused
from o2c.core.models import ImportRun
from o2c.invoicing.bank.tables import BANK_LINES
from o2c.invoicing.invoices.elsewhere import BILLING_OF_FILES
from o2c.invoicing.invoices.loading import INVOICES_OF_FILES
from o2c.invoicing.loading import OPEN_ITEMS
from o2c.invoicing.netting.loading import PAYABLES
from o2c.invoicing.quoted import EXCHANGE_RATES
from o2c.invoicing.receiving import RECEIPTS
from o2c.orders.contacts import CONTACTS
from o2c.orders.files.deliveries import DELIVERIES_OF_FILES
from o2c.orders.files.orders import ORDERS_OF_FILES
from o2c.orders.files.prices import PRICES_OF_FILES
from o2c.orders.loading import CUSTOMERS
from o2c.orders.models import LegalEntity
from o2c.orders.product_loading import PRODUCTS

LOADED = (
    CUSTOMERS, CONTACTS, PRODUCTS, PRICES_OF_FILES, ORDERS_OF_FILES, DELIVERIES_OF_FILES, INVOICES_OF_FILES, OPEN_ITEMS,
    BILLING_OF_FILES, RECEIPTS, PAYABLES, BANK_LINES, EXCHANGE_RATES,
)  # fmt: skip
KINDS: dict[str, Kind] = {kind.name: kind for kind in LOADED}

QUESTIONS = (
    *BUILT_ON_ITEMS,
    Question(
        "item",
        "billing documents attached to its items",
        """
        SELECT n.number FROM {rows} u JOIN invoicing_openitem i ON i.id = u.id
        JOIN invoicing_invoice n ON n.entry_id = i.entry_id AND n.posted_elsewhere
        """,
    ),
    Question(
        "account",
        "netting agreements",
        """
        SELECT c.number FROM {rows} u JOIN orders_account a ON a.id = u.id
        JOIN invoicing_nettingagreement n ON n.customer_id = a.customer_id AND n.entity_id = a.entity_id
        JOIN orders_customer c ON c.id = a.customer_id
        """,
    ),
    # Nothing refers to an account, yet what a customer owes the legal entity goes by it.
    Question(
        "account",
        "open items of customers whose accounts it opened",
        """
        SELECT i.number FROM {rows} u JOIN orders_account a ON a.id = u.id
        JOIN invoicing_openitem i ON i.customer_id = a.customer_id AND i.entity_id = a.entity_id
        """,
    ),
)


def undo(run: ImportRun, *, actor: Actor) -> Undone:
    """Take a load back today, as `o2c.core.imports.undoing.undo` says. Raises UndoRefused."""
    entity = LegalEntity.objects.filter(code=run.owner).first()
    if run.kind not in KINDS or entity is None:
        raise UndoRefused("It is of a kind, or of a legal entity, that is no longer there.")
    on = clock.today(entity.time_zone)
    return undoing.undo(run, KINDS[run.kind], owner_id=entity.pk, on=on, actor=actor, also=QUESTIONS)
