"""Disputes: a customer contests an item, and it is not chased until that is settled.

The acts of people are named here; what happens by itself is in `following`, who settles what by when in `routing`, what
customers contest again and again in `causes`.
"""

from o2c.collections.disputes.changing import add_note, change
from o2c.collections.disputes.following import deducted, deduction_ended
from o2c.collections.disputes.keeping import DisputeChanged, DisputeRefused, standing
from o2c.collections.disputes.opening import open, open_all
from o2c.collections.disputes.resolving import decided, resolve, take_back, withdraw

__all__ = [
    "DisputeChanged",
    "DisputeRefused",
    "add_note",
    "change",
    "decided",
    "deducted",
    "deduction_ended",
    "open",
    "open_all",
    "resolve",
    "standing",
    "take_back",
    "withdraw",
]
