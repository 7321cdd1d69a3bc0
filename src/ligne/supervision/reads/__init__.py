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
from ligne.supervision.reads.contacts import FIGURES, ContactRow, Page, late_work, page
from ligne.supervision.reads.history import DayRow, Results, history, own_results
from ligne.supervision.reads.notices import published, unread
from ligne.supervision.reads.people import AdvisorRow, Share, advisors, shares
from ligne.supervision.reads.watch import alerts

__all__ = [
    "FIGURES",
    "AdvisorRow",
    "Arrivals",
    "ContactRow",
    "DayRow",
    "Figures",
    "Page",
    "QueueRow",
    "Results",
    "Share",
    "advisors",
    "alerts",
    "arrivals",
    "board",
    "figures",
    "history",
    "late_work",
    "own_results",
    "page",
    "promises",
    "published",
    "queue_rows",
    "shares",
    "unread",
]
