"""Loading the people at customers from a file.

The rows stand in `import_row` (see `o2c.core.imports`). A person is known again by the key of the source, else by the
customer and the e-mail address.
"""

from o2c.core import outbox
from o2c.core.imports.asking import do
from o2c.core.imports.kinds import Counts, Field, Kind, Type, Warned
from o2c.core.imports.running import Run
from o2c.core.imports.staging import Stage
from o2c.orders import unloading
from o2c.orders.loading import EMAIL, LANGUAGE
from o2c.orders.models import Contact

ROLES = {
    word: ours
    for ours, words in {
        Contact.Role.BILLING: ("billing", "accounts payable", "accounting", "ap", "finance"),
        Contact.Role.PURCHASING: ("purchasing", "buyer", "procurement"),
        Contact.Role.MANAGEMENT: ("management", "manager", "director", "owner"),
    }.items()
    for word in words
}

FIELDS = (
    Field("customer", required=True, length=40, note="The customer's number"),
    Field("external_id", length=100, note="Its key in the source; else customer and e-mail are the key"),
    Field("name", length=200, note="Needed for a person who is new"),
    Field("role", Type.CHOICE, choices=ROLES, note="billing (where empty), purchasing or management"),
    Field("email", length=254),
    Field("phone", length=50),
    Field("language", length=100, note="Such as de or pt-BR; the customer's where empty"),
    Field("in_use", Type.FLAG, note="No: gets no more letters"),
)

KEY = "coalesce('id ' || r.external_id, r.customer || ' ' || lower(r.email))"


def look(row: dict[str, str]) -> list[Warned]:
    found = []
    if (email := row.get("email", "")) and not EMAIL.fullmatch(email):
        found.append(Warned("email", "is not one e-mail address; left out", dropped=True))
    if (language := row.get("language", "")) and not LANGUAGE.fullmatch(language):
        found.append(Warned("language", "is not a language such as de or pt-BR; left out", dropped=True))
    return found


def book(stage: Stage, run: Run) -> Counts:
    """Write the staged people: new ones, and known ones as far as the file differs. Empty cells leave what stands."""
    facts = {"entity": run.owner_id, "source": run.source}
    stage.reject(
        """
        SELECT line, 'external_id', '', 'is missing, and so is an e-mail address: nothing to know the person by'
        FROM import_row WHERE state = 'g' AND external_id IS NULL AND email IS NULL
        """
    )
    stage.reject(
        """
        SELECT r.line, 'customer', r.customer, 'is not the number of a customer of this legal entity' FROM import_row r
        WHERE r.state = 'g' AND NOT EXISTS (
            SELECT 1 FROM orders_customer c JOIN orders_account a ON a.customer_id = c.id
            WHERE c.number = r.customer AND a.entity_id = %(entity)s)
        """,
        facts,
    )
    do(KNOWN, facts)
    do(LOCK)
    stage.reject(
        """
        SELECT k.line, 'customer', r.customer, 'is not the customer at whom this person is known'
        FROM import_known k JOIN import_row r ON r.line = k.line JOIN orders_contact p ON p.id = k.id
        WHERE p.customer_id <> k.customer_id
        """
    )
    stage.reject(
        """
        SELECT k.line, 'external_id', r.external_id, 'and another row are the same person by their e-mail address'
        FROM import_known k JOIN import_row r ON r.line = k.line
        WHERE r.state = 'g' AND k.id IN (SELECT id FROM import_known GROUP BY id HAVING count(*) > 1)
        """
    )
    stage.reject(
        """
        SELECT k.line, 'name', '', 'is missing, and the person is new' FROM import_known k
        JOIN import_row r ON r.line = k.line WHERE r.state = 'g' AND k.id IS NULL AND r.name IS NULL
        """
    )
    updated = do(CHANGED, facts)
    created = do(NEW, facts)
    if created or updated:
        outbox.emit("book.changed", entity_id=run.owner_id)
    return Counts(created=created, updated=updated)


# Of those without a key of any source, the first with the address.
KNOWN = """
    CREATE TEMP TABLE import_known ON COMMIT DROP AS
    SELECT r.line, c.id AS customer_id, coalesce(
        (SELECT p.id FROM orders_contact p WHERE p.source = %(source)s AND p.external_id = r.external_id),
        (SELECT min(p.id) FROM orders_contact p
         WHERE p.customer_id = c.id AND lower(p.email) = lower(r.email)
            AND (r.external_id IS NULL OR p.external_id = ''))
    ) AS id
    FROM import_row r JOIN orders_customer c ON c.number = r.customer WHERE r.state = 'g'
"""

# In the order of the ids, as every writer does.
LOCK = """
    SELECT count(*) FROM (SELECT id FROM orders_contact WHERE id IN (SELECT id FROM import_known)
                          ORDER BY id FOR NO KEY UPDATE) locked
"""

CHANGED = """
    UPDATE orders_contact p SET name = n.name, role = n.role, email = n.email, phone = n.phone,
        language = n.language, in_use = n.in_use, source = n.source, external_id = n.external_id
    FROM (
        SELECT k.id, coalesce(r.name, o.name) AS name, coalesce(r.role, o.role) AS role,
               coalesce(r.email, o.email) AS email, coalesce(r.phone, o.phone) AS phone,
               coalesce(r.language, o.language) AS language, coalesce(r.in_use, o.in_use) AS in_use,
               CASE WHEN o.external_id = '' AND r.external_id IS NOT NULL THEN %(source)s ELSE o.source END AS source,
               CASE WHEN o.external_id = '' THEN coalesce(r.external_id, '') ELSE o.external_id END AS external_id
        FROM import_known k JOIN import_row r ON r.line = k.line JOIN orders_contact o ON o.id = k.id
        WHERE r.state = 'g'
    ) n
    WHERE n.id = p.id AND (n.name, n.role, n.email, n.phone, n.language, n.in_use, n.source, n.external_id)
        <> (p.name, p.role, p.email, p.phone, p.language, p.in_use, p.source, p.external_id)
"""

NEW = """
    INSERT INTO orders_contact (customer_id, name, role, email, phone, language, in_use, source, external_id)
    SELECT k.customer_id, r.name, coalesce(r.role, 'billing'), coalesce(r.email, ''), coalesce(r.phone, ''),
           coalesce(r.language, ''), coalesce(r.in_use, true), %(source)s, coalesce(r.external_id, '')
    FROM import_known k JOIN import_row r ON r.line = k.line
    WHERE r.state = 'g' AND k.id IS NULL ORDER BY k.customer_id, r.line
"""

CONTACTS = Kind(
    name="contacts",
    title="Contacts",
    description="The people at customers: who gets the letters, their e-mail, telephone and language.",
    right="imports.contacts",
    fields=FIELDS,
    key="customer",
    key_sql=KEY,
    book=book,
    look=look,
    undo=unloading.undo,
    tracked=unloading.TRACKED,
)
