"""Routing's addresses: the desk's work under /work/, the office's queues under /office/queues/."""

from __future__ import annotations

from django.urls import path

from ligne.routing.views import office, work

app_name = "routing"

urlpatterns = [
    path("work/mine/", work.mine, name="mine"),
    path("work/bar/", work.bar, name="bar"),
    path("work/queue/<slug:slug>/", work.line, name="line"),
    path("work/<int:item_id>/accept/", work.accept, name="accept"),
    path("work/<int:item_id>/decline/", work.decline, name="decline"),
    path("work/declined/", work.declined, name="declined"),
    path("work/<int:item_id>/take/", work.take, name="take"),
    path("work/transfer/<int:contact_id>/", work.transfer, name="transfer"),
    path("work/lend/<int:queue_id>/", work.lend, name="lend"),
    path("office/queues/", office.index, name="queues"),
    path("office/queues/new/", office.create, name="queue_new"),
    path("office/queues/<slug:slug>/", office.edit, name="queue"),
]
