"""Chasing what is overdue: policies, runs with their decisions and notices, tasks, promises and holds; and mail."""

from o2c.collections.incoming.models import IncomingMail, MailboxPlace, NamedItem
from o2c.collections.models.agreements import Hold, PromisedItem, PromiseToPay
from o2c.collections.models.bulk import BulkAct, BulkChange
from o2c.collections.models.chronic import ChronicDecision, ChronicRules
from o2c.collections.models.disputes import Dispute, DisputeFile, DisputeRule, DisputeSuggestion
from o2c.collections.models.hand_overs import Agency, HandOverMinimum, PlacedItem, Placement
from o2c.collections.models.inquiries import (
    Inquiry,
    InquiryAnswer,
    InquiryHours,
    InquiryItem,
    InquiryMail,
    InquiryRule,
)
from o2c.collections.models.interest import (
    InterestAgreement,
    InterestCharge,
    InterestCompensation,
    InterestNote,
    InterestPack,
    InterestRate,
    InterestRules,
)
from o2c.collections.models.late_payers import LatePayer, LatePayerConsequence, LatePayerReview, LatePayerRule
from o2c.collections.models.letters import LetterBatch, PrintedLetter
from o2c.collections.models.pilots import Pilot
from o2c.collections.models.plans import PaymentPlan, PlanInstalment, PlanItem
from o2c.collections.models.policies import (
    Backtest,
    DunningLevel,
    DunningPolicy,
    DunningSettings,
    LevelFee,
    LevelMinimum,
    NoticeLimit,
    PolicyChoice,
    Wording,
)
from o2c.collections.models.runs import Decision, DecisionSet, DunningRun, Notice, NoticeApproval, NoticeLine
from o2c.collections.models.strategies import Strategy, StrategyRule
from o2c.collections.models.targets import Target
from o2c.collections.models.teams import Absence, Queue, QueueTurn, Team, TeamMember, TeamQueue
from o2c.collections.models.trials import Trial
from o2c.collections.models.work import Activity, Task

__all__ = [
    "Absence",
    "Activity",
    "Agency",
    "Backtest",
    "BulkAct",
    "BulkChange",
    "ChronicDecision",
    "ChronicRules",
    "Decision",
    "DecisionSet",
    "Dispute",
    "DisputeFile",
    "DisputeRule",
    "DisputeSuggestion",
    "DunningLevel",
    "DunningPolicy",
    "DunningRun",
    "DunningSettings",
    "HandOverMinimum",
    "Hold",
    "IncomingMail",
    "Inquiry",
    "InquiryAnswer",
    "InquiryHours",
    "InquiryItem",
    "InquiryMail",
    "InquiryRule",
    "InterestAgreement",
    "InterestCharge",
    "InterestCompensation",
    "InterestNote",
    "InterestPack",
    "InterestRate",
    "InterestRules",
    "LatePayer",
    "LatePayerConsequence",
    "LatePayerReview",
    "LatePayerRule",
    "LetterBatch",
    "LevelFee",
    "LevelMinimum",
    "MailboxPlace",
    "NamedItem",
    "Notice",
    "NoticeApproval",
    "NoticeLimit",
    "NoticeLine",
    "PaymentPlan",
    "Pilot",
    "PlacedItem",
    "Placement",
    "PlanInstalment",
    "PlanItem",
    "PolicyChoice",
    "PrintedLetter",
    "PromiseToPay",
    "PromisedItem",
    "Queue",
    "QueueTurn",
    "Strategy",
    "StrategyRule",
    "Target",
    "Task",
    "Team",
    "TeamMember",
    "TeamQueue",
    "Trial",
    "Wording",
]
