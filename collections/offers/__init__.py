"""Discounts for early payment that customers are offered: by a rule, in runs that a person approves, item by item.

a rule's version ─▶ who may be offered one (one statement) ─▶ a run ─▶ approved, one mail a customer ─▶ taken, or not
"""
