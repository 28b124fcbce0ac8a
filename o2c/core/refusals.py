"""Acts that are refused: the text says why, to whoever asked."""

from dataclasses import dataclass


class Refused(ValueError):
    """An act cannot be done so; the text says why, `field` what of what was typed it is about."""

    def __init__(self, text: str, field: str = ""):
        super().__init__(text)
        self.field = field


@dataclass(frozen=True)
class Fault:
    """What is wrong with a draft: a JSON pointer to the place, the rule, and what to do."""

    pointer: str
    code: str
    text: str
