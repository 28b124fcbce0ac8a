"""Chronic accounts: long overdue and nothing paid. What should become of each is recommended; a person decides."""
