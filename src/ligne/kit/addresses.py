"""Which network addresses lie inside one's own walls. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

# Where clouds tell a machine its secrets: never called, whatever is allowed.
_NEVER = tuple(
    ipaddress.ip_network(text)
    for text in ("169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "100.100.100.200/32", "0.0.0.0/8", "::/128")
)


def is_private(host: str) -> bool:
    """Whether `host` is an address that is not on the public Internet; names are judged once resolved."""
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(not form.is_global or form.is_multicast for form in _forms(address))


def is_never_called(address: str) -> bool:
    """Whether `address` is one that no setting opens."""
    try:
        forms = _forms(ipaddress.ip_address(address))
    except ValueError:
        return False
    return any(form in network for form in forms for network in _NEVER)


def among(host: str, address: str, targets: Iterable[str]) -> bool:
    """Whether `targets` (names, addresses, networks such as 10.1.0.0/16) cover a host or the address it has."""
    for target in targets:
        if target.lower() == host.lower():
            return True
        try:
            if ipaddress.ip_address(address) in ipaddress.ip_network(target, strict=False):
                return True
        except ValueError:
            continue
    return False


def _forms(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """The address, and the one it stands for when it only wraps another (IPv4 in IPv6, 6to4, NAT64)."""
    found: list[ipaddress.IPv4Address | ipaddress.IPv6Address] = [address]
    if isinstance(address, ipaddress.IPv6Address):
        found += [inner for inner in (address.ipv4_mapped, address.sixtofour) if inner is not None]
        if address in ipaddress.ip_network("64:ff9b::/96"):
            found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return found
