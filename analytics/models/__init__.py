from o2c.analytics.models.book import BookRollup, CurrencyRollup, CustomerRollup, Prediction, ProofRun, ScoringRun
from o2c.analytics.models.figures import Figure, FiguresMade, MonthFigure, MonthTotal
from o2c.analytics.models.serving import CostRate, WorkRecord
from o2c.analytics.models.snapshots import AgingSnapshot, DaySnapshot, DueDateChange, Snapshot

__all__ = [
    "AgingSnapshot",
    "BookRollup",
    "CostRate",
    "CurrencyRollup",
    "CustomerRollup",
    "DaySnapshot",
    "DueDateChange",
    "Figure",
    "FiguresMade",
    "MonthFigure",
    "MonthTotal",
    "Prediction",
    "ProofRun",
    "ScoringRun",
    "Snapshot",
    "WorkRecord",
]
