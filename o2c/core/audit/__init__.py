"""The audit trail's ground: where an act comes from, what is recorded beside the rows it changes, and what guards it.

What changes master data, policies and approvals stands in django-pghistory's events; money in the ledger's own rows.
All of them name a context (`pghistory_context`): who, and from where.
"""
