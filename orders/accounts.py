"""Finding the account that an ERP names with every document it sends."""

from django.db import connection
from django.db.models import Model

from o2c.core.models import ApiKey, User
from o2c.orders.models import Account, Customer, LegalEntity, PaymentTerms
from o2c.orders.scope import granted_ids

# The columns that a document is booked by.
READ: dict[type[Model], tuple[str, tuple[str, ...]]] = {
    Account: ("a", ("id", "customer_id", "entity_id", "terms_id")),
    Customer: ("c", ("id", "number", "payer_id")),
    LegalEntity: ("e", ("id", "code", "base_currency", "closed_until", "time_zone")),
    PaymentTerms: ("t", ("id", "kind", "days", "day_of_month")),
}


def _in_order(model: type[Model]) -> list[str]:
    """The columns as `Model.from_db` takes their values: in the model's order, whatever the order of the names."""
    return [column.attname for column in model._meta.concrete_fields if column.attname in READ[model][1]]


COLUMNS = ", ".join(f"{alias}_{name}" for model, (alias, _) in READ.items() for name in _in_order(model))
FIND = f"""
    SELECT {COLUMNS} FROM orders_account_named(%(entity)s, %(granted)s::bigint[], %(id)s, %(number)s, %(source)s,
        %(external_id)s)
"""  # noqa: S608 our own names
UNNAMED = {"id": None, "number": None, "source": None, "external_id": None}


def named(principal: User | ApiKey, entity_code: str, customer: dict[str, str | int]) -> Account | None:
    """The customer's account with a legal entity, among those the principal sees, with both and its terms.

    `customer` names it by id, number, or source and external_id. Only the columns above are read. A function of the
    database because an ERP asks it for every document: building the same query from the models takes longer than
    answering it, and so does planning it.
    """
    with connection.cursor() as cursor:
        cursor.execute(FIND, {**UNNAMED, **customer, "entity": entity_code, "granted": granted_ids(principal)})
        row = cursor.fetchone()
    if row is None:
        return None
    values = iter(row)
    account, buyer, seller, terms = (
        model.from_db(connection.alias, _in_order(model), [next(values) for _ in READ[model][1]]) for model in READ
    )
    account.customer, account.entity = buyer, seller
    if terms.pk is not None:
        account.terms = terms
    return account
