# ruff: noqa: S104 - addresses are judged here, nothing is bound
"""What the centre calls when people name machines: never its own network, unless whoever runs it says so."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from ligne.channels.email import mailbox
from ligne.channels.email.models import MailAccount
from ligne.kit import addresses, outgoing
from ligne.kit.errors import Unavailable
from ligne.kit.outgoing import NotCalled

INSIDE = [
    "127.0.0.1", "127.8.9.10", "10.0.0.1", "172.16.3.4", "192.168.1.1", "100.64.0.1", "169.254.169.254", "0.0.0.0",
    "224.0.0.1", "255.255.255.255", "::1", "::", "fd00::1", "fe80::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1",
    "::ffff:169.254.169.254", "2002:7f00:1::", "64:ff9b::a9fe:a9fe", "64:ff9b::7f00:1", "192.0.0.1", "198.18.0.1",
]  # fmt: skip
OUTSIDE = ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "8.8.8.8"]
SECRETS = [
    "169.254.169.254",
    "fd00:ec2::254",
    "100.100.100.200",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "fe80::1",
]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch, settings: Any) -> dict[str, list[str]]:
    """A world of names, as the resolver tells them; another answer each time when there are several lists."""
    settings.WEBHOOKS_PRIVATE, settings.PRIVATE_TARGETS = False, []
    known: dict[str, list[str]] = {}

    def tell(host: str, port: int, **_: Any) -> list[Any]:
        found = known.get(host, [host] if host[:1].isdigit() or ":" in host else [])
        if not found:
            raise OSError("unknown")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", tell)
    return known


@pytest.mark.parametrize("address", INSIDE)
def test_what_lies_inside_is_not_called_under_any_name(names: dict[str, list[str]], address: str) -> None:
    names["innocent.test"] = [address]
    names["both.test"] = [OUTSIDE[0], address]
    for host in ("innocent.test", "both.test"):
        with pytest.raises(NotCalled, match="private"):
            outgoing.resolved(host, 443)


@pytest.mark.parametrize("address", OUTSIDE)
def test_what_lies_outside_is(names: dict[str, list[str]], address: str) -> None:
    names["shop.test"] = [address]
    assert outgoing.resolved("shop.test", 443) == address


def test_a_name_that_changes_its_mind_gains_nothing(
    names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked once, and the connection goes to the very address that was judged."""
    called: list[Any] = []
    monkeypatch.setattr(socket, "create_connection", lambda where, *_: called.append(where))
    names["rebinding.test"] = [OUTSIDE[0]]
    ask = socket.getaddrinfo

    def once(*arguments: Any, **more: Any) -> Any:
        found = ask(*arguments, **more)
        names["rebinding.test"] = ["127.0.0.1"]
        return found

    monkeypatch.setattr(socket, "getaddrinfo", once)
    outgoing.connected("rebinding.test", 443, 1)
    assert called == [(OUTSIDE[0], 443)]


def test_machines_inside_are_called_when_they_are_named(names: dict[str, list[str]], settings: Any) -> None:
    names["crm.intra"] = ["10.1.2.3"]
    names["other.intra"] = ["10.9.9.9"]
    settings.PRIVATE_TARGETS = ["crm.intra"]
    assert outgoing.resolved("crm.intra", 80) == "10.1.2.3"
    with pytest.raises(NotCalled):
        outgoing.resolved("other.intra", 80)
    settings.PRIVATE_TARGETS = ["10.9.0.0/16", "not a network"]
    assert outgoing.resolved("other.intra", 80) == "10.9.9.9"
    assert outgoing.may_be_inside("10.9.1.1")
    assert not outgoing.may_be_inside("127.0.0.1")


@pytest.mark.parametrize("address", SECRETS)
def test_where_clouds_keep_secrets_nothing_is_called_whatever_is_allowed(
    names: dict[str, list[str]], settings: Any, address: str
) -> None:
    settings.WEBHOOKS_PRIVATE, settings.PRIVATE_TARGETS = True, ["0.0.0.0/0", "::/0", "metadata.test"]
    names["metadata.test"] = [address]
    with pytest.raises(NotCalled):
        outgoing.resolved("metadata.test", 80)


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
def test_a_mailbox_inside_our_network_is_not_opened(names: dict[str, list[str]], security: str) -> None:
    names["imap.test"] = ["127.0.0.1"]
    account = MailAccount(imap_host="imap.test", imap_port=993, imap_security=security)
    with pytest.raises(Unavailable) as refused:
        mailbox.try_connection(account)
    assert "LIGNE_PRIVATE_TARGETS" in str(refused.value.facts)


def test_names_of_machines_of_our_own_are_known_as_such() -> None:
    for host in ("localhost", "a.localhost", "printer.local", "db.internal"):
        assert addresses.is_private(host)
    assert not addresses.is_private("crm.exemple.test")
