"""Invoicing what was delivered or ordered: what is due, runs that bill it, and where invoices differ from orders."""
