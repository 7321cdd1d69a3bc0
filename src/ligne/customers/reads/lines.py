"""Customers as lines: the statement that asks for them, and what a row of it means."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from ligne.customers.rules import names


@dataclass(frozen=True, slots=True)
class Summary:
    """A customer on one line: points in use, main ones first; `why` it was found, in the person's language."""

    id: int
    principal_id: int
    principal: str
    kind: str
    display_name: str
    phones: list[str]
    emails: list[str]
    city: str
    segment: str
    status: str
    external_ref: str
    why: str = ""

    @property
    def customer_id(self) -> int:
        """The same as `id`, as candidates call it."""
        return self.id


_LINES = """
SELECT c.id, c.principal_id, p.name, c.kind, c.civility, c.first_name, c.last_name, c.company_name, c.segment, c.status,
       c.external_ref,
       ARRAY(SELECT value FROM customers_contactpoint WHERE customer_id = c.id AND valid_to IS NULL AND kind = 'phone'
             ORDER BY "primary" DESC, id),
       ARRAY(SELECT value FROM customers_contactpoint WHERE customer_id = c.id AND valid_to IS NULL AND kind = 'email'
             ORDER BY "primary" DESC, id),
       (SELECT city FROM customers_address WHERE customer_id = c.id AND valid_to IS NULL ORDER BY id LIMIT 1)
FROM customers_customer c JOIN staff_principal p ON p.id = c.principal_id
WHERE c.merged_into_id IS NULL AND c.erased_at IS NULL AND c.principal_id = ANY ({principals})
"""
_AMONG = " AND c.id = ANY (%(among)s::bigint[])"
_HOLDS = """ AND c.id IN (SELECT customer_id FROM customers_contactpoint WHERE kind = '{kind}' AND {column} = %({kind})s
    AND valid_to IS NULL AND principal_id = ANY ({principals}) LIMIT 200)"""
_GIVEN = "%(principals)s::bigint[]"


@cache
def statement(*, among: bool = False, phone: bool = False, email: bool = False, principals: str = _GIVEN) -> str:
    """The statement for living customers of some `principals` (an array, in SQL), in no order.

    `among`, `phone` and `email` say which of these are given as well, and must fit: numbers of customers, an E.164
    telephone, an e-mail address in lower case.
    """
    parts = [_LINES, _AMONG if among else ""]
    parts += [_HOLDS.replace("{kind}", "phone").replace("{column}", "value") if phone else ""]
    parts += [_HOLDS.replace("{kind}", "email").replace("{column}", "email_key") if email else ""]
    return "".join(parts).replace("{principals}", principals)


def line(row: tuple[Any, ...], why: str = "") -> Summary:
    """A row of `statement`."""
    pk, principal_id, principal, kind, civility, first, last, company, segment, status, ref, telephones, mails, city = (
        row
    )
    name = names.display(
        kind=kind, civility=civility, first_name=first, last_name=last, company_name=company, number=pk
    )
    return Summary(
        id=pk,
        principal_id=principal_id,
        principal=principal,
        kind=kind,
        display_name=name,
        phones=telephones,
        emails=mails,
        city=city or "",
        segment=segment,
        status=status,
        external_ref=ref,
        why=why,
    )
