"""What we owe customers who are vendors too, as the system says that keeps the vendor ledger."""
