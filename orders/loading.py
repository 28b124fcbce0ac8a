"""Loading customers from a file, and opening those that a file of theirs names.

The rows stand in `import_row` (see `o2c.core.imports`). Everything here is set-based and in the engine's transaction.
"""
# ruff: noqa: S608 what is composed here is made of our own words; values are parameters

import re

import schwifty
import stdnum
from django.db import connection
from schwifty.exceptions import SchwiftyException
from stdnum.exceptions import ValidationError

from o2c.core import eori, networks, outbox
from o2c.core.imports.kinds import Counts, Field, Kind, Type, Warned
from o2c.core.imports.running import Run
from o2c.core.imports.staging import Stage
from o2c.orders import unloading
from o2c.orders.credit import limits
from o2c.orders.models import Account, LegalEntity, PaymentTerms

# Our own words, and what stands in the columns of others where a customer is barred.
STANDINGS = {choice: choice for choice in Account.Standing.values} | {
    "x": Account.Standing.BLOCKED.value,
    "all": Account.Standing.BLOCKED.value,
    "invoice": Account.Standing.BLOCKED.value,
    "on hold": Account.Standing.BLOCKED.value,
    "no": Account.Standing.OPEN.value,
}
FIELDS = (
    Field("number", required=True, length=40),
    Field("name", required=True, length=200),
    Field("vat_id", length=20),
    Field("eori", length=40, note="By which customs know it, as DE1234567"),
    Field("peppol_address", length=networks.LONGEST, note="Where e-invoices reach it, as 0088:7300010000001"),
    Field("country", length=100, note="Two letters, as in ISO 3166"),
    Field("is_consumer", Type.FLAG, note="Yes: a private person"),
    Field("language", length=100),
    Field("street", length=200),
    Field("postal_code", length=20),
    Field("city", length=100),
    Field("parent", length=40, note="Number of the customer it is a branch of"),
    Field("iban", length=42),
    Field("contact_name", length=200),
    Field("email", length=254),
    Field("phone", length=50),
    Field("currency", Type.CURRENCY, note="Of its account; the legal entity's own where empty"),
    Field("segment", length=40),
    Field("terms", length=20, note="Code of its payment terms; 30 or NET30 opens net terms that are missing"),
    Field("credit_limit", Type.AMOUNT),
    Field("collector", length=150, note="User name"),
    Field("channel", Type.CHOICE, choices={choice: choice for choice in Account.Channel.values}),
    Field("policy", length=40, note="Code of its dunning policy"),
    Field("standing", Type.CHOICE, choices=STANDINGS, note="Nothing new is invoiced to one that is not open"),
    Field("standing_reason", length=200),
)

COUNTRY = re.compile(r"[A-Za-z]{2}")
LANGUAGE = re.compile(r"[a-z]{2}(-[A-Za-z]{2})?")
EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+")
NET_TERMS = "^(NET|N)?[ -]?([0-9]{1,3})$"


def look(row: dict[str, str]) -> list[Warned]:
    """What is odd about a customer's own data. None of it stops the row: a wrong VAT id is kept, so that it can be
    put right with the customer; an IBAN, address or code that cannot be used is left out."""
    found = []
    country = row.get("country", "")
    if country and not COUNTRY.fullmatch(country):
        found.append(Warned("country", "is not a country of two letters; left out", dropped=True))
    if (language := row.get("language", "")) and not LANGUAGE.fullmatch(language):
        found.append(Warned("language", "is not a language such as de or pt-BR; left out", dropped=True))
    if (vat_id := row.get("vat_id", "")) and COUNTRY.fullmatch(country):
        rules = stdnum.get_cc_module(country.lower(), "vat")
        if rules:
            try:
                rules.validate(vat_id)
            except ValidationError:
                found.append(Warned("vat_id", f"is not a VAT id of {country.upper()}; kept as it is"))
    if number := row.get("eori", ""):
        try:
            eori.check(number)
        except eori.NotAnEori as wrong:
            found.append(Warned("eori", f"is left out: {wrong}", dropped=True))
    if address := row.get("peppol_address", ""):
        try:
            networks.check_address(address)
        except networks.NotAnAddress as wrong:
            found.append(Warned("peppol_address", f"is left out: {wrong}", dropped=True))
    if iban := row.get("iban", ""):
        try:
            schwifty.IBAN(iban)
        except (SchwiftyException, ValueError):
            found.append(Warned("iban", "is not an IBAN; left out", dropped=True))
    if (email := row.get("email", "")) and not EMAIL.fullmatch(email):
        found.append(Warned("email", "is not one e-mail address; left out", dropped=True))
    return found


def book(stage: Stage, run: Run) -> Counts:
    """Write the staged customers: new ones with their account, known ones as far as the file differs.

    An empty cell, like a column that is not mapped, leaves what stands as it is.
    """
    entity = LegalEntity.objects.get(pk=run.owner_id)
    facts = {"entity": entity.pk, "base": entity.base_currency, "source": run.source}
    stage.reject(
        "SELECT line, 'credit_limit', credit_limit::text, 'is less than nothing' FROM import_row"
        " WHERE state = 'g' AND credit_limit < 0"
    )
    _open_terms(stage, run)
    _leave_out_unknown(stage)
    while _reject_orphans(stage) or _reject_cycles(stage):
        pass
    _run(REASONS)
    _run(BEFORE)
    _run(LOCK)
    created = _run(NEW_CUSTOMERS, facts)
    _run(NEW_ACCOUNTS, facts)
    touched = set()
    for statement in (CHANGED_CUSTOMERS, CHANGED_PARENTS, CHANGED_ACCOUNTS, CHANGED_CONTACTS, NEW_CONTACTS, NEW_IBANS):
        touched |= _ids(statement, facts)
    limits.follow(
        entity, _ids(LIMITED), on=run.on, by=run.actor.name, reason="As a file says."
    )  # fmt: skip
    _run(PAYERS)
    updated = _one(
        "SELECT count(*) FROM import_before WHERE customer_id = ANY(%(touched)s)", {"touched": list(touched)}
    )
    if created or updated:
        outbox.emit("book.changed", entity_id=entity.pk)
    if updated:
        outbox.emit("customers.changed", entity_id=entity.pk)
    return Counts(created=created, updated=updated)


CUSTOMERS = Kind(
    name="customers",
    title="Customers",
    description="Customers with what is agreed with each: terms, credit limit, collector, the contact for bills.",
    right="imports.customers",
    fields=FIELDS,
    key="number",
    book=book,
    look=look,
    undo=unloading.undo,
    tracked=unloading.TRACKED,
)


def find_or_open(stage: Stage, run: Run, entity: LegalEntity, *, create: bool) -> None:
    """Find the customers that staged rows name (`customer`), opening accounts, and with `create` customers, that are
    missing. Rows of customers that stay unknown are rejected. A kind without `create_customers` never opens any.

    Makes the temporary table `import_customer`. The customers are kept from moving to another group meanwhile.
    """
    facts = {"entity": entity.pk, "source": run.source}
    can_open = "create_customers" in stage.kind.options
    _run(
        f"""
        CREATE TEMP TABLE import_named ON COMMIT DROP AS
        SELECT DISTINCT ON (customer) customer AS number, line, currency,
               {"customer_name AS name, country" if can_open else "NULL AS name, NULL AS country"}
        FROM import_row WHERE state = 'g' ORDER BY customer, line
        """
    )
    if create:
        stage.warn(
            """
            SELECT n.line, 'country', n.country, 'is not a country of two letters; left out' FROM import_named n
            WHERE n.country !~ '^[A-Za-z]{2}$'
                AND NOT EXISTS (SELECT 1 FROM orders_customer c WHERE c.number = n.number)
            """
        )
        _run(OPEN_NAMED, facts)
    else:
        why = "is not the number of a customer" + (", and create_customers is not set" if can_open else "")
        stage.reject(
            """
            SELECT r.line, 'customer', r.customer, %(why)s FROM import_row r
            WHERE r.state = 'g' AND NOT EXISTS (SELECT 1 FROM orders_customer c WHERE c.number = r.customer)
            """,
            {"why": why},
        )
    _run(
        "SELECT count(*) FROM (SELECT c.id FROM orders_customer c JOIN import_named n ON n.number = c.number"
        " ORDER BY c.id FOR SHARE OF c) kept"
    )
    _run(OPEN_NAMED_ACCOUNTS, facts)
    _run(
        """
        CREATE TEMP TABLE import_customer ON COMMIT DROP AS
        SELECT n.number, c.id, coalesce(c.payer_id, c.id) AS payer_id, a.terms_id
        FROM import_named n JOIN orders_customer c ON c.number = n.number
        JOIN orders_account a ON a.customer_id = c.id AND a.entity_id = %(entity)s
        """,
        facts,
    )
    _run("ANALYZE import_customer")


OPEN_NAMED = """
    INSERT INTO orders_customer (id, number, name, vat_id, country, language, street, postal_code, city, payer_id,
                                 source)
    SELECT id, number, name, '', country, 'en', '', '', '', id, %(source)s FROM (
        SELECT nextval((SELECT pg_get_serial_sequence('orders_customer', 'id'))::regclass) AS id, n.number,
               coalesce(n.name, n.number) AS name,
               CASE WHEN n.country ~ '^[A-Za-z]{2}$' THEN upper(n.country) ELSE '' END AS country
        FROM import_named n WHERE NOT EXISTS (SELECT 1 FROM orders_customer c WHERE c.number = n.number)
        ORDER BY n.number
    ) new
    ON CONFLICT (number) DO NOTHING
"""

OPEN_NAMED_ACCOUNTS = """
    INSERT INTO orders_account (customer_id, entity_id, currency, segment, channel, policy)
    SELECT c.id, %(entity)s, n.currency, '', 'email', ''
    FROM import_named n JOIN orders_customer c ON c.number = n.number
    WHERE NOT EXISTS (SELECT 1 FROM orders_account a WHERE a.customer_id = c.id AND a.entity_id = %(entity)s)
    ORDER BY c.id
    ON CONFLICT (customer_id, entity_id) DO NOTHING
"""


def _open_terms(stage: Stage, run: Run) -> None:
    """Net terms that say their days by themselves ("30", "NET30") are opened where they are missing."""
    _run(
        f"UPDATE import_row SET terms = regexp_replace(upper(terms), '{NET_TERMS}', 'NET\\2') WHERE state = 'g'"
        f" AND upper(terms) ~ '{NET_TERMS}' AND NOT EXISTS (SELECT 1 FROM orders_paymentterms t WHERE t.code = terms)"
    )
    missing = _ids(
        "SELECT DISTINCT terms FROM import_row WHERE state = 'g' AND terms ~ '^NET[0-9]+$'"
        " AND NOT EXISTS (SELECT 1 FROM orders_paymentterms t WHERE t.code = terms)"
    )
    for code in sorted(missing):
        days = int(code.removeprefix("NET"))
        PaymentTerms.objects.get_or_create(code=code, defaults={"name": f"{days} days net", "days": days})
        run.say(f"Opened the payment terms {code}.")


def _leave_out_unknown(stage: Stage) -> None:
    """Terms and collectors that nobody knows are left out, with a warning."""
    for name, table, column, what in (
        ("terms", "orders_paymentterms", "code", "is not the code of payment terms; left out"),
        ("collector", "core_user", "username", "is not the name of a user; left out"),
    ):
        unknown = (
            f"state = 'g' AND {name} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {table} t WHERE t.{column} = r.{name})"
        )
        stage.warn(f"SELECT r.line, '{name}', r.{name}, '{what}' FROM import_row r WHERE {unknown}")
        _run(f"UPDATE import_row r SET {name} = NULL WHERE {unknown}")


def _reject_orphans(stage: Stage) -> int:
    return stage.reject(
        """
        SELECT r.line, 'parent', r.parent, 'is neither a customer nor a good row of this file' FROM import_row r
        WHERE r.state = 'g' AND r.parent IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM import_row p WHERE p.number = r.parent AND p.state = 'g')
            AND NOT EXISTS (SELECT 1 FROM orders_customer c WHERE c.number = r.parent)
        """
    )


def _reject_cycles(stage: Stage) -> int:
    """Reject the rows whose parents, as the file and what is known together say, lead back to themselves."""
    return stage.reject(
        """
        WITH RECURSIVE parent_of AS (
            SELECT r.number, r.parent FROM import_row r WHERE r.state = 'g' AND r.parent IS NOT NULL
            UNION ALL
            SELECT c.number, p.number FROM orders_customer c JOIN orders_customer p ON p.id = c.parent_id
            WHERE NOT EXISTS (
                SELECT 1 FROM import_row r WHERE r.state = 'g' AND r.number = c.number AND r.parent IS NOT NULL)
        ), above AS (
            SELECT number AS start, parent AS number FROM parent_of
            WHERE number IN (SELECT number FROM import_row WHERE state = 'g' AND parent IS NOT NULL)
            UNION
            SELECT a.start, o.parent FROM above a JOIN parent_of o ON o.number = a.number WHERE a.number <> a.start
        )
        SELECT r.line, 'parent', r.parent, 'leads back to the customer itself' FROM import_row r
        WHERE r.state = 'g' AND r.parent IS NOT NULL AND EXISTS (
            SELECT 1 FROM above a WHERE a.start = r.number AND a.number = r.number)
        """
    )


# A reason belongs to what is not open: it goes with the block.
REASONS = """
    UPDATE import_row SET standing_reason = CASE standing WHEN 'open' THEN '' END
    WHERE standing IS NULL AND standing_reason IS NOT NULL OR standing = 'open'
"""

# Who was there before, to tell the created from the updated.
BEFORE = """
    CREATE TEMP TABLE import_before ON COMMIT DROP AS
    SELECT c.id AS customer_id, r.line FROM import_row r JOIN orders_customer c ON c.number = r.number
    WHERE r.state = 'g'
"""

# In the order of the ids, as every writer does.
LOCK = """
    SELECT count(*) FROM (SELECT id FROM orders_customer WHERE id IN (SELECT customer_id FROM import_before)
                          ORDER BY id FOR NO KEY UPDATE) locked
"""

NEW_CUSTOMERS = """
    INSERT INTO orders_customer (id, number, name, vat_id, eori, peppol_address, country, is_consumer, language, street,
                                 postal_code, city, payer_id, source)
    SELECT id, number, name, vat_id, eori, peppol_address, country, is_consumer, language, street, postal_code, city,
           id, %(source)s
    FROM (
        SELECT nextval((SELECT pg_get_serial_sequence('orders_customer', 'id'))::regclass) AS id, r.number, r.name,
               coalesce(r.vat_id, '') AS vat_id, upper(regexp_replace(coalesce(r.eori, ''), '\\s', '', 'g')) AS eori,
               regexp_replace(coalesce(r.peppol_address, ''), '\\s', '', 'g')
                   AS peppol_address, coalesce(upper(r.country), '') AS country,
               coalesce(r.is_consumer, false) AS is_consumer, coalesce(r.language, 'en') AS language,
               coalesce(r.street, '') AS street,
               coalesce(r.postal_code, '') AS postal_code, coalesce(r.city, '') AS city
        FROM import_row r
        WHERE r.state = 'g' AND NOT EXISTS (SELECT 1 FROM orders_customer c WHERE c.number = r.number)
        ORDER BY r.number
    ) new
    ON CONFLICT (number) DO NOTHING
"""

NEW_ACCOUNTS = """
    INSERT INTO orders_account (customer_id, entity_id, currency, segment, terms_id, credit_limit, collector_id,
                                channel, policy, standing, standing_reason)
    SELECT c.id, %(entity)s, coalesce(r.currency, %(base)s), coalesce(r.segment, ''), t.id, r.credit_limit, u.id,
           coalesce(r.channel, 'email'), coalesce(r.policy, ''), coalesce(r.standing, 'open'),
           coalesce(r.standing_reason, '')
    FROM import_row r JOIN orders_customer c ON c.number = r.number
    LEFT JOIN orders_paymentterms t ON t.code = r.terms LEFT JOIN core_user u ON u.username = r.collector
    WHERE r.state = 'g'
        AND NOT EXISTS (SELECT 1 FROM orders_account a WHERE a.customer_id = c.id AND a.entity_id = %(entity)s)
    ORDER BY c.id
    ON CONFLICT (customer_id, entity_id) DO NOTHING
"""

CHANGED_CUSTOMERS = """
    UPDATE orders_customer c SET name = r.name, vat_id = coalesce(r.vat_id, c.vat_id),
        country = coalesce(upper(r.country), c.country), language = coalesce(r.language, c.language),
        street = coalesce(r.street, c.street), postal_code = coalesce(r.postal_code, c.postal_code),
        city = coalesce(r.city, c.city), is_consumer = coalesce(r.is_consumer, c.is_consumer),
        eori = coalesce(upper(regexp_replace(r.eori, '\\s', '', 'g')), c.eori),
        peppol_address = coalesce(regexp_replace(r.peppol_address, '\\s', '', 'g'), c.peppol_address)
    FROM import_row r
    WHERE r.state = 'g' AND r.number = c.number
        AND (r.name, coalesce(r.vat_id, c.vat_id), coalesce(upper(r.country), c.country),
             coalesce(r.language, c.language), coalesce(r.street, c.street), coalesce(r.postal_code, c.postal_code),
             coalesce(r.city, c.city), coalesce(r.is_consumer, c.is_consumer),
             coalesce(upper(regexp_replace(r.eori, '\\s', '', 'g')), c.eori),
             coalesce(regexp_replace(r.peppol_address, '\\s', '', 'g'), c.peppol_address))
         <> (c.name, c.vat_id, c.country, c.language, c.street, c.postal_code, c.city, c.is_consumer, c.eori,
             c.peppol_address)
    RETURNING c.id
"""

CHANGED_PARENTS = """
    UPDATE orders_customer c SET parent_id = p.id
    FROM import_row r JOIN orders_customer p ON p.number = r.parent
    WHERE r.state = 'g' AND r.number = c.number AND c.parent_id IS DISTINCT FROM p.id
    RETURNING c.id
"""

CHANGED_ACCOUNTS = """
    UPDATE orders_account a SET currency = coalesce(r.currency, a.currency), segment = coalesce(r.segment, a.segment),
        terms_id = coalesce(t.id, a.terms_id), credit_limit = coalesce(r.credit_limit, a.credit_limit),
        collector_id = coalesce(u.id, a.collector_id), channel = coalesce(r.channel, a.channel),
        policy = coalesce(r.policy, a.policy), standing = coalesce(r.standing, a.standing),
        standing_reason = coalesce(r.standing_reason, a.standing_reason)
    FROM import_row r JOIN orders_customer c ON c.number = r.number
    LEFT JOIN orders_paymentterms t ON t.code = r.terms LEFT JOIN core_user u ON u.username = r.collector
    WHERE r.state = 'g' AND a.customer_id = c.id AND a.entity_id = %(entity)s
        AND (coalesce(r.currency, a.currency), coalesce(r.segment, a.segment), coalesce(t.id, a.terms_id),
             coalesce(r.credit_limit, a.credit_limit), coalesce(u.id, a.collector_id), coalesce(r.channel, a.channel),
             coalesce(r.policy, a.policy), coalesce(r.standing, a.standing),
             coalesce(r.standing_reason, a.standing_reason))
         IS DISTINCT FROM (a.currency, a.segment, a.terms_id, a.credit_limit, a.collector_id, a.channel, a.policy,
                           a.standing, a.standing_reason)
    RETURNING a.customer_id
"""

# Whose limit the file may have written.
LIMITED = """
    SELECT c.id FROM import_row r JOIN orders_customer c ON c.number = r.number
    WHERE r.state = 'g' AND coalesce(r.credit_limit::text, r.currency) IS NOT NULL
"""

# The one contact that a file can say: the first who looks after bills.
CHANGED_CONTACTS = """
    UPDATE orders_contact k SET name = coalesce(r.contact_name, k.name), email = coalesce(r.email, k.email),
        phone = coalesce(r.phone, k.phone)
    FROM import_row r JOIN orders_customer c ON c.number = r.number
    WHERE r.state = 'g' AND k.id = (SELECT min(f.id) FROM orders_contact f
                                    WHERE f.customer_id = c.id AND f.role = 'billing' AND f.in_use)
        AND (coalesce(r.contact_name, k.name), coalesce(r.email, k.email), coalesce(r.phone, k.phone))
         <> (k.name, k.email, k.phone)
    RETURNING k.customer_id
"""

NEW_CONTACTS = """
    INSERT INTO orders_contact (customer_id, name, role, email, phone, language, in_use)
    SELECT c.id, coalesce(r.contact_name, 'Accounts payable'), 'billing', coalesce(r.email, ''), coalesce(r.phone, ''),
           '', true
    FROM import_row r JOIN orders_customer c ON c.number = r.number
    WHERE r.state = 'g' AND coalesce(r.contact_name, r.email, r.phone) IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM orders_contact f WHERE f.customer_id = c.id AND f.role = 'billing' AND f.in_use)
    ORDER BY c.id
    RETURNING customer_id
"""

NEW_IBANS = """
    INSERT INTO orders_customerbankaccount (customer_id, iban, bic)
    SELECT c.id, upper(regexp_replace(r.iban, '[^A-Za-z0-9]', '', 'g')), ''
    FROM import_row r JOIN orders_customer c ON c.number = r.number
    WHERE r.state = 'g' AND r.iban IS NOT NULL
    ORDER BY c.id
    ON CONFLICT (customer_id, iban) DO NOTHING
    RETURNING customer_id
"""

# The payer is the root of the group; only those whose root changed are written.
PAYERS = """
    WITH RECURSIVE root AS (
        SELECT id, id AS payer_id FROM orders_customer WHERE parent_id IS NULL
        UNION ALL
        SELECT c.id, r.payer_id FROM orders_customer c JOIN root r ON c.parent_id = r.id
    )
    UPDATE orders_customer c SET payer_id = r.payer_id FROM root r
    WHERE r.id = c.id AND c.payer_id IS DISTINCT FROM r.payer_id
"""


def _run(sql: str, params: dict | None = None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.rowcount


def _ids(sql: str, params: dict | None = None) -> set:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return {row[0] for row in cursor.fetchall()}


def _one(sql: str, params: dict) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()[0]
