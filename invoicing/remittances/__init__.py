"""Remittance advice: what customers say a payment covers, joined to the bank line that brought it."""
