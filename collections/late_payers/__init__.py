"""Persistent late payers: a list by a rule of the legal entity's own, and what follows from it by people."""
