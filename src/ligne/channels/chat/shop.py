"""The two fictitious shops of the demo, as their customers see them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Product:
    """Something on the shelf; `drawing` names a symbol of the page's sprite."""

    drawing: str
    name: str
    detail: str
    price: str


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop's words and the queues behind its buttons. French alone: it plays a French company's site."""

    slug: str
    name: str
    colour: str
    motto: str
    headline: str
    lead: str
    menu: tuple[str, ...]
    shelf: str
    products: tuple[Product, ...]
    promises: tuple[tuple[str, str], ...]
    chat_queue: str
    call_queue: str
    mail: str


SHOPS: dict[str, Shop] = {}
