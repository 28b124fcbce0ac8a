"""What stands in bodies: strict input that never converts or guesses, and output that is quick to write.

Money is {"amount": "123.45", "currency": "EUR"}, the amount a string at no finer scale than the currency has. Days are
ISO 8601 dates, moments ISO 8601 in UTC.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from operator import attrgetter

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.utils import extend_schema_field
from moneyed import Money
from rest_framework import serializers

from o2c.core.money import MoneyError, UnknownCurrency, exact, known_currencies, minor_unit, plain

LARGEST_ID = 2**63 - 1
AMOUNT = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,4})?")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# A key elsewhere: no control characters, no spaces around it.
KEY = r"^[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?$"
MONEY_SCHEMA = {
    "type": "object",
    "required": ["amount", "currency"],
    "additionalProperties": False,
    "properties": {
        "amount": {
            "type": "string",
            "pattern": r"^-?[0-9]{1,15}(\.[0-9]{1,4})?$",
            "examples": ["123.45"],
            "description": "Decimal, at no finer scale than the currency has.",
        },
        "currency": {"type": "string", "pattern": "^[A-Z]{3}$", "examples": ["EUR"], "description": "ISO 4217"},
    },
}


# --- Input


class Body(serializers.Serializer):
    """An object of a request. Names that are not known are refused: a misspelt field is not an empty one."""

    def to_internal_value(self, data):
        if isinstance(data, dict):
            unknown = [name for name in data if name not in self.fields or self.fields[name].read_only]
            if unknown:
                detail = {name: [serializers.ErrorDetail("This field is not known.", "unknown")] for name in unknown}
                try:
                    super().to_internal_value(data)
                except serializers.ValidationError as error:
                    detail = {**error.detail, **detail}
                raise serializers.ValidationError(detail)
        return super().to_internal_value(data)


class Text(serializers.CharField):
    """A string, and nothing that could be made one; spaces around it are cut off, but count for its length."""

    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("invalid")
        if self.max_length is not None and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().to_internal_value(data)


class Email(serializers.EmailField):
    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A whole number written as a number."""

    def to_internal_value(self, data):
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class Id(Whole):
    def __init__(self, **kwargs):
        super().__init__(**{"min_value": 1, "max_value": LARGEST_ID, **kwargs})


class Flag(serializers.BooleanField):
    def to_internal_value(self, data):
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Choice(serializers.ChoiceField):
    def to_internal_value(self, data):
        if not isinstance(data, str) or data not in self.choices:
            self.fail("invalid_choice", input=data)
        return data


class Day(serializers.DateField):
    """An ISO date between 1900 and 2199."""

    def to_internal_value(self, data):
        if not isinstance(data, str) or not DAY.fullmatch(data):
            self.fail("invalid", format="YYYY-MM-DD")
        day = super().to_internal_value(data)
        if not 1900 <= day.year <= 2199:
            raise serializers.ValidationError("A day lies between the years 1900 and 2199.", "range")
        return day


class Percent(serializers.Field):
    """A decimal in a string, more than 0 and at most 100, with up to three places."""

    default_error_messages = {"invalid": 'A percentage is a string such as "2.5", more than 0 and at most 100.'}

    def to_internal_value(self, data):
        if not isinstance(data, str) or not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3})?", data):
            self.fail("invalid")
        value = Decimal(data)
        if not 0 < value <= 100:
            self.fail("invalid")
        return value


extend_schema_field({"type": "string", "pattern": r"^[0-9]{1,3}(\.[0-9]{1,3})?$", "examples": ["2.5"]})(Percent)


class DecimalIn(serializers.Field):
    """A decimal in a string, with at most so many digits before and behind the point."""

    default_error_messages = {"invalid": 'This is a string such as "12.5", with at most {whole} and {places} digits.'}

    def __init__(self, *, whole: int, places: int, signed: bool = False, **kwargs):
        self.whole, self.places = whole, places
        self.pattern = f"{'-?' if signed else ''}[0-9]{{1,{whole}}}(\\.[0-9]{{1,{places}}})?"
        super().__init__(**kwargs)

    def to_internal_value(self, data):
        if not isinstance(data, str) or not re.fullmatch(self.pattern, data):
            self.fail("invalid", whole=self.whole, places=self.places)
        return Decimal(data)


class DecimalInScheme(OpenApiSerializerFieldExtension):
    target_class = DecimalIn

    def map_serializer_field(self, auto_schema, direction):
        return {"type": "string", "pattern": f"^{self.target.pattern}$", "examples": ["12.5"]}


@extend_schema_field({"type": "string", "pattern": "^[A-Z]{3}$", "examples": ["EUR"]})
class Currency(serializers.Field):
    """A currency's code of ISO 4217."""

    def to_internal_value(self, data):
        if not isinstance(data, str) or data not in known_currencies():
            raise serializers.ValidationError("Not a currency of ISO 4217.", "currency")
        try:
            minor_unit(data)
        except UnknownCurrency as error:
            raise serializers.ValidationError(str(error), "currency") from None
        return data


@extend_schema_field(MONEY_SCHEMA)
class MoneyIn(serializers.Field):
    """An amount and its currency; gives a Money at the currency's own scale, never a rounded one."""

    def __init__(self, *, positive: bool = False, **kwargs):
        self.positive = positive
        super().__init__(**kwargs)

    def to_internal_value(self, data):
        if not isinstance(data, dict):
            raise serializers.ValidationError('Money is {"amount": "123.45", "currency": "EUR"}.', "money")
        wrong = {}
        for name in data.keys() - {"amount", "currency"}:
            wrong[name] = [serializers.ErrorDetail("This field is not known.", "unknown")]
        for name in {"amount", "currency"} - data.keys():
            wrong[name] = [serializers.ErrorDetail("This field is required.", "required")]
        text, currency = data.get("amount"), data.get("currency")
        if "amount" in data and not (isinstance(text, str) and AMOUNT.fullmatch(text)):
            wrong["amount"] = [serializers.ErrorDetail('An amount is a string such as "123.45".', "amount")]
        if "currency" in data and not (isinstance(currency, str) and currency in known_currencies()):
            wrong["currency"] = [serializers.ErrorDetail("Not a currency of ISO 4217.", "currency")]
        if wrong:
            raise serializers.ValidationError(wrong)
        try:
            amount = exact(Decimal(text), currency)
        except UnknownCurrency as error:
            raise serializers.ValidationError({"currency": [serializers.ErrorDetail(str(error), "currency")]}) from None
        except MoneyError as error:
            raise serializers.ValidationError({"amount": [serializers.ErrorDetail(str(error), "amount")]}) from None
        if self.positive and amount <= 0:
            detail = serializers.ErrorDetail("The amount must be more than nothing.", "amount")
            raise serializers.ValidationError({"amount": [detail]})
        return Money(amount, currency)


# --- Output


class View(serializers.Serializer):
    """An object of an answer. Each field is read straight from the row, without DRF's work for every field."""

    _readers: tuple[tuple[str, Callable], ...] | None = None

    @classmethod
    @cache
    def columns(cls) -> frozenset[str] | None:
        """What is read of a row, where that is nothing but attributes of its own; else None."""
        names = set()
        for name, field in cls().fields.items():
            if isinstance(field, serializers.SerializerMethodField | serializers.ListSerializer):
                return None
            names |= {field.amount, field.currency} if isinstance(field, MoneyOut) else {field.source or name}
        return frozenset(names)

    def to_representation(self, row):
        cls = type(self)
        if cls.__dict__.get("_readers") is None:
            cls._readers = tuple((name, _reader(field, name)) for name, field in self.fields.items())
        return {name: read(row) for name, read in cls._readers}


@extend_schema_field(MONEY_SCHEMA)
class MoneyOut(serializers.Field):
    """An amount column and the row's currency column."""

    def __init__(self, amount: str, currency: str = "currency", **kwargs):
        self.amount, self.currency = amount, currency
        super().__init__(read_only=True, **kwargs)


@extend_schema_field({"type": "string", "examples": ["2.5"]})
class DecimalOut(serializers.Field):
    """A decimal without a currency, as a string without trailing zeros."""

    def __init__(self, **kwargs):
        super().__init__(read_only=True, **kwargs)


def _reader(field: serializers.Field, name: str) -> Callable:
    """How a field is read from a row and written."""
    if isinstance(field, MoneyOut):
        amount, currency = attrgetter(field.amount), attrgetter(field.currency)

        def money(row):
            value = amount(row)
            return None if value is None else {"amount": plain(value, currency(row)), "currency": currency(row)}

        return money
    if isinstance(field, serializers.SerializerMethodField):
        return getattr(type(field.parent), field.method_name).__get__(field.parent)
    get = attrgetter(field.source or name)
    if isinstance(field, serializers.ListSerializer):
        child = field.child
        return lambda row: [child.to_representation(each) for each in _all(get(row))]
    if isinstance(field, View):
        return lambda row: field.to_representation(get(row))
    if isinstance(field, DecimalOut):
        return lambda row: _trimmed(get(row))
    if isinstance(field, serializers.DateField):
        return lambda row: _iso(get(row))
    if isinstance(field, serializers.DateTimeField):
        return lambda row: moment(get(row))
    return get


def moment(value: datetime | None) -> str | None:
    """A moment in UTC, to the microsecond: 2026-03-02T08:00:00.000000Z."""
    # A page writes hundreds of these: isoformat is a tenth of strftime's work.
    return None if value is None else value.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def _iso(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def _trimmed(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"


def _all(related):
    return related.all() if hasattr(related, "all") else related
