"""A spread over the days from the due date to the money: what chance of each day, given that it did not come yet.

Days are counted from the due date (0 is that day, negative is before). They are kept in bins: single days around the
due date, wider ones further away. Within a bin the chance of each day, if it did not come before, is the same; after
the last bin it goes on as in the last.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil, exp, log, log1p

# The first day of each bin, and the day after the last.
STARTS = (*range(-90, -30, 10), *range(-30, 60), *range(60, 180, 10), *range(180, 720, 30))
FIRST, END = STARTS[0], 720
BINS = len(STARTS)
WIDTHS = tuple(after - start for start, after in zip(STARTS, (*STARTS[1:], END), strict=True))
# Nothing is certain: a bin from which everybody was seen to pay still lets somebody through.
MOST_CERTAIN = 1 - 1e-9
# A quantile that is reached but for rounding is reached.
SLACK = 1e-9


def bin_of(day: int) -> int:
    """The bin of a day; days before the first bin count as its first, days after the last as its last."""
    return min(max(bisect_right(STARTS, day) - 1, 0), BINS - 1)


def last_whole_bin(day: int) -> int:
    """The last bin that has passed whole at the end of a day; -1 where none has."""
    if day >= END - 1:
        return BINS - 1
    return max(bisect_right(STARTS, day + 1) - 2, -1)


@dataclass(frozen=True, slots=True)
class Spread:
    """`hazards`: the chance of each bin that the money comes in it, if it did not before, above 0 and below 1.

    `piled` are the cumulated hazards at the beginning of each bin, and at the end of the last.
    """

    hazards: Sequence[float]
    piled: Sequence[float]

    @classmethod
    def of(cls, hazards: Sequence[float]) -> "Spread":
        return cls(hazards, tuple(accumulate((-log1p(-hazard) for hazard in hazards), initial=0.0)))

    def quickened(self, factor: float) -> "Spread":
        """Where a share is unpaid, it is to the power of the factor: all hazards in proportion."""
        if factor == 1:
            return self
        return Spread(
            [min(1 - (1 - hazard) ** factor, MOST_CERTAIN) for hazard in self.hazards],
            tuple(piled * factor for piled in self.piled),
        )

    def _up_to(self, day: int) -> float:
        """The cumulated hazard at the end of a day: minus the logarithm of the chance that it is unpaid then."""
        if day < FIRST:
            return 0.0
        place = min(bisect_right(STARTS, day) - 1, BINS - 1)
        piled = self.piled[place]
        return piled + (self.piled[place + 1] - piled) / WIDTHS[place] * (day - STARTS[place] + 1)

    def unpaid(self, day: int, *, given: int) -> float:
        """The chance that it is unpaid at the end of a day, if it was at the end of the day `given`."""
        if day <= given:
            return 1.0
        return exp(self._up_to(given) - self._up_to(day))

    def day(self, share: float, *, given: int) -> int:
        """The first day by whose end it is paid with that chance (0 < share < 1), if it was unpaid on `given`."""
        sought = self._up_to(given) - log(1 - share) - SLACK
        place = min(max(bisect_right(self.piled, sought) - 1, 0), BINS - 1)
        piled = self.piled[place]
        a_day = (self.piled[place + 1] - piled) / WIDTHS[place]
        return max(STARTS[place] + ceil((sought - piled) / a_day) - 1, given + 1, FIRST)
