"""The people of the demo company. For demonstration only: everyone knows their password."""

PASSWORD = "o2c-demo"  # noqa: S105 meant to be known

# (user name, role, full name, password)
DEMO_LOGINS = [
    ("manager", "finance_manager", "Maria Lindqvist", PASSWORD),
    ("collector", "collector", "Tomás Herrera", PASSWORD),
    ("cashier", "cash_clerk", "Aisha Khan", PASSWORD),
    ("orders", "order_clerk", "Yuki Tanaka", PASSWORD),
    ("credit", "credit_analyst", "Femi Adeyemi", PASSWORD),
    ("auditor", "auditor", "Pierre Morel", PASSWORD),
    ("admin", "administrator", "Jana Novak", PASSWORD),
]

# Others who work there, so that the demo's collector is not alone. Nobody can log in as them.
COLLEAGUES = [
    ("eva.brandt", "collector", "Eva Brandt", None),
    ("liam.osei", "collector", "Liam Osei", None),
]
