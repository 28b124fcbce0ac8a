"""Commercial invoices for customs: what goes out of the customs territory with a delivery, and what it is worth."""
