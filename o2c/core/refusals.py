"""Acts that are refused: the text says why, to whoever asked."""


class Refused(ValueError):
    """An act cannot be done so; the text says why, `field` what of what was typed it is about."""

    def __init__(self, text: str, field: str = ""):
        super().__init__(text)
        self.field = field
