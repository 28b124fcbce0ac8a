"""Taking back what a file said of customers: what it opened is deleted, what it changed is as it was."""
# ruff: noqa: S608 what is composed here is made of our own words; values are parameters

from o2c.core.imports import undoing
from o2c.core.imports.asking import do
from o2c.core.imports.undoing import Undoing
from o2c.orders.models import Account, Contact, CreditLimit, Customer, CustomerBankAccount, PaymentTerms

# In the order in which they can be deleted: nothing refers to what comes before.
TRACKED = (Contact, CustomerBankAccount, CreditLimit, Account, Customer, PaymentTerms)

# What is agreed with an account names it by its customer and legal entity.
OF_MADE = "a.customer_id = o.customer_id AND a.entity_id = o.entity_id JOIN {accounts} u ON u.id = a.id"
AGREED = {
    "orders": f"SELECT o.number FROM orders_order o JOIN orders_account a ON {OF_MADE}",
    "contracts": f"SELECT o.number FROM orders_contract o JOIN orders_account a ON {OF_MADE}",
    "lists bought by": "SELECT l.code FROM orders_pricelistchoice o JOIN orders_pricelist l ON l.id = o.price_list_id"
    f" JOIN orders_account a ON {OF_MADE}",
}


def undo(taking: Undoing) -> None:
    """Refused where anything refers to what was opened, or anybody changed what was changed."""
    rows = {model: undoing.own_rows(taking, model) for model in TRACKED}
    for model in TRACKED:
        undoing.ask_history(taking, model)
    made = {model: f"(SELECT id FROM {name} WHERE made)" for model, name in rows.items()}
    for model in (Customer, PaymentTerms, Account, CreditLimit, Contact, CustomerBankAccount):
        undoing.ask_references(taking, model, made[model], own=TRACKED)
    for what, sql in AGREED.items():
        taking.builds(what, sql.format(accounts=made[Account]))
    taking.ask("account", made[Account])
    taking.refuse_if_built_on()
    # before those that counted until then count again: no two do on one day
    undoing.remove(CreditLimit, made[CreditLimit])
    for model in TRACKED:
        restored = undoing.restore(taking, model)
        taking.undone.restored += restored if model in (Customer, Account, Contact) else 0
    for model in TRACKED:
        removed = undoing.remove(model, made[model])
        taking.undone.taken_back += removed if model in (Customer, Contact) else 0


def remove_unused(taking: Undoing, also: str = "SELECT NULL::bigint") -> None:
    """Delete customers that a file of something else opened, as far as nothing refers to them; the others stay.

    `also` selects those that are referred to where no column of a model says so.
    """
    for model in (Account, Customer):
        undoing.own_rows(taking, model)
    opened = "(SELECT id FROM undo_orders_customer WHERE made)"
    used = " UNION ALL ".join(
        f"SELECT u.id FROM {sql}" for _, sql in undoing.references(Customer, opened, own=[Account])
    )
    changed = "SELECT pgh_obj_id FROM orders_customerevent e JOIN undo_orders_customer u ON u.id = e.pgh_obj_id"
    free = f"(SELECT o.id FROM {opened} o WHERE o.id NOT IN ({used} UNION ALL {changed} AND e.pgh_id > u.last)"
    free += f" AND o.id NOT IN (SELECT x.id FROM ({also}) x (id) WHERE x.id IS NOT NULL))"
    do(f"CREATE TEMP TABLE undo_free ON COMMIT DROP AS SELECT id FROM {free} f")
    do("DELETE FROM orders_account a USING undo_free f WHERE f.id = a.customer_id")
    removed = undoing.remove(Customer, "undo_free")
    kept = do(f"SELECT 1 FROM {opened} o") - removed
    if kept:
        taking.undone.notes.append(f"{kept} customers that it opened stay: the books refer to them.")
