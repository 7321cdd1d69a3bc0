"""Addresses of customers: the list, the file and its tabs, what is done in them, import and export."""

from __future__ import annotations

from django.urls import path

from ligne.customers import panels
from ligne.customers.views import acts, files, merging, segments, transfers

app_name = "customers"

urlpatterns = [
    path("customers/", files.index, name="list"),
    path("customers/search/", files.search, name="search"),
    path("customers/new/", files.new, name="new"),
    path("customers/<int:customer_id>/", files.show, name="customer"),
    path("customers/<int:customer_id>/edit/", files.edit, name="edit"),
    path("customers/<int:customer_id>/unmask/", files.unmask, name="unmask"),
    path("customers/<int:customer_id>/erase/", files.erase, name="erase"),
    path("customers/<int:customer_id>/panel/", panels.panel, name="panel"),
    path("customers/<int:customer_id>/head/", panels.head, name="head"),
    path("customers/<int:customer_id>/history/", panels.history, name="history"),
    path("customers/<int:customer_id>/points/", panels.points, name="points"),
    path("customers/<int:customer_id>/consents/", panels.consents, name="consents"),
    path("customers/<int:customer_id>/ties/", panels.ties, name="ties"),
    path("customers/<int:customer_id>/ties/find/", panels.find_other, name="find_other"),
    path("customers/<int:customer_id>/duplicates/", panels.duplicates, name="duplicates"),
    path("customers/<int:customer_id>/points/add/", acts.add_point, name="add_point"),
    path("customers/<int:customer_id>/points/<int:point_id>/", acts.change_point, name="change_point"),
    path("customers/<int:customer_id>/addresses/add/", acts.add_address, name="add_address"),
    path("customers/<int:customer_id>/addresses/<int:address_id>/", acts.retire_address, name="retire_address"),
    path("customers/<int:customer_id>/consents/add/", acts.consent, name="consent"),
    path("customers/<int:customer_id>/consents/withdraw/", acts.withdraw, name="withdraw"),
    path("customers/<int:customer_id>/consents/<int:consent_id>/proof/", acts.proof, name="proof"),
    path("customers/<int:customer_id>/consents/<int:consent_id>/attach/", acts.attach_proof, name="attach_proof"),
    path("customers/<int:customer_id>/oppositions/", acts.oppose, name="oppose"),
    path("customers/<int:customer_id>/oppositions/lift/", acts.lift, name="lift"),
    path("customers/<int:customer_id>/ties/add/", acts.link, name="link"),
    path("customers/<int:customer_id>/ties/<int:link_id>/", acts.unlink, name="unlink"),
    path("customers/<int:customer_id>/duplicates/<int:other_id>/apart/", acts.tell_apart, name="tell_apart"),
    path("customers/<int:customer_id>/merge/<int:other_id>/", merging.merge, name="merge"),
    path("customers/<int:customer_id>/merges/<int:record_id>/undo/", merging.undo, name="unmerge"),
    path("office/customers/import/", transfers.index, name="import"),
    path("office/customers/import/<int:job_id>/", transfers.job, name="job"),
    path("office/customers/import/<int:job_id>/cancel/", transfers.cancel, name="cancel_job"),
    path("office/customers/import/<int:job_id>/rejects/", transfers.rejects, name="rejects"),
    path("office/customers/export/", transfers.export, name="export"),
    path("office/segments/", segments.index, name="segments"),
    path("office/segments/new/<slug:principal_slug>/", segments.create, name="segment_new"),
    path("office/segments/<int:segment_id>/", segments.edit, name="segment"),
]
