"""The log: one JSON object a line, with the request's or the job's id, and nothing about persons or money.

Three nets, since text written by packages is not ours to choose. What packages log is written as their template, with
numbers filled in and texts left out. An error is written as its class and the places it passed, without its message
(PostgreSQL's quote the row). And every value that is left is searched for what looks like an address or an amount.
`O2C_LOG_ERRORS=full` writes the messages of errors too, for the hours in which a fault is searched for.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import traceback
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import structlog

from o2c.core.environment import Environment

HIDDEN = "…"
# Loggers whose texts speak of processes and sockets only.
ABOUT_PROCESSES = (
    "gunicorn.error", "celery.beat", "celery.worker", "celery.bootsteps", "celery.pool", "celery.apps", "kombu",
    "multiprocessing", "django.utils.autoreload",
)  # fmt: skip
# Keys of our own events that never reach the log, however they are spelled: first_name, reply_to, open_amount …
PRIVATE_KEY = re.compile(
    r"name$|mail|phone|address|street|city|iban|bic$|vat|amount|money|balance|total|paid|limit$|password|token|secret"
    r"|session|cookie|authorization|recipient|sender|reply|subject$|text|body|payload|html|number|reference|query|^first$"
)
# Ids, and texts that this module has made itself: they hold no value of anybody's.
PLAIN_KEYS = {
    "level", "logger", "timestamp", "error", "cause", "where", "says", "request", "job", "job_name", "view", "_record",
    "_from_structlog", "_logger",
}  # fmt: skip
PRIVATE_TEXT = re.compile(
    r"[^\s<>\"'=(,]+@[^\s<>\"'),;]+"  # e-mail addresses, and logins inside addresses of servers
    r"|\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b"  # IBANs
    r"|[-+]?\d{1,3}(?:[.,' ]\d{3})*[.,]\d{2}\b(?![.,:\w])"  # amounts
    r"|\b(?i:Bearer|Basic|Api-Key)\s+\S+"
)
# A value of one of our events that may be shown: a word, a code, a path. Sentences are what people write.
CODE = re.compile(r"[\w.:/+<>*|…-]{1,120}\Z")


def settings(environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Django's LOGGING, and structlog made to write through it.

    The processes of the product (web, worker, beat) write JSON to standard output. Commands write a readable line to
    standard error, since their own answers are on standard output; O2C_LOG_FORMAT (json, text) says otherwise.
    """
    env = Environment(environ)
    role = env.text("O2C_ROLE")
    as_json = env.text("O2C_LOG_FORMAT", "json" if role and not env.flag("O2C_DEBUG", False) else "text") == "json"
    full_errors = env.text("O2C_LOG_ERRORS") == "full"
    shared = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        Errors(full=full_errors),
        hide_private,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    end = structlog.processors.JSONRenderer(ensure_ascii=False, default=str) if as_json else Line()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "o2c": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [from_record, *shared],
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, end],
                "keep_exc_info": False,
                "use_get_message": False,
                "pass_foreign_args": True,
            },
        },
        "handlers": {
            "log": {"class": "o2c.core.care.logs.Handler", "formatter": "o2c", "out": bool(role)},
        },
        "root": {"handlers": ["log"], "level": env.text("O2C_LOG_LEVEL", "INFO").upper()},
        "loggers": {
            # Django's own handlers (a page of text on the console, mail to admins) give way to ours.
            "django": {"level": "INFO", "handlers": [], "propagate": True},
            "django.server": {"level": "WARNING", "handlers": [], "propagate": True},
            # At DEBUG these two write whole statements and messages with their values.
            "django.db.backends": {"level": "WARNING"},
            "kombu": {"level": "INFO"},
            "celery": {"handlers": [], "propagate": True},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.redirected": {"level": "INFO"},
            "gunicorn.error": {"handlers": [], "propagate": True},
            "gunicorn.access": {"handlers": [], "propagate": False},
        },
    }


class Handler(logging.StreamHandler):
    """Writes to standard output or standard error as they are when a line is written."""

    def __init__(self, out: bool = False) -> None:
        # Celery replaces sys.stdout by a logger; the stream of the process itself is the one that counts.
        self.out = out
        super().__init__(sys.__stdout__ if out else sys.stderr)

    @property
    def stream(self):
        return sys.__stdout__ if self.out else sys.stderr

    @stream.setter
    def stream(self, stream) -> None:
        pass


def from_record(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    """An event of a package's log record: its template, the numbers in it, and ids where we know their place."""
    record: logging.LogRecord = event["_record"]
    event["event"] = template(record, event.pop("positional_args", ()))
    data = getattr(record, "data", None)
    if record.name.startswith("celery") and isinstance(data, dict) and "id" in data:
        event["event"] = f"job {data.get('description') or 'succeeded'}"
        event |= {"job": data["id"], "job_name": data.get("name")}
        if isinstance(data.get("runtime"), float):
            event["seconds"] = round(data["runtime"], 3)
    elif hasattr(record, "status_code"):  # django.request and django.security
        event["event"] = f"answered {record.status_code}"
        event["status"] = record.status_code
        if route := route_of(getattr(record, "request", None)):
            event["view"] = route
    return event


def template(record: logging.LogRecord, arguments: tuple | Mapping) -> str:
    text = str(record.msg)
    if not arguments:
        return text
    try:
        if record.name.startswith(ABOUT_PROCESSES):
            return text % arguments
        if isinstance(arguments, Mapping):
            return text % {key: shown(value) for key, value in arguments.items()}
        return text % tuple(shown(value) for value in arguments)
    except (TypeError, ValueError, KeyError):
        return text


def shown(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | UUID | None) else HIDDEN


def route_of(request: Any) -> str:
    """Which page was asked for, as the route it matched: a path may hold a customer's number or a one-time link."""
    match = getattr(request, "resolver_match", None)
    return "" if match is None else (match.view_name or match.route)


class Errors:
    """Replaces an exception by its class and the places it passed through."""

    def __init__(self, *, full: bool) -> None:
        self.full = full

    def __call__(self, logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
        info = event.pop("exc_info", None)
        if info is True:
            info = sys.exc_info()
        elif isinstance(info, BaseException):
            info = (type(info), info, info.__traceback__)
        error = info[1] if isinstance(info, tuple) else None
        if error is not None:
            event["error"] = class_of(error)
            event["where"] = places(error)
            if cause := error.__cause__ or (None if error.__suppress_context__ else error.__context__):
                event["cause"] = class_of(cause)
            diagnosis = getattr(cause or error, "diag", None) or getattr(error, "diag", None)
            for key in ("sqlstate", "constraint_name", "table_name", "column_name"):
                if value := getattr(diagnosis, key, None):
                    event[f"sql_{key.removeprefix('sql').removesuffix('_name')}"] = value
            if self.full:
                event["says"] = str(error)
        return event


def class_of(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")


def places(error: BaseException, most: int = 20) -> list[str]:
    """Where the error passed, the innermost last: file, line and function, no line of code and no value."""
    frames = traceback.extract_tb(error.__traceback__)[-most:]
    folder = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(__file__)))) + os.sep
    return [f"{frame.filename.removeprefix(folder)}:{frame.lineno} {frame.name}" for frame in frames]


def hide_private(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    """The last net: private keys lose their value, other texts whatever looks like an address or an amount."""
    for key, value in event.items():
        if key == "event":
            event[key] = PRIVATE_TEXT.sub(HIDDEN, str(value))
        elif key not in PLAIN_KEYS:
            event[key] = HIDDEN if PRIVATE_KEY.search(key) else kept(value)
    return event


def kept(value: Any) -> Any:
    """What of a value may be seen."""
    if value is None or isinstance(value, bool | int | float | UUID):
        return value
    if isinstance(value, dict):
        return {str(key): HIDDEN if PRIVATE_KEY.search(str(key)) else kept(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [kept(item) for item in value]
    text = str(value)
    return text if CODE.match(text) and not PRIVATE_TEXT.search(text) else HIDDEN


class Line:
    """An event as a line for people."""

    def __call__(self, logger: Any, method: str, event: dict[str, Any]) -> str:
        event = dict(event)
        where = event.pop("where", [])
        stamp, level = event.pop("timestamp", ""), event.pop("level", "info")
        name, text = event.pop("logger", ""), event.pop("event", "")
        facts = " ".join(f"{key}={value}" for key, value in event.items())
        line = f"{stamp} {level[:1].upper()} {name}: {text} {facts}".rstrip()
        return "\n".join([line, *(f"    {place}" for place in where)])
