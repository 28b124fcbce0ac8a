"""Orders, deliveries and prices from files and from documents of trading partners."""
