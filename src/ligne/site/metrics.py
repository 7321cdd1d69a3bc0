"""Figures for Prometheus: requests and live connections of this process, and what the database knows."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import DatabaseError, connection
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily

CONTENT_TYPE = CONTENT_TYPE_LATEST
_registry = CollectorRegistry()

requests = Counter("ligne_requests", "Requests answered.", ["method", "route", "status"], registry=_registry)
request_seconds = Histogram(
    "ligne_request_seconds",
    "Time to answer.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=_registry,
)
live_connections = Gauge("ligne_live_connections", "Pages that listen for changes.", registry=_registry)
live_events = Counter("ligne_live_events", "Changes told to pages.", registry=_registry)

_QUESTIONS = (
    (
        "ligne_jobs",
        "Background jobs by state.",
        "state",
        "SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY 1",
    ),
    (
        "ligne_processes",
        "Processes heard within 30 s.",
        "process",
        "SELECT name, count(*) FROM kit_heartbeat WHERE at > now() - interval '30 s' GROUP BY 1",
    ),
    (
        "ligne_contacts_open",
        "Exchanges under way by channel and state.",
        "channel_state",
        "SELECT channel || '/' || state, count(*) FROM contacts_contact WHERE state <> 'closed' GROUP BY 1",
    ),
    (
        "ligne_invariant_broken",
        "What contradicts each invariant; 0 when it holds.",
        "invariant",
        "SELECT c.name, coalesce(sum(b.count), 0) FROM supervision_check c "
        "LEFT JOIN supervision_breach b ON b.name = c.name AND b.closed_at IS NULL GROUP BY 1",
    ),
    (
        "ligne_invariant_age_seconds",
        "Since when each invariant was not looked at.",
        "invariant",
        "SELECT name, extract(epoch FROM now() - checked_at) FROM supervision_check",
    ),
)


class _Database:
    """Asked at each scrape; a database that does not answer yields nothing, and `/healthz` tells."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for name, text, label, query in _QUESTIONS:
            family = GaugeMetricFamily(name, text, labels=[label])
            try:
                with connection.cursor() as cursor:
                    cursor.execute(query)
                    for value, number in cursor.fetchall():
                        family.add_metric([str(value)], float(number))
            except DatabaseError:
                continue
            yield family


_registry.register(_Database())


def render() -> bytes:
    """The figures in Prometheus' text format."""
    return generate_latest(_registry)
