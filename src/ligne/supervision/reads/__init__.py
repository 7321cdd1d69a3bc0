"""Questions of those who lead the floor, and of people about their own results."""

from ligne.supervision.reads.board import (
    Arrivals,
    Figures,
    QueueRow,
    arrivals,
    board,
    figures,
    promises,
    queue_rows,
)
from ligne.supervision.reads.checks import Promise, broken, checks, past_breaches
from ligne.supervision.reads.contacts import FIGURES, ContactRow, Page, late_work, page
from ligne.supervision.reads.notices import published, unread
from ligne.supervision.reads.people import AdvisorRow, Share, advisors, shares
from ligne.supervision.reads.reports import Line, Report, choices, report
from ligne.supervision.reads.results import Results, own_results
from ligne.supervision.reads.watch import alerts

__all__ = [
    "FIGURES",
    "AdvisorRow",
    "Arrivals",
    "ContactRow",
    "Figures",
    "Line",
    "Page",
    "Promise",
    "QueueRow",
    "Report",
    "Results",
    "Share",
    "advisors",
    "alerts",
    "arrivals",
    "board",
    "broken",
    "checks",
    "choices",
    "figures",
    "late_work",
    "own_results",
    "page",
    "past_breaches",
    "promises",
    "published",
    "queue_rows",
    "report",
    "shares",
    "unread",
]
