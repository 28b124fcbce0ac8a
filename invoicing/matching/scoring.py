"""What a bank line may be for, with a score and the reasons: pure, the same for the same facts in any order.

Every reason leaves some doubt, and reasons are taken as independent: the score is one less the product of what each
leaves (a noisy-or). Which document the payer names, who the payer is, and how the amount fits are the three kinds.
An amount that fits is never enough by itself, nor together with a name that is like a customer's.

A proposal is `firm` where it may be applied by itself. It is not where another one is as likely, where the account is
known to be somebody else's, where a document was paid before, where the amount is not explained, or where choices as
good as this one would be found by chance.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from operator import attrgetter

from rapidfuzz import fuzz

from o2c.invoicing.matching import sums
from o2c.invoicing.matching.facts import Answer, Candidates, Item, Known, Line, Part, Rules
from o2c.invoicing.matching.texts import off_by_one

WEIGHTS = {
    # the payer's own word
    "advice": 0.97,
    # the document
    "collection": 0.97, "reference": 0.95, "number": 0.85, "tail": 0.6, "similar": 0.55,
    # the payer
    "iban": 0.8, "learnt_iban": 0.8, "mandate": 0.8, "customer_number": 0.6, "learnt_reference": 0.6,
    "learnt_name": 0.55, "name": 0.55,
    # the amount
    "exact": 0.75, "instalment": 0.75, "all": 0.75, "overdue": 0.7, "discount": 0.7, "charge_told": 0.7,
    "combination": 0.65, "netted": 0.65, "difference": 0.6, "charge": 0.5, "chosen": 0.5, "late_discount": 0.4,
    "offer_late": 0.4, "paid_before": 0.3, "part": 0.2, "offer_less": 0.2, "over": 0.2, "on_account": 0.0,
}  # fmt: skip
# What says who pays so surely that an amount which fits is enough.
SURE_PAYER = frozenset({"iban", "learnt_iban", "mandate", "customer_number"})
SURE_NUMBER = frozenset({"collection", "reference", "number"})
# Fits that leave nothing unexplained.
EXPLAINED = frozenset(
    {"exact", "instalment", "all", "overdue", "discount", "charge_told", "combination", "netted", "difference"}
)
# Answers nearer than this are as likely as each other.
AS_LIKELY = 0.05
ALIKE = 88  # of 100: names that are the same but for a slip
MOST_ANSWERS = 5
# Choices that chance alone would find so often are not believed.
BY_CHANCE = 0.001
MOST_TRIED = 16  # items among which any choice is tried; of more only what a payer would choose
MOST_ITEMS = 60
SHORT_KEY = 5
MOST_SLIPS = 2
DUE = attrgetter("due_on", "id")


@dataclass(slots=True)
class Group:
    """A payer with its branches: what is open of it, what of it the line names, and why it may be the payer."""

    payer_id: int
    items: list[Item] = field(default_factory=list)
    named: dict[int, str] = field(default_factory=dict)
    paid: list[Item] = field(default_factory=list)
    others: list[Item] = field(default_factory=list)  # open instalments of an invoice of which another one is named
    known: list[Known] = field(default_factory=list)
    hows: set[str] = field(default_factory=set)


def score(line: Line, candidates: Candidates, rules: Rules) -> list[Answer]:
    """The answers, the most likely first; those as likely as the first are its rivals and none of them is firm."""
    groups = _groups(line, candidates)
    answers: list[Answer] = []
    sure = {payer for payer, group in groups.items() if group.hows & SURE_PAYER}
    for payer_id in sorted(groups):
        group = groups[payer_id]
        elsewhere = bool(sure) and payer_id not in sure
        for answer in _explain(line, group, rules, candidates.complete):
            if elsewhere:
                told = ({"code": "other_payer", "payers": sorted(sure)},)
                answer = Answer(
                    answer.payer_id, answer.customer_id, answer.parts, answer.score * 0.9, answer.reasons + told
                )
            answers.append(answer)
    return _ranked(answers)


def _ranked(answers: Iterable[Answer]) -> list[Answer]:
    best: dict[tuple, Answer] = {}
    for answer in answers:
        held = best.get(answer.signature)
        if held is None or (answer.firm, answer.score) > (held.firm, held.score):
            best[answer.signature] = answer
    ranked = sorted(best.values(), key=lambda a: (-round(a.score, 3), a.payer_id, a.customer_id, a.parts))
    if not ranked:
        return []
    top = ranked[0].score
    rivals = sum(1 for answer in ranked[1:] if top - answer.score < AS_LIKELY and answer.parts)
    told = []
    for answer in ranked[:MOST_ANSWERS]:
        firm, reasons, count = answer.firm, answer.reasons, 0
        if rivals > 0 and top - answer.score < AS_LIKELY:
            firm, reasons, count = False, (*reasons, {"code": "rivals", "count": rivals}), rivals
        score = round(answer.score, 3)
        told.append(Answer(answer.payer_id, answer.customer_id, answer.parts, score, reasons, firm, count))
    return told


# --- Groups


def _groups(line: Line, candidates: Candidates) -> dict[int, Group]:
    groups: dict[int, Group] = defaultdict(lambda: Group(0))
    named = {item.id: how for item in candidates.items if (how := _named(line, item))}
    others = {item.id for item in candidates.items if _of_another(line, item)} if line.instalments else set()
    whole = {item.tail for item in candidates.items if named.get(item.id) in SURE_NUMBER} if named else set()
    for item in candidates.items:
        how = named.get(item.id) if item.id not in others else None
        if how == "tail" and item.tail in whole:
            how = None  # the same figures, and they name another document wholly
        group = groups[item.payer_id]
        if item.open:
            group.items.append(item)
            if how:
                group.named[item.id] = how
            if item.id in others:
                group.others.append(item)
        elif how:
            group.paid.append(item)
    for each in candidates.known:
        groups[each.payer_id].known.append(each)
    if line.name:
        for each in candidates.names:
            if each.payer_id in groups and alike(line.name, each.name):
                groups[each.payer_id].known.append(Known(each.customer_id, each.payer_id, "name"))
    for payer_id, group in groups.items():
        group.payer_id = payer_id
        group.items.sort(key=DUE)
        group.paid.sort(key=lambda item: item.id)
        group.hows = {each.how for each in group.known}
        _prefer_whole(group)
        if not group.named and group.known:
            # A number that is somebody's document of the group was meant so, and is no slip for another one.
            meant = {item.key for item in group.paid}
            keys = [key for key in line.keys if len(key) >= SHORT_KEY and key not in meant]
            likely = (item for item in group.items if item not in group.others and _similar(keys, item))
            group.named = {item.id: "similar" for item in likely} if keys else {}
    return {payer: group for payer, group in groups.items() if group.named or group.known or group.paid}


def _prefer_whole(group: Group) -> None:
    """Where documents are named wholly, figures at the end of others mean nothing."""
    if any(how in SURE_NUMBER for how in group.named.values()):
        group.named = {id: how for id, how in group.named.items() if how in SURE_NUMBER}


def _named(line: Line, item: Item) -> str:
    if item.id in line.collected:
        return "collection"
    if item.reference and item.reference in line.references:
        return "reference"
    if item.key and item.key in line.keys:
        return "number" if len(item.key) >= SHORT_KEY else "tail"
    if item.tail and item.tail != item.key and item.tail in line.keys:
        return "tail"
    return ""


def _of_another(line: Line, item: Item) -> bool:
    """Whether the line says another instalment of the item's invoice, its number read with a slip or two."""
    own = item.instalment
    if own is None:
        return False
    figures, number = own
    said = {which for written, which in line.instalments if _slips(written, figures) <= MOST_SLIPS}
    return bool(said) and number not in said


def _slips(written: str, figures: str) -> int:
    return sum(ours != theirs for ours, theirs in zip(figures, written, strict=True))


def _similar(keys: list[str], item: Item) -> bool:
    if item.open <= 0:
        return False
    number = item.key
    longest = len(number) + 1
    # what is longer or shorter by more than one is told apart here: it is most of what there is
    return any(off_by_one(key, number) for key in keys if -2 <= len(key) - longest <= 0)


def alike(written: str, name: str) -> bool:
    """Whether two names, as they are compared, are the same but for a slip, the order of words or a cut by the bank."""
    if written == name:
        return True
    if min(len(written), len(name)) >= 15 and (name.startswith(written) or written.startswith(name)):
        return True
    return fuzz.token_sort_ratio(written, name) >= ALIKE


# --- What explains the amount


def _explain(line: Line, group: Group, rules: Rules, complete: bool) -> Iterator[Answer]:
    named = [item for item in group.items if item.id in group.named]
    explained = False
    if any(item.open > 0 for item in named):
        for answer in Explaining(line, group, rules).of_named(named, complete):
            if _sound(answer, line):
                explained |= answer.reasons[-1]["code"] in EXPLAINED
                yield answer
    elif group.paid:
        yield _told(line, group, (), "paid_before", group.paid, firm=False)
    again = any(item.amount == line.amount for item in group.paid)
    if complete and group.known and not explained and not (again and not named):
        doubt = bool(group.paid) or bool(group.others) or any(how != "similar" for how in group.named.values())
        for answer in Explaining(line, group, rules).of_unnamed(doubt=doubt):
            if _sound(answer, line):
                yield answer


def _sound(answer: Answer, line: Line) -> bool:
    """Some of the money, not more than there is, and of each item something."""
    total = sum(part.amount for part in answer.parts)
    return not answer.parts or (0 < total <= line.amount and all(part.amount for part in answer.parts))


@dataclass(slots=True)
class Explaining:
    line: Line
    group: Group
    rules: Rules

    def of_named(self, named: list[Item], complete: bool) -> Iterator[Answer]:
        """What the named documents explain. `complete`: what else is open of the payer is known."""
        wholly = all(self.group.named[item.id] in SURE_NUMBER for item in named)
        confirmed = bool(self.group.hows)
        firm = wholly or confirmed
        fit = self._fit(named)
        if fit:
            code, parts = fit
            sure = code in EXPLAINED and (firm or code in {"exact", "instalment"})
            yield self._answer(parts, code, named, firm=sure)
            return
        taken = self._instalments(named)
        if taken:
            yield self._answer(_whole(taken), "instalment", taken, firm=firm)
            return
        total, amount = sum(item.open for item in named), self.line.amount
        if total > amount:
            yield from self._short(named, wholly, confirmed, complete)
        else:
            yield from self._over(named, total, confirmed, complete)

    def _short(self, named: list[Item], wholly: bool, confirmed: bool, complete: bool) -> Iterator[Answer]:
        amount = self.line.amount
        short = sum(item.open for item in named) - amount
        if complete:
            credits = [item for item in self.group.items if item.open < 0 and item.id not in self.group.named]
            with_credit = [item for item in credits if item.open == -short]
            for credit in with_credit[:2]:
                firm = confirmed and len(with_credit) == 1
                yield self._answer(_whole([*named, credit]), "netted", [*named, credit], firm=firm)
            if with_credit:
                return
        if len(named) > 1:
            try:
                chosen = sums.choose([item.open for item in named[:MOST_TRIED]], amount)
            except sums.Ambiguous:
                chosen = None
            if chosen:
                items = [named[place] for place in chosen]
                yield self._answer(_whole(items), "chosen", items, firm=wholly and confirmed and len(named) <= 8)
                return
        late = self._discounted(named, late=True)
        if late and sum(late.values()) == short:
            parts = [
                Part(item.id, item.open - late.get(item.id, 0), deduction=late.get(item.id, 0),
                     reason="discount" if late.get(item.id) else "")
                for item in named
            ]  # fmt: skip
            yield self._answer(parts, "late_discount", named, firm=False)
            return
        missed = self._missed(named, short)
        if missed:
            yield missed
            return
        if self.rules.difference < short <= self.rules.charge:
            last = max(named, key=lambda item: (item.open, item.id))
            parts = [
                Part(item.id, item.open - (short if item is last else 0), charge=short if item is last else 0)
                for item in named
            ]
            if all(part.amount > 0 or item.open < 0 for part, item in zip(parts, named, strict=True)):
                told = self.line.charges == short
                yield self._answer(parts, "charge_told" if told else "charge", named, firm=told)
                return
        alone = len(named) == 1 and wholly and confirmed
        # A part of what is named, or all of what was meant: one that is paid wholly by it says the other.
        firm = alone and complete and not any(item.open == amount for item in self.group.items)
        standing = len(named) == 1 and named[0].offers_on(self.line.paid_on)
        yield self._answer(self._oldest_first(named), "offer_less" if standing else "part", named, firm=firm)

    def _missed(self, named: list[Item], short: int) -> Answer | None:
        """What an offer granted on a day before: what the money earns by now is let go of, the rest is in dispute."""
        until = named[0].offered_before(self.line.paid_on, short) if len(named) == 1 else None
        if until is None:
            return None
        item = named[0]
        earned = item.earned(self.line.amount, self.line.paid_on, self.rules.grace_days)
        part = Part(item.id, item.open - short, discount=earned, deduction=short - earned, reason="discount")
        return self._answer([part], "offer_late", named, firm=False, until=until.isoformat())

    def _over(self, named: list[Item], total: int, confirmed: bool, complete: bool) -> Iterator[Answer]:
        rest = self.line.amount - total
        if complete:
            others = [item for item in self.group.items if item.id not in self.group.named]
            for count in (1, 2):
                found = sums.choose_few([item.open for item in others], rest, count)
                for places in found:
                    items = named + [others[place] for place in places]
                    sane = self._by_chance(len(others), count, rest) < BY_CHANCE
                    yield self._answer(_whole(items), "combination", items, firm=confirmed and len(found) == 1 and sane)
                if found:
                    return
            if sum(item.open for item in others) == rest and others:
                yield self._answer(_whole(named + others), "all", named + others, firm=confirmed)
                return
        slight = rest <= self.rules.difference
        yield self._answer(_whole(named), "over", named, firm=confirmed and slight, over=rest)

    def of_unnamed(self, *, doubt: bool) -> Iterator[Answer]:
        """What all that is open of a known payer explains. `doubt`: the line names something that does not fit."""
        line, items = self.line, self.group.items[: MOST_ITEMS * 4]
        firm = bool(self.group.hows & SURE_PAYER) and not doubt
        found: list[tuple[str, list[Part], list[Item], bool]] = []
        for item in items:
            if item.open == line.amount:
                # One of the same amount of which a part is paid may have been meant as well.
                alone = not any(other.amount == line.amount != other.open for other in items)
                found.append(("exact", _whole([item]), [item], alone))
            else:
                off = self._discounted([item])
                if off and item.open - off[item.id] == line.amount:
                    found.append(("discount", [Part(item.id, line.amount, discount=off[item.id])], [item], True))
        if len(items) > 1:
            found += self._sets(items)
        if not found:
            found += self._choices(items)
        for code, parts, about, sane in found[:MOST_ANSWERS]:
            yield self._answer(parts, code, about, firm=firm and sane)
        if not found:
            yield _told(line, self.group, (), "on_account", (), firm=False)

    def _sets(self, items: list[Item]) -> list[tuple[str, list[Part], list[Item], bool]]:
        """All that is open, all of it less its discounts, or all that is overdue: what a payer of a statement pays."""
        amount = self.line.amount
        if sum(item.open for item in items) == amount:
            return [("all", _whole(items), items, True)]
        off = self._discounted(items)
        if off and sum(item.open for item in items) - sum(off.values()) == amount:
            parts = [Part(item.id, item.open - off.get(item.id, 0), discount=off.get(item.id, 0)) for item in items]
            return [("discount", parts, items, True)]
        due = [item for item in items if item.due_on < self.line.paid_on]
        if len(due) > 1 and sum(item.open for item in due) == amount:
            return [("overdue", _whole(due), due, True)]
        return []

    def _choices(self, items: list[Item]) -> list[tuple[str, list[Part], list[Item], bool]]:
        amounts, amount = [item.open for item in items], self.line.amount
        ways = sums.choose_few(amounts, amount, 2)
        if not ways and len(items) > 3:
            ways = sums.all_but_one(amounts, amount)
        if not ways and len(items) > 2:
            try:
                if len(items) <= MOST_TRIED or (len(items) <= MOST_ITEMS and 2 * amount > sum(amounts)):
                    way = sums.choose(amounts, amount)
                    ways = [way] if way else []
            except sums.Ambiguous:
                return []
        found = []
        for places in ways:
            chosen = [items[place] for place in places]
            sane = len(ways) == 1 and self._by_chance(len(items), len(chosen), sum(map(abs, amounts))) < BY_CHANCE
            found.append(("combination", _whole(chosen), chosen, sane))
        return found

    @staticmethod
    def _by_chance(count: int, chosen: int, total: int) -> float:
        return sums.coincidences(count, chosen, abs(total))

    def _fit(self, items: list[Item]) -> tuple[str, list[Part]] | None:
        """How the amount is all of the items, or all less what may be let go of."""
        short = sum(item.open for item in items) - self.line.amount
        if short == 0:
            return "exact", _whole(items)
        if short < 0:
            return None
        off = self._discounted(items)
        if len(items) == 1 and items[0].offered and short < off.get(items[0].id, 0):
            # who pays before the day of the table takes less than there is
            return "discount", [Part(items[0].id, self.line.amount, discount=short)]
        for taken in self._taken(off, short):
            left = short - sum(taken.values())
            last = max(items, key=lambda item: (item.open, item.id))
            if left > last.open - taken.get(last.id, 0):
                continue
            return ("discount" if taken else "difference"), [
                Part(
                    item.id,
                    item.open - taken.get(item.id, 0) - (left if item is last else 0),
                    discount=taken.get(item.id, 0),
                    difference=left if item is last else 0,
                )
                for item in items
            ]
        return None

    def _taken(self, off: dict[int, int], short: int) -> Iterator[dict[int, int]]:
        """Which discounts explain what is short: all of them, some of them, none; with a small difference beside."""
        small = self.rules.difference
        total = sum(off.values())
        if off and 0 <= short - total <= small:
            yield off
        elif 1 < len(off) <= MOST_TRIED and short < total:
            ids = sorted(off)
            try:
                places = sums.choose([off[id] for id in ids], short)
            except sums.Ambiguous:
                places = None
            if places:
                yield {ids[place]: off[ids[place]] for place in places}
        if short <= small:
            yield {}

    def _discounted(self, items: list[Item], *, late: bool = False) -> dict[int, int]:
        """The discount of each item that may still be taken on the day; `late`: what could have been before."""
        paid_on, grace = self.line.paid_on, self.rules.grace_days
        taken = {item.id: item.discount(paid_on, grace, late=late) for item in items if item.discounts or item.offered}
        return {id: amount for id, amount in taken.items() if amount}

    def _instalments(self, named: list[Item]) -> list[Item] | None:
        """The first instalments of one invoice that make the amount: who pays one pays the one that is due first."""
        if len(named) < 2 or len({(item.base or item.number, item.customer_id) for item in named}) != 1:
            return None
        total, taken = 0, []
        for item in named:
            total += item.open
            taken.append(item)
            if total == self.line.amount:
                return taken
        single = [item for item in named if item.open == self.line.amount]
        return single[:1] or None

    def _oldest_first(self, named: list[Item]) -> list[Part]:
        left, parts = self.line.amount, []
        for item in named:
            if item.open < 0:
                continue
            part = min(left, item.open)
            if part:
                parts.append(Part(item.id, part))
            left -= part
        return parts

    def _answer(self, parts: list[Part], code: str, about: Iterable[Item], *, firm: bool, **facts) -> Answer:
        return _told(self.line, self.group, tuple(sorted(parts)), code, about, firm=firm, **facts)


def _whole(items: Iterable[Item]) -> list[Part]:
    return [Part(item.id, item.open) for item in items]


def _told(
    line: Line, group: Group, parts: tuple[Part, ...], code: str, about: Iterable[Item], *, firm: bool, **facts
) -> Answer:
    """The answer with its score and reasons. The amount fits by `code`; what of the items is named counts once."""
    about = list(about)
    doubt = 1 - WEIGHTS[code]
    reasons: list[dict] = []
    hows = [group.named[item.id] for item in about if item.id in group.named]
    if code == "paid_before":
        hows = [_named(line, item) for item in about]
    if hows:
        weakest = min(hows, key=lambda how: (WEIGHTS[how], how))
        doubt *= 1 - WEIGHTS[weakest]
        numbers = sorted({item.number for item in about if item.id in group.named or code == "paid_before"})
        reasons.append({"code": weakest, "numbers": numbers[:10], "count": len(numbers)})
    for how in sorted(group.hows):
        doubt *= 1 - WEIGHTS[how]
        reasons.append({"code": how})
    reasons.append({"code": code, "items": len(parts)} | facts)
    customer_id = _customer(group, about)
    return Answer(group.payer_id, customer_id, parts, max(0.0, 1 - doubt), tuple(reasons), firm=firm)


def _customer(group: Group, about: list[Item]) -> int:
    """On whose account the money is booked: who is known to pay, else whose documents they are, else the payer's."""
    if group.hows & SURE_PAYER:
        known = {each.customer_id for each in group.known if each.how in SURE_PAYER}
        if len(known) == 1:
            return known.pop()
    owners = {item.customer_id for item in about}
    return owners.pop() if len(owners) == 1 else group.payer_id
