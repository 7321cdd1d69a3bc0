"""Addresses of the chat: the widget's, the desk's and the demo's."""

from __future__ import annotations

from django.urls import path

from ligne.channels.chat import api, views

app_name = "channel_chat"
urlpatterns = [
    path("chat/api/queues/<slug:slug>/", api.queue, name="queue"),
    path("chat/api/start/", api.start, name="start"),
    path("chat/api/files/<str:link>/", api.attachment, name="file"),
    path("chat/api/<uuid:public_id>/", api.news, name="news"),
    path("chat/api/<uuid:public_id>/say/", api.say, name="say"),
    path("chat/api/<uuid:public_id>/file/", api.file, name="upload"),
    path("chat/api/<uuid:public_id>/typing/", api.typing, name="typing"),
    path("chat/api/<uuid:public_id>/gone/", api.gone, name="gone"),
    path("chat/api/<uuid:public_id>/leave/", api.leave, name="leave"),
    path("chat/api/<uuid:public_id>/transcript/", api.transcript, name="transcript"),
    path("chat/desk/<int:contact_id>/", views.desk_header, name="desk_header"),
    path("chat/desk/<int:contact_id>/typing/", views.desk_typing, name="desk_typing"),
    path("demo/shop/<slug:principal>/", views.demo_shop, name="demo_shop"),
]
