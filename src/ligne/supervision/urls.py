"""The floor's addresses: fragments that refresh themselves, and the pages behind the figures."""

from __future__ import annotations

from django.urls import path

from ligne.supervision.views import actions, board, checks, contacts, history, notices

app_name = "supervision"

urlpatterns = [
    path("supervision/board/", board.queues, name="board"),
    path("supervision/arrivals/", board.arrivals, name="arrivals"),
    path("supervision/late/", board.late, name="late"),
    path("supervision/advisors/", board.advisors, name="advisors"),
    path("supervision/alerts/", board.alerts, name="alerts"),
    path("supervision/people/", board.advisors_page, name="advisors_page"),
    path("supervision/people/<int:user_id>/lend/", actions.lend, name="lend"),
    path("supervision/contacts/", contacts.index, name="contacts"),
    path("supervision/contacts/<int:contact_id>/transfer/", actions.transfer, name="transfer"),
    path("supervision/contacts/<int:contact_id>/take-over/", actions.take_over, name="take_over"),
    path("supervision/history/", history.index, name="history"),
    path("supervision/history.csv", history.export, name="history_csv"),
    path("supervision/checks/", checks.bar, name="checks_bar"),
    path("office/checks/", checks.index, name="checks"),
    path("supervision/results/", history.results, name="results"),
    path("supervision/message/", notices.message, name="message"),
    path("supervision/notices/", notices.unread, name="notices"),
    path("supervision/notices/<int:notice_id>/read/", notices.read, name="notice_read"),
]
