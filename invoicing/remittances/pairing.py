"""Which advice belongs to which bank line: a pure rule over the pairs that may be.

The surest evidence decides first: a reference with the same amount, a reference alone, then payer, amount and day. Who
has one partner, which has no other, is joined. Of the others nobody is joined, and no weaker evidence is asked: two
payments of one reference are not told apart by their payer.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

REFERENCE_AND_AMOUNT, REFERENCE, PAYER = range(3)


@dataclass(frozen=True, slots=True, order=True)
class Pair:
    """Why an advice may be of a line, by one of the strengths above."""

    strength: int
    advice: int
    line: int


@dataclass(frozen=True)
class Joined:
    """`pairs` are joined; `unclear` has the lines that an advice may be of, where they are contested."""

    pairs: tuple[Pair, ...]
    unclear: dict[int, tuple[int, ...]]


def pair_up(found: Iterable[Pair]) -> Joined:
    """Never two advices on one line, never one advice on two; the same answer in any order."""
    by_strength: dict[int, list[Pair]] = defaultdict(list)
    for pair in sorted(set(found)):
        by_strength[pair.strength].append(pair)
    advices: set[int] = set()
    lines: set[int] = set()
    joined: list[Pair] = []
    unclear: dict[int, tuple[int, ...]] = {}
    for strength in sorted(by_strength):
        standing = [each for each in by_strength[strength] if each.advice not in advices and each.line not in lines]
        of_advice: dict[int, list[int]] = defaultdict(list)
        of_line: dict[int, list[int]] = defaultdict(list)
        for each in standing:
            of_advice[each.advice].append(each.line)
            of_line[each.line].append(each.advice)
        for each in standing:
            advices.add(each.advice)
            lines.add(each.line)
            if len(of_advice[each.advice]) == 1 and len(of_line[each.line]) == 1:
                joined.append(each)
            else:
                unclear[each.advice] = tuple(of_advice[each.advice])
    return Joined(tuple(joined), unclear)
