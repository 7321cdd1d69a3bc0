"""Addresses of the telephone at the desk."""

from __future__ import annotations

from django.urls import path

from ligne.channels.voice import office, paying, views

app_name = "channel_voice"
urlpatterns = [
    path("office/lines/", office.lines, name="lines"),
    path("office/lines/new/<slug:principal_slug>/", office.create, name="line_new"),
    path("office/lines/<int:line_id>/", office.edit, name="line"),
    path("voice/panel/", views.panel, name="panel"),
    path("voice/softphone/", views.softphone, name="softphone"),
    path("voice/call/", views.call, name="call"),
    path("voice/ready/", views.ready, name="ready"),
    path("voice/recording/<int:recording_id>/", views.recording, name="recording"),
    path("voice/desk/<int:contact_id>/", views.desk, name="desk"),
    path("voice/message/<int:contact_id>/", views.message, name="message"),
    path("voice/<int:contact_id>/act/", views.act, name="act"),
    path("voice/<int:contact_id>/payment/", paying.ask, name="payment"),
    path("voice/<int:contact_id>/payment/stop/", paying.stop, name="payment_stop"),
    path("voice/payment/<slug:payment_id>/again/", paying.again, name="payment_again"),
    path("voice/<int:contact_id>/consult/", views.consult, name="consult"),
    path("voice/<int:contact_id>/dial/", views.dial, name="dial"),
]
