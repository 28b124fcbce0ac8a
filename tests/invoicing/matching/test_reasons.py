"""Every reason has its sentence."""

from o2c.invoicing.matching import reasons
from o2c.invoicing.matching.scoring import WEIGHTS


def test_every_weight_has_a_sentence():
    assert set(WEIGHTS) <= set(reasons.SENTENCES)


def test_sentences_name_the_facts():
    told = [
        {"code": "number", "numbers": ["A-1", "A-2", "A-3", "A-4"], "count": 4},
        {"code": "iban"},
        {"code": "combination", "items": 4},
        {"code": "by_hand", "by": "anna"},
    ]
    assert reasons.sentences(told) == [
        "A-1, A-2, A-3 and 1 more stands in the text.",
        "The account is known as the customer's.",
        "The amount is the sum of 4 items.",
        "Split by anna.",
    ]


def test_a_code_of_another_version_is_shown_as_it_is():
    assert reasons.sentences([{"code": "from_the_future"}]) == ["from_the_future"]
