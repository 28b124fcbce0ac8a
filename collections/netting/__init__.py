"""Netting what customers owe us with what we owe them: agreed, asked for by one person, approved by another.

What may be netted depends on disputes, holds and promises, so it is decided here; what is owed is in `invoicing`.
"""
