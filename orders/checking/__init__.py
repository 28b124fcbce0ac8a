"""What is wrong with orders: one pure rule over facts that are fetched for many at once."""
