"""How single values stand in XML: each form reads an element and writes one, and reads what it writes as the same."""

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from o2c.invoicing.einvoices.model import Attachment, Identifier

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
LONGEST_NUMBER = 40
DAY = re.compile(r"(\d{4}-\d\d-\d\d)(Z|[+-]\d\d:\d\d)?", re.ASCII)
DAY_102 = re.compile(r"\d{8}", re.ASCII)
# What XML has no way to write.
NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Unreadable(ValueError):
    """A value that is none of its kind; the text says what it is."""


def text_of(element) -> str:
    return (element.text or "").strip()


def shown(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}…")


class Text:
    def read(self, element):
        return text_of(element)

    def write(self, element, value, writing) -> None:
        element.text = NO_XML.sub("", value)


class Day:
    """xs:date, whose time zone does not matter to the day."""

    def read(self, element):
        text = text_of(element)
        if not text:
            return None
        found = DAY.fullmatch(text)
        try:
            if found:
                return date.fromisoformat(found[1])
        except ValueError:
            pass
        raise Unreadable(f"{shown(text)} is no day (YYYY-MM-DD)")

    def write(self, element, value, writing) -> None:
        element.text = value.isoformat()


class Day102:
    """A day as CII writes it: YYYYMMDD, of format 102."""

    def read(self, element):
        text = text_of(element)
        if not text:
            return None
        try:
            if DAY_102.fullmatch(text) and element.get("format", "102") == "102":
                return date.fromisoformat(text)
        except ValueError:
            pass
        raise Unreadable(f"{shown(text)} is no day of format 102 (YYYYMMDD)")

    def write(self, element, value, writing) -> None:
        element.text = value.strftime("%Y%m%d") if value.year > 999 else value.isoformat().replace("-", "")
        element.set("format", "102")


class Number:
    def read(self, element):
        text = text_of(element)
        if not text:
            return None
        if len(text) > LONGEST_NUMBER or not NUMBER.fullmatch(text):
            raise Unreadable(f"{shown(text)} is no decimal number")
        return Decimal(text)

    def write(self, element, value, writing) -> None:
        element.text = f"{value:f}"


class Amount(Number):
    """A number with the currency that UBL wants on each."""

    def write(self, element, value, writing) -> None:
        super().write(element, value, writing)
        element.set("currencyID", writing.currency)


class Flag:
    def read(self, element):
        text = text_of(element)
        if text not in ("true", "false", "1", "0"):
            raise Unreadable(f"{shown(text)} is neither true nor false")
        return text in ("true", "1")

    def write(self, element, value, writing) -> None:
        element.text = "true" if value else "false"


@dataclass(frozen=True)
class Id:
    """An identifier with the attributes that name its scheme."""

    scheme: str = "schemeID"
    version: str = ""

    def read(self, element):
        return Identifier(
            text_of(element),
            element.get(self.scheme, "").strip() if self.scheme else "",
            element.get(self.version, "").strip() if self.version else "",
        )

    def write(self, element, value, writing) -> None:
        element.text = NO_XML.sub("", value.value)
        for name, said in ((self.scheme, value.scheme), (self.version, value.version)):
            if name and said:
                element.set(name, said)


class File:
    """A file within the invoice."""

    def read(self, element):
        try:
            content = base64.b64decode("".join((element.text or "").split()), validate=True)
        except (binascii.Error, ValueError):
            raise Unreadable("the file in it is not in base64") from None
        return Attachment(content, element.get("mimeCode", "").strip(), element.get("filename", "").strip())

    def write(self, element, value, writing) -> None:
        element.text = base64.b64encode(value.content).decode()
        element.set("mimeCode", value.media_type)
        element.set("filename", value.name)


TEXT, DAY_ISO, DAY_CII, PLAIN, AMOUNT, FLAG, ID, FILE = (
    Text(),
    Day(),
    Day102(),
    Number(),
    Amount(),
    Flag(),
    Id(),
    File(),
)
