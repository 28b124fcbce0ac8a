"""Every metric that is shown: what it is called, its formula in words, over which window, in what it is told, and how
it is made of the months. `docs/metrics.md` says the same; a test holds the two equal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from o2c.analytics.metrics import rules
from o2c.analytics.metrics.months import ZERO, Month
from o2c.analytics.metrics.rules import Sales
from o2c.analytics.models import Figure

# What is sold is looked at over so many months, the last one among them.
WINDOW = 3
YEAR = 12


class Unit(Enum):
    DAYS = "days"
    PERCENT = "percent"
    MONEY = "money"
    TIMES = "times"
    COUNT = "count"


@dataclass(frozen=True)
class Metric:
    """`of` is given the months up to the one asked, the oldest first; there may be too few of them."""

    code: str
    name: str
    formula: str
    window: str
    unit: Unit
    better: str  # "low", "high" or "" where neither is
    of: Callable[[Sequence[Month]], Decimal | None]


def _window(months: Sequence[Month], size: int = WINDOW) -> Sequence[Month] | None:
    """The last months of a window; None where there are not so many."""
    return months[-size:] if len(months) >= size else None


def _sales(window: Sequence[Month]) -> tuple[Decimal, int]:
    return sum((month.sales for month in window), ZERO), sum(month.days for month in window)


def _of_sales(rule: Callable[[Month, Decimal, int], Decimal | None]) -> Callable[[Sequence[Month]], Decimal | None]:
    def of(months: Sequence[Month]) -> Decimal | None:
        window = _window(months)
        if window is None or window[-1].owed is None:
            return None
        return rule(window[-1], *_sales(window))

    return of


def _countback(months: Sequence[Month]) -> Decimal | None:
    if not months or months[-1].owed is None:
        return None
    return rules.countback_dso(months[-1].receivables, [Sales(month.sales, month.days) for month in reversed(months)])


def _effectiveness(months: Sequence[Month]) -> Decimal | None:
    window = _window(months, WINDOW + 1)
    if window is None or window[0].owed is None or window[-1].owed is None:
        return None
    last = window[-1]
    return rules.collection_effectiveness(
        window[0].receivables, _sales(window[1:])[0], WINDOW, last.receivables, last.not_due
    )


def _turnover(months: Sequence[Month]) -> Decimal | None:
    window = _window(months, YEAR + 1)
    if window is None or window[0].owed is None or window[-1].owed is None:
        return None
    sales, days = _sales(window[1:])
    return rules.turnover(sales, window[0].receivables, window[-1].receivables, days)


def _last(months: Sequence[Month], rule: Callable[[Month], Decimal | None]) -> Decimal | None:
    return rule(months[-1]) if months and months[-1].owed is not None else None


def _share(bucket: Callable[[int], bool]) -> Callable[[Sequence[Month]], Decimal | None]:
    def rule(month: Month) -> Decimal | None:
        part = sum((amount for first, amount in month.owed.items() if bucket(first)), ZERO)
        return rules.ratio(part, month.receivables)

    return lambda months: _last(months, rule)


def _roll(before: int, after: int) -> Callable[[Sequence[Month]], Decimal | None]:
    def of(months: Sequence[Month]) -> Decimal | None:
        window = _window(months, 2)
        if window is None or window[0].owed is None or window[1].owed is None:
            return None
        return rules.roll_rate(window[0].owed.get(before, ZERO), window[1].owed.get(after, ZERO))

    return of


def _average(figure: Figure, *, weighted: bool = False) -> Callable[[Sequence[Month]], Decimal | None]:
    def of(months: Sequence[Month]) -> Decimal | None:
        window = _window(months)
        if window is None:
            return None
        sums = [month.of(figure) for month in window]
        if weighted:
            return rules.average(sum(each.amount_days for each in sums), sum(each.amount for each in sums))
        return rules.average(sum(each.days for each in sums), sum(each.count for each in sums))

    return of


def _ratio(
    part: Figure, wholes: Sequence[Figure], *, counted: bool = False
) -> Callable[[Sequence[Month]], Decimal | None]:
    def of(months: Sequence[Month]) -> Decimal | None:
        window = _window(months)
        if window is None:
            return None

        def total(figure: Figure) -> Decimal:
            return sum((month.of(figure).count if counted else month.of(figure).amount for month in window), ZERO)

        return rules.ratio(total(part), sum((total(figure) for figure in wholes), ZERO))

    return of


def _of_net_sales(part: Figure) -> Callable[[Sequence[Month]], Decimal | None]:
    def of(months: Sequence[Month]) -> Decimal | None:
        window = _window(months)
        if window is None:
            return None
        sales, _ = _sales(window)
        return rules.ratio(sum((month.of(part).amount for month in window), ZERO), sales) if sales > 0 else None

    return of


def _cost(months: Sequence[Month]) -> Decimal | None:
    window = _window(months)
    if window is None:
        return None
    return rules.a_thousand(
        sum((month.of(Figure.COST).amount for month in window), ZERO),
        sum((month.of(Figure.COLLECTED).amount for month in window), ZERO),
    )


def _this_month(figure: Figure) -> Callable[[Sequence[Month]], Decimal | None]:
    return lambda months: months[-1].of(figure).amount if months else None


def _roll_on(months: Sequence[Month]) -> Decimal | None:
    """The oldest bucket keeps what is in it: it is taken together with the one before."""
    window = _window(months, 2)
    if window is None or window[0].owed is None or window[1].owed is None:
        return None
    before = window[0].owed.get(61, ZERO) + window[0].owed.get(91, ZERO)
    return rules.roll_rate(before, window[1].owed.get(91, ZERO))


LAST_THREE = "the last three months"
AT_THE_END = "the end of the month"
METRICS: tuple[Metric, ...] = (
    Metric(
        "receivables",
        "Receivables",
        "What is owed, less credits",
        AT_THE_END,
        Unit.MONEY,
        "",
        lambda months: _last(months, lambda month: month.receivables),
    ),
    Metric(
        "overdue",
        "Overdue",
        "Receivables past their due date",
        AT_THE_END,
        Unit.MONEY,
        "low",
        lambda months: _last(months, lambda month: month.receivables - month.not_due),
    ),
    Metric(
        "sales",
        "Sales on credit",
        "Invoiced less credited, with tax",
        "the month",
        Unit.MONEY,
        "high",
        lambda months: months[-1].sales if months else None,
    ),
    Metric(
        "collected", "Collected", "Payments received", "the month", Unit.MONEY, "high", _this_month(Figure.COLLECTED)
    ),
    Metric(
        "dso",
        "DSO",
        "Receivables ÷ sales × days",
        LAST_THREE,
        Unit.DAYS,
        "low",
        _of_sales(lambda month, sales, days: rules.days_sales_outstanding(month.receivables, sales, days)),
    ),
    Metric(
        "best_possible_dso",
        "Best possible DSO",
        "Receivables not due ÷ sales × days",
        LAST_THREE,
        Unit.DAYS,
        "low",
        _of_sales(lambda month, sales, days: rules.best_possible_dso(month.not_due, sales, days)),
    ),
    Metric(
        "days_delinquent",
        "Average days delinquent",
        "DSO − best possible DSO",
        LAST_THREE,
        Unit.DAYS,
        "low",
        _of_sales(
            lambda month, sales, days: rules.average_days_delinquent(month.receivables, month.not_due, sales, days)
        ),
    ),
    Metric(
        "countback_dso",
        "Countback DSO",
        "Months whose sales the receivables still are, the latest first",
        "as many months as it takes",
        Unit.DAYS,
        "low",
        _countback,
    ),
    Metric(
        "cei",
        "Collection effectiveness",
        "(Receivables before + monthly sales − receivables) ÷ "
        "(receivables before + monthly sales − receivables not due)",
        LAST_THREE,
        Unit.PERCENT,
        "high",
        _effectiveness,
    ),
    Metric(
        "turnover", "Turnover", "Sales of a year ÷ average receivables", "twelve months", Unit.TIMES, "high", _turnover
    ),
    Metric(
        "days_to_pay",
        "Days to pay",
        "Days from issue to the last money, invoices alike",
        LAST_THREE,
        Unit.DAYS,
        "low",
        _average(Figure.PAID),
    ),
    Metric(
        "days_to_pay_weighted",
        "Days to pay, by amount",
        "The same, each invoice by its amount",
        LAST_THREE,
        Unit.DAYS,
        "low",
        _average(Figure.PAID, weighted=True),
    ),
    Metric(
        "days_late",
        "Days late",
        "Days from the due date to the last money, early ones negative, invoices alike",
        LAST_THREE,
        Unit.DAYS,
        "low",
        _average(Figure.LATE),
    ),
    Metric(
        "days_late_weighted",
        "Days late, by amount",
        "The same, each invoice by its amount",
        LAST_THREE,
        Unit.DAYS,
        "low",
        _average(Figure.LATE, weighted=True),
    ),
    Metric(
        "current",
        "Current",
        "Receivables not due ÷ receivables",
        AT_THE_END,
        Unit.PERCENT,
        "high",
        _share(lambda first: first == 0),
    ),
    Metric(
        "over_90",
        "Over 90 days",
        "Receivables more than 90 days late ÷ receivables",
        AT_THE_END,
        Unit.PERCENT,
        "low",
        _share(lambda first: first > 90),
    ),
    Metric(
        "roll_1_30",
        "Rolled into 31–60",
        "31–60 days late ÷ 1–30 days late a month before",
        "two months' ends",
        Unit.PERCENT,
        "low",
        _roll(1, 31),
    ),
    Metric(
        "roll_31_60",
        "Rolled into 61–90",
        "61–90 days late ÷ 31–60 days late a month before",
        "two months' ends",
        Unit.PERCENT,
        "low",
        _roll(31, 61),
    ),
    Metric(
        "roll_61_90",
        "Rolled over 90",
        "Over 90 days late ÷ what was over 60 a month before",
        "two months' ends",
        Unit.PERCENT,
        "low",
        _roll_on,
    ),
    Metric(
        "promises_kept",
        "Promises kept",
        "Promises kept ÷ promises that came due, by number",
        LAST_THREE,
        Unit.PERCENT,
        "high",
        _ratio(Figure.KEPT, [Figure.PROMISED], counted=True),
    ),
    Metric(
        "promised_paid",
        "Promised and paid",
        "Paid of what was promised ÷ promised",
        LAST_THREE,
        Unit.PERCENT,
        "high",
        _ratio(Figure.KEPT, [Figure.PROMISED]),
    ),
    Metric(
        "dispute_rate", "Disputed", "Disputed ÷ sales", LAST_THREE, Unit.PERCENT, "low", _of_net_sales(Figure.DISPUTED)
    ),
    Metric(
        "dispute_days",
        "Days to resolve",
        "Days from opening to resolution, disputes alike",
        LAST_THREE,
        Unit.DAYS,
        "low",
        _average(Figure.RESOLVED),
    ),
    Metric(
        "deduction_recovery",
        "Deductions recovered",
        "Paid after all ÷ deductions that ended",
        LAST_THREE,
        Unit.PERCENT,
        "high",
        _ratio(Figure.RECOVERED, [Figure.RECOVERED, Figure.CONCEDED]),
    ),
    Metric(
        "contact_rate",
        "Reached by phone",
        "Calls with somebody reached ÷ calls",
        LAST_THREE,
        Unit.PERCENT,
        "high",
        _ratio(Figure.REACHED, [Figure.CALLED], counted=True),
    ),
    Metric(
        "cost_to_collect",
        "Cost to collect",
        "Cost of reminders, calls and disputes for each 1,000 collected",
        LAST_THREE,
        Unit.MONEY,
        "low",
        _cost,
    ),
    Metric(
        "bad_debt",
        "Bad debt",
        "Written off as bad debt ÷ sales",
        LAST_THREE,
        Unit.PERCENT,
        "low",
        _of_net_sales(Figure.BAD_DEBT),
    ),
    Metric(
        "discount",
        "Discount granted",
        "Early-payment discount ÷ sales",
        LAST_THREE,
        Unit.PERCENT,
        "low",
        _of_net_sales(Figure.DISCOUNT),
    ),
    Metric(
        "discount_unearned",
        "Discount taken late",
        "Discount taken after it was over ÷ sales",
        LAST_THREE,
        Unit.PERCENT,
        "low",
        _of_net_sales(Figure.UNEARNED),
    ),
)


BY_CODE = {metric.code: metric for metric in METRICS}
# So many months before the first that is shown are needed for its windows.
BEFORE = YEAR


def values(metric: Metric, months: Sequence[Month], shown: int) -> list[Decimal | None]:
    """The metric of each of the last months that are shown."""
    return [metric.of(months[: place + 1]) for place in range(len(months) - shown, len(months))]
