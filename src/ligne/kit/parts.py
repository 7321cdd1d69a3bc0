"""A fragment within a fragment: what a page would ask for at once anyway comes with it, by the same address."""

from __future__ import annotations

import copy

from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponse
from django.urls import Resolver404, resolve
from django.utils.safestring import SafeString

from ligne.kit.errors import DomainError

_OK = 200


def part(request: HttpRequest, url: str) -> SafeString:
    """What GET `url` answers the same person, as HTML to stand in a page of ours; "" when it answers anything but 200.

    The app that serves it is found by its address alone: nobody imports it.
    """
    path, _, query = url.partition("?")
    try:
        match = resolve(path)
    except Resolver404:
        return SafeString("")
    asked = copy.copy(request)
    asked.method, asked.path, asked.path_info = "GET", path, path
    asked.GET, asked.POST = QueryDict(query), QueryDict()
    asked.resolver_match = match
    try:
        answer = match.func(asked, *match.args, **match.kwargs)
    except DomainError:
        return SafeString("")
    if not isinstance(answer, HttpResponse) or answer.status_code != _OK:
        return SafeString("")
    return SafeString(answer.content.decode())
