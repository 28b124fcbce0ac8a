"""Finding the account that an ERP names with every document it sends."""

from django.db import connection

from o2c.core.models import ApiKey, User
from o2c.orders.models import Account, Customer, LegalEntity, PaymentTerms
from o2c.orders.scope import granted_ids

# The columns that a document is booked by, in the order in which they are read.
OF_ACCOUNT = ("id", "customer_id", "entity_id", "terms_id")
OF_CUSTOMER = ("id", "number", "payer_id")
OF_ENTITY = ("id", "code", "base_currency", "time_zone", "closed_until")
OF_TERMS = ("id", "kind", "days", "day_of_month")
# How a customer can be named, and the column of each.
NAMES = {"id": "c.id", "number": "c.number", "source": "c.source", "external_id": "c.external_id"}


def _columns(alias: str, names: tuple[str, ...]) -> str:
    return ", ".join(f"{alias}.{name}" for name in names)


FIND = f"""
    SELECT {_columns("a", OF_ACCOUNT)}, {_columns("c", OF_CUSTOMER)}, {_columns("e", OF_ENTITY)},
        {_columns("t", OF_TERMS)}
    FROM orders_account a
    JOIN orders_customer c ON c.id = a.customer_id
    JOIN orders_legalentity e ON e.id = a.entity_id
    LEFT JOIN orders_paymentterms t ON t.id = a.terms_id
    WHERE e.code = %(entity)s AND (%(granted)s::bigint[] IS NULL OR e.id = ANY(%(granted)s::bigint[]))
"""  # noqa: S608 our own names


def named(principal: User | ApiKey, entity_code: str, customer: dict[str, str | int]) -> Account | None:
    """The customer's account with a legal entity, among those the principal sees, with both and its terms.

    `customer` names it by id, number, or source and external_id. Only the columns above are read. Written out because
    an ERP asks it for every document: building the same query from the models takes longer than answering it.
    """
    where = "".join(f" AND {NAMES[name]} = %({name})s" for name in customer)
    with connection.cursor() as cursor:
        cursor.execute(FIND + where, {**customer, "entity": entity_code, "granted": granted_ids(principal)})
        row = cursor.fetchone()
    if row is None:
        return None
    values = iter(row)
    account, buyer, seller, terms = (
        model.from_db(connection.alias, names, [next(values) for _ in names])
        for model, names in (
            (Account, OF_ACCOUNT), (Customer, OF_CUSTOMER), (LegalEntity, OF_ENTITY), (PaymentTerms, OF_TERMS),
        )
    )  # fmt: skip
    account.customer, account.entity = buyer, seller
    if terms.pk is not None:
        account.terms = terms
    return account
