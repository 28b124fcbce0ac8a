"""Deliveries of orders: planned, shipped, delivered, proved; and what carriers and despatch advices tell of them."""
