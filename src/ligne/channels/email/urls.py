"""Addresses of the e-mail channel: the office's pages and the demo's mailboxes."""

from __future__ import annotations

from django.urls import path

from ligne.channels.email.views import accounts, demo, kept

app_name = "channel_email"
urlpatterns = [
    path("mail/accounts/", accounts.index, name="accounts"),
    path("mail/accounts/new/", accounts.create, name="account_new"),
    path("mail/accounts/<int:account_id>/", accounts.edit, name="account"),
    path("mail/accounts/<int:account_id>/try/", accounts.attempt, name="account_try"),
    path("mail/kept/", kept.index, name="kept"),
    path("mail/kept/<int:raw_id>/", kept.detail, name="kept_mail"),
    path("mail/kept/<int:raw_id>/source/", kept.source, name="kept_source"),
    path("mail/kept/<int:raw_id>/replay/", kept.replay, name="kept_replay"),
    path("mail/kept/<int:raw_id>/open/", kept.open_contact, name="kept_open"),
    path("demo/mailbox/", demo.mailbox, name="demo_mailbox"),
    path("demo/mailbox/list/", demo.listing, name="demo_list"),
    path("demo/mailbox/write/", demo.write, name="demo_write"),
    path("demo/mailbox/<int:mail_id>/file/<int:number>/", demo.attachment, name="demo_file"),
]
