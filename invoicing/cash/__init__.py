"""Cash application: receipts, what they settle, and what else people decide about money.

What every caller needs is named here; the acts that have a subject of their own are in the modules: `writeoffs`,
`refunds`, `details`, `deductions`, `conceding`, `returns`, `transfers`.
"""

from o2c.invoicing.cash.receipts import (
    AppliedElsewhere,
    CashRefused,
    OverApplied,
    Split,
    apply,
    by_hand,
    lock,
    oldest_first,
    open_again,
    receive,
    refuse_elsewhere,
    standing,
)
from o2c.invoicing.cash.reversing import part_of, reverse, unapply

__all__ = [
    "AppliedElsewhere",
    "CashRefused",
    "OverApplied",
    "Split",
    "apply",
    "by_hand",
    "lock",
    "oldest_first",
    "open_again",
    "part_of",
    "receive",
    "refuse_elsewhere",
    "reverse",
    "standing",
    "unapply",
]
