"""What a customer is good for: a score of up to 100 points from what is known of it, and the limit that follows.

Pure rules. Each factor gives 0 to 100 points along a straight line between two figures, and counts by its weight in the
policy; what is not known, or too old, does not count. The limit is what the customer buys in some months, or where it
bought nothing yet a share of its own sales, times the score; it is rounded down to two figures.
"""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from o2c.core import formats

NOTHING, FULL = Decimal(0), Decimal(100)


@dataclass(frozen=True)
class Record:
    """How a customer paid within the last twelve months, by the ledger; None where it paid nothing.

    Days and shares are weighed by the amount. The turnover is what was invoiced, in the base currency.
    """

    days_late: Decimal | None = None
    share_late: Decimal | None = None
    turnover: Decimal = NOTHING
    known_since: date | None = None


@dataclass(frozen=True)
class Told:
    """What was found out elsewhere: figures of its accounts with their day, and an agency's score of 0 to 100.

    Ratios are in percent (equity) and as a factor (current assets to short-term debt); sales in the base currency.
    """

    financials_on: date | None = None
    equity_ratio: Decimal | None = None
    current_ratio: Decimal | None = None
    sales: Decimal | None = None
    rating_on: date | None = None
    rating_score: int | None = None


@dataclass(frozen=True)
class Weights:
    """By how much each factor counts, and how the score becomes a limit."""

    days_late: int = 25
    share_late: int = 15
    years_known: int = 10
    equity_ratio: int = 20
    current_ratio: int = 10
    rating: int = 20
    turnover_months: int = 3
    sales_percent: int = 5
    least_score: int = 40
    stale_months: int = 18


@dataclass(frozen=True)
class Line:
    """A factor with its figure in words, the points it gives, and its weight; no points: it does not count, and why."""

    factor: str
    says: str
    weight: int
    points: int | None

    def as_json(self) -> dict:
        return {"factor": self.factor, "says": self.says, "weight": self.weight, "points": self.points}


@dataclass(frozen=True)
class Proposal:
    """`amount` is in the base currency; `score` None where nothing counts."""

    lines: tuple[Line, ...]
    score: int | None
    amount: Decimal
    reasons: tuple[str, ...]


# Factor → its name, and the figures that give no point and all points.
FACTORS: dict[str, tuple[str, Decimal, Decimal]] = {
    "days_late": ("Days late on average", Decimal(60), NOTHING),
    "share_late": ("Share paid late", FULL, NOTHING),
    "years_known": ("Years known", NOTHING, Decimal(5)),
    "equity_ratio": ("Equity ratio", NOTHING, Decimal(40)),
    "current_ratio": ("Liquidity", Decimal("0.5"), Decimal(2)),
    "rating": ("External rating", NOTHING, FULL),
}


def points(factor: str, figure: Decimal) -> int:
    """0 to 100, along a straight line between the two figures of the factor."""
    _, none, full = FACTORS[factor]
    share = (figure - none) / (full - none) * FULL
    return int(min(max(share, NOTHING), FULL).quantize(Decimal(1), ROUND_HALF_UP))


def propose(
    record: Record, told: Told, weights: Weights, *, asked: Decimal | None, currency: str, on: date
) -> Proposal:
    """The limit that follows, in the base currency `currency`, never more than was asked for; with its reasons."""
    fresh = _fresh(told.financials_on, weights.stale_months, on)
    rated = _fresh(told.rating_on, weights.stale_months, on)
    years = None if record.known_since is None else Decimal(max((on - record.known_since).days, 0)) / Decimal("365.25")
    figures: dict[str, tuple[Decimal | None, str, str]] = {
        "days_late": (record.days_late, "{} days", "has paid nothing in a year"),
        "share_late": (record.share_late, "{} %", "has paid nothing in a year"),
        "years_known": (years, "{} years", "was never invoiced"),
        "equity_ratio": (told.equity_ratio if fresh else None, "{} %", _missing(told.equity_ratio)),
        "current_ratio": (told.current_ratio if fresh else None, "{}", _missing(told.current_ratio)),
        "rating": (None if told.rating_score is None or not rated else Decimal(told.rating_score), "{} of 100",
                   _missing(told.rating_score)),
    }  # fmt: skip
    lines = []
    for factor, (figure, form, missing) in figures.items():
        weight = getattr(weights, factor)
        says = missing if figure is None else form.format(_short(figure))
        counts = figure is not None and weight > 0
        lines.append(Line(factor, says, weight, points(factor, figure) if counts else None))
    counted = [line for line in lines if line.points is not None]
    if not counted:
        return Proposal(tuple(lines), None, NOTHING, ("Nothing is known that counts, so no limit is proposed.",))
    weighed = Decimal(sum(line.points * line.weight for line in counted)) / sum(line.weight for line in counted)
    score = int(weighed.quantize(Decimal(1), ROUND_HALF_UP))
    return Proposal(tuple(lines), score, *_limit(record, told if fresh else Told(), weights, score, asked, currency))


def _limit(
    record: Record, told: Told, weights: Weights, score: int, asked: Decimal | None, currency: str
) -> tuple[Decimal, tuple[str, ...]]:
    def money(amount: Decimal) -> str:
        return f"{formats.amount(amount, currency)} {currency}"

    if score < weights.least_score:
        return NOTHING, (f"{score} points of 100 are less than {weights.least_score}, so no limit is proposed.",)
    if record.turnover > 0:
        basis = record.turnover * weights.turnover_months / 12
        reasons = [f"It buys for {money(basis)} in {weights.turnover_months} months."]
    elif told.sales is not None and told.sales > 0:
        basis = told.sales * weights.sales_percent / 100
        reasons = [f"It has bought nothing yet; {weights.sales_percent} % of its sales are {money(basis)}."]
    else:
        return NOTHING, ("It has bought nothing yet and its sales are not known, so no limit is proposed.",)
    amount = _two_figures(basis * score / 100)
    reasons.append(f"{score} points of 100 give {money(amount)}.")
    if asked is not None and asked < amount:
        amount = asked
        reasons.append(f"No more than the {money(asked)} that are asked for.")
    return amount, tuple(reasons)


def _two_figures(amount: Decimal) -> Decimal:
    """Rounded down to two figures: 12,345 is 12,000."""
    if amount <= 0:
        return NOTHING
    unit = Decimal(1).scaleb(max(amount.adjusted() - 1, 0))
    return (amount / unit).to_integral_value(ROUND_DOWN) * unit


def _short(figure: Decimal) -> str:
    """With one place where it has a fraction: 1.4, 12."""
    shown = figure.quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{shown:.0f}" if shown == shown.to_integral_value() else f"{shown:.1f}"


def _fresh(day: date | None, months: int, on: date) -> bool:
    return day is not None and (on - day).days <= months * 365 // 12


def _missing(value) -> str:
    return "not known" if value is None else "too old to count"
