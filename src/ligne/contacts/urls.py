"""Addresses of exchanges: the page and its fragments, what is written, how it ends."""

from __future__ import annotations

from django.urls import path

from ligne.contacts.views import closing, content, customer, exchange, joining, writing

app_name = "contacts"

urlpatterns = [
    path("<int:contact_id>/", exchange.show, name="exchange"),
    path("<int:contact_id>/reply/", writing.reply, name="reply"),
    path("<int:contact_id>/note/", writing.note, name="note"),
    path("<int:contact_id>/draft/", writing.draft, name="draft"),
    path("<int:contact_id>/files/", writing.attach, name="attach"),
    path("<int:contact_id>/templates/", writing.templates, name="templates"),
    path("<int:contact_id>/templates/<int:template_id>/", writing.template_text, name="template_text"),
    path("<int:contact_id>/undo/<int:message_id>/", writing.undo, name="undo"),
    path("<int:contact_id>/customer/", customer.choose, name="choose_customer"),
    path("<int:contact_id>/customer/search/", customer.search, name="search_customer"),
    path("<int:contact_id>/identity/", customer.prove, name="prove_identity"),
    path("<int:contact_id>/join/", joining.join, name="join"),
    path("<int:contact_id>/unlink/<int:other_id>/", joining.unlink, name="unlink"),
    path("<int:contact_id>/unmerge/<int:other_id>/", joining.unmerge, name="unmerge"),
    path("<int:contact_id>/split/<int:message_id>/", joining.split, name="split"),
    path("<int:contact_id>/colleagues/", joining.colleagues, name="colleagues"),
    path("<int:contact_id>/end/", closing.end, name="end"),
    path("<int:contact_id>/wrap-up/", closing.wrap_up, name="wrap_up"),
    path("<int:contact_id>/snooze/", closing.snooze, name="snooze"),
    path("<int:contact_id>/call-back/", closing.call_back, name="call_back"),
    path("mentions/", joining.mentions, name="mentions"),
    path("message/<int:message_id>/html/", content.message_html, name="message_html"),
    path("file/<int:attachment_id>/", content.attachment, name="attachment"),
]
