from o2c.analytics.models.book import BookRollup, CurrencyRollup, CustomerRollup, Prediction, ProofRun, ScoringRun
from o2c.analytics.models.serving import CostRate, WorkRecord

__all__ = [
    "BookRollup",
    "CostRate",
    "CurrencyRollup",
    "CustomerRollup",
    "Prediction",
    "ProofRun",
    "ScoringRun",
    "WorkRecord",
]
