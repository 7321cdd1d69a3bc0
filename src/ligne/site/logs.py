"""Logs: one JSON object a line on stderr, never a secret, never what people wrote.

Everything passes here, our own lines (structlog) and the libraries' (logging). Three habits keep people's words out:
values under names such as `password` or `text` are masked, errors of the database lose the part that quotes a row, and
lines of libraries that quote addresses or job arguments are reduced to what they are about.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

Line = MutableMapping[str, Any]

MASKED = frozenset(
    """
    password passwd secret token authorization cookie cookies session sessionid csrfmiddlewaretoken key
    text html body subject content message_text quoted draft raw email phone name address
    args kwargs values payload
    """.split()  # noqa: SIM905 - read as a list of words
)
MASK = "***"
_SECRET_NAME = re.compile(r"(password|secret|token|authorization|cookie)", re.IGNORECASE)
# What PostgreSQL adds to an error to quote the offending row.
_QUOTED_ROW = re.compile(r"\s*\n?(DETAIL|CONTEXT|LINE \d+):.*", re.DOTALL)
_LONGEST = 500
# Lines of these libraries quote URLs, people or job arguments: only what they are about is kept.
_ABOUT = {"django.request": "request.failed", "procrastinate": "job", "uvicorn.error": "web.server"}
_KEPT_EXTRAS = ("action", "job_result", "status_code")


def mask(_logger: Any, _method: str, line: Line) -> Line:
    """Mask values by name, at any depth."""
    for name in list(line):
        line[name] = _masked(name, line[name])
    return line


def _masked(name: str, value: Any) -> Any:
    if name.lower() in MASKED or _SECRET_NAME.search(name):
        return MASK
    if isinstance(value, dict):
        return {str(k): _masked(str(k), v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_masked(name, v) for v in value]
    return value


def explain(_logger: Any, _method: str, line: Line) -> Line:
    """Replace exc_info by the error's class, its sentence without quoted rows, and the places it passed."""
    info = line.pop("exc_info", None)
    if not info:
        return line
    error = info if isinstance(info, BaseException) else (info[1] if isinstance(info, tuple) else sys.exc_info()[1])
    if error is not None:
        line["error"] = type(error).__name__
        line["error_says"] = _QUOTED_ROW.sub("", str(error))[:_LONGEST]
        frames = traceback.extract_tb(error.__traceback__)[-12:]
        line["error_at"] = [f"{f.filename.rpartition('site-packages/')[2]}:{f.lineno} {f.name}" for f in frames]
    return line


def reduce_libraries(_logger: Any, _method: str, line: Line) -> Line:
    """Keep of a library's line what it is about; its sentence may quote what people wrote."""
    record = line.get("_record")
    source = line.get("logger", "")
    for prefix, about in _ABOUT.items():
        if source == prefix or source.startswith(prefix + "."):
            line["event"] = about
            for extra in _KEPT_EXTRAS:
                value = getattr(record, extra, None)
                if value is not None:
                    line[extra] = value
            job = getattr(record, "job", None)
            if isinstance(job, dict):
                line.update(job_id=job.get("id"), task=job.get("task_name"))
    return line


def configure(level: int = logging.INFO) -> None:
    """Send every log line of this process to stderr as JSON. May be called again."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                reduce_libraries,
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                explain,
                mask,
                structlog.processors.JSONRenderer(default=str),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("procrastinate", "uvicorn", "mail.log", "asyncio", "httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # At debug level templates quote whole requests, and the database its parameters.
    for name in ("django.template", "django.db.backends"):
        logging.getLogger(name).setLevel(logging.INFO)
    # Refusals and missing pages are the request line's business (ligne.site.observe); only failures interest us here.
    logging.getLogger("django.request").setLevel(logging.ERROR)
    logging.getLogger("django.security").setLevel(logging.ERROR)
