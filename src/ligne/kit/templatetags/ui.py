"""The template tags of the house, loaded in every template.

`{% icon "phone" %}` · `{{ e164|phone }}` · `{{ seconds|duration }}` · `{{ cents|money }}` · `{{ dt|instant }}` ·
`{% since dt %}` / `{% until dt %}` (a running timer) · `{% state_badge "ok" label %}` · `{% field form.x %}` ·
`{% nonce %}` · `{% telephone e164 customer=id %}` (a number that can be called)

What other apps offer for a slot: `{% panels "slot" id %}` (one under the other) · `{% panel_tabs "slot" id %}` ·
`{% panel_actions "slot" id %}` (buttons to a dialog) · `{% panel_inline "slot" id %}` · `{% panel_links "slot" %}` ·
`{% panel_cards "slot" %}` · `{% bar_parts "slot" %}`
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField, CheckboxInput
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext

from ligne.kit import clock, parts, phones
from ligne.kit import money as kit_money
from ligne.kit import panels as panel_registry
from ligne.kit.viewer import Viewer

register = template.Library()

NBSP = "\u00a0"


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An outline icon by its Tabler name; decoration unless `label` says what it means where no text does."""
    if not name:
        return SafeString("")
    if label:
        return format_html(
            '<svg class="lc-icon" role="img" aria-label="{}" focusable="false"><use href="{}#{}"/></svg>',
            label,
            static("built/icons.svg"),
            name,
        )
    return _decoration(name)


@cache
def _decoration(name: str) -> SafeString:
    """Drawn once: a page has some thirty."""
    href = f"{static('built/icons.svg')}#{name}"
    return format_html('<svg class="lc-icon" aria-hidden="true" focusable="false"><use href="{}"/></svg>', href)


@register.filter
def phone(e164: str | None) -> str:
    """A telephone number for people, "06 12 34 56 78", that does not break across lines."""
    return phones.display(e164).replace(" ", NBSP) if e164 else ""


@register.inclusion_tag("kit/telephone.html", takes_context=True)
def telephone(
    context: template.Context, number: str | None, label: str = "", about: str = "", css: str = "lc-number", **of: Any
) -> dict[str, Any]:
    """A telephone number where it stands: pressed, it is called, when the centre has a telephone that this viewer may
    use; without one it is left to the machine's own ("tel:"); for everybody else it is read.

    `of` says whose it is: `customer`, `contact` or `call_back`, by their ids. `label` is shown in the
    number's place, and `about` told after it to who does not see the page.
    """
    links = _links(context, "number", ()) if number else []
    return {
        "number": number,
        "label": label,
        "about": about,
        "css": css,
        "call": links[0] if links else None,
        "here": bool(settings.VOICE),
        "said": json.dumps({"number": number} | {name: value for name, value in of.items() if value}),
    }


@register.filter
def duration(seconds: float | None) -> str:
    """Seconds as m:ss below an hour, "2 h 10" below a day, "3 d 4 h" beyond; an en dash for None."""
    if seconds is None:
        return "–"
    whole = max(0, int(seconds))
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d}"
    if whole < 86400:
        return f"{whole // 3600}{NBSP}h{NBSP}{whole % 3600 // 60:02d}"
    day = pgettext("unit: day, abbreviated", "d")
    return f"{whole // 86400}{NBSP}{day}{NBSP}{whole % 86400 // 3600}{NBSP}h"


@register.filter
def money(cents: int | None, currency: str = "EUR") -> str:
    """Integer cents as people write them: 1 234,56 € in French, €1,234.56 in English."""
    if cents is None:
        return "–"
    return kit_money.written(cents, currency, french=(translation.get_language() or "fr").startswith("fr"))


@register.filter
def filesize(size: int | None) -> str:
    """Bytes for people: 12 Ko, 3,4 Mo in French; 12 kB, 3.4 MB in English."""
    french = (translation.get_language() or "fr").startswith("fr")
    octet = "o" if french else "B"
    if not size or size < 1000:
        return f"{size or 0}{NBSP}{octet}"
    if size < 1_000_000:
        return f"{size / 1000:.0f}{NBSP}{'K' if french else 'k'}{octet}"
    text = f"{size / 1_000_000:.1f}"
    return f"{text.replace('.', ',') if french else text}{NBSP}M{octet}"


def _clock_time(local: datetime) -> str:
    if (translation.get_language() or "fr").startswith("fr"):
        return f"{local.hour}{NBSP}h{NBSP}{local.minute:02d}"
    return f"{local.hour}:{local.minute:02d}"


def full_instant(moment: datetime) -> str:
    """An instant in full in the site's zone: 23/11/2026 14 h 05."""
    local = timezone.localtime(moment)
    return f"{local:%d/%m/%Y} {_clock_time(local)}"


def short_instant(moment: datetime) -> str:
    """The time alone today, "yesterday 14 h 05" around it, the date beyond."""
    local, today = timezone.localtime(moment), timezone.localtime(clock.now()).date()
    if local.date() == today:
        return _clock_time(local)
    near = {today - timedelta(1): gettext("yesterday"), today + timedelta(1): gettext("tomorrow")}.get(local.date())
    return f"{near} {_clock_time(local)}" if near else f"{local:%d/%m/%Y}"


@register.filter
def instant(moment: datetime | None) -> SafeString | str:
    """A `<time>`: short for the eye, in full as its title."""
    if moment is None:
        return "–"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', moment.isoformat(), full_instant(moment), short_instant(moment)
    )


@register.simple_tag
def since(moment: datetime | None) -> SafeString | str:
    """How long ago, running on the page second by second."""
    if moment is None:
        return "–"
    text = duration((clock.now() - moment).total_seconds())
    return format_html('<time class="lc-timer" data-lc-since="{}">{}</time>', moment.isoformat(), text)


@register.simple_tag
def until(moment: datetime | None) -> SafeString | str:
    """How long still, running on the page down to zero."""
    if moment is None:
        return "–"
    text = duration((moment - clock.now()).total_seconds())
    return format_html('<time class="lc-timer" data-lc-until="{}">{}</time>', moment.isoformat(), text)


@register.simple_tag
def state_badge(tone: str, label: str, icon_name: str = "") -> SafeString:
    """A state in words, tinted: tone is ok, warn, bad, info or mute."""
    return format_html(
        '<span class="lc-badge" data-tone="{}">{}{}</span>', tone, icon(icon_name) if icon_name else "", label
    )


@register.inclusion_tag("kit/field.html")
def field(bound: BoundField, autofocus: bool = False, with_help: bool = True) -> dict[str, Any]:
    """Label, input, help and errors of one form field, tied together for screen readers."""
    if not with_help:
        bound.help_text = ""
    attributes = {"autofocus": "autofocus"} if autofocus else {}
    return {
        "field": bound,
        "input": bound.as_widget(attrs={**bound.field.widget.attrs, **attributes}),
        "is_checkbox": isinstance(bound.field.widget, CheckboxInput),
    }


def _links(context: template.Context, slot: str, ids: tuple[Any, ...]) -> list[dict[str, Any]]:
    viewer: Viewer = context["request"].viewer
    path = context["request"].path
    found = []
    for panel in panel_registry.in_slot(slot, viewer):
        try:
            url = reverse(panel.url_name, args=ids)
        except NoReverseMatch:
            continue
        found.append(
            {
                "key": panel.key,
                "label": gettext(panel.label),
                "icon": panel.icon,
                "url": url,
                "current": path == url or (url != "/" and path.startswith(url)),
            }
        )
    return found


@register.inclusion_tag("kit/panels.html", takes_context=True)
def panels(context: template.Context, slot: str, *ids: Any) -> dict[str, Any]:
    """The panels of `slot`, one under the other; each fetches itself when the page is there."""
    return {"panels": _links(context, slot, ids), "slot": slot}


@register.inclusion_tag("kit/panel_tabs.html", takes_context=True)
def panel_tabs(context: template.Context, slot: str, *ids: Any) -> dict[str, Any]:
    """The panels of `slot` as tabs; the first is fetched at once, the others when they are opened."""
    return {"panels": _links(context, slot, ids), "slot": slot.replace(".", "-")}


@register.inclusion_tag("kit/panel_links.html", takes_context=True)
def panel_links(context: template.Context, slot: str) -> dict[str, Any]:
    """The panels of `slot` as links to whole pages."""
    return {"panels": _links(context, slot, ())}


@register.simple_tag(takes_context=True)
def nonce(context: template.Context) -> str:
    """The page's CSP nonce: `<script nonce="{% nonce %}">`."""
    return str(context.get("csp_nonce", ""))


@register.inclusion_tag("kit/panel_items.html", takes_context=True)
def panels_as_items(context: template.Context, slot: str) -> dict[str, Any]:
    """The panels of `slot` as entries of a menu."""
    return {"panels": _links(context, slot, ())}


@register.inclusion_tag("kit/palette_pages.html", takes_context=True)
def palette_pages(context: template.Context) -> dict[str, Any]:
    """Every page the viewer may open, for the command palette."""
    found = [link for slot in ("nav", "bar.pages", "office.nav") for link in _links(context, slot, ())]
    return {"panels": list({link["url"]: link for link in reversed(found)}.values())[::-1]}


@register.inclusion_tag("kit/bar_parts.html", takes_context=True)
def bar_parts(context: template.Context, slot: str) -> dict[str, Any]:
    """The panels of `slot` as parts of the state bar, each replaced by what it fetches."""
    return {"panels": _links(context, slot, ())}


@register.inclusion_tag("kit/panel_cards.html", takes_context=True)
def panel_cards(context: template.Context, slot: str) -> dict[str, Any]:
    """The panels of `slot` as cards that lead to whole pages."""
    return {"panels": _links(context, slot, ())}


@register.inclusion_tag("kit/panel_actions.html", takes_context=True)
def panel_actions(context: template.Context, slot: str, *ids: Any) -> dict[str, Any]:
    """The panels of `slot` as buttons that open the page's dialog with what they fetch."""
    return {"panels": _links(context, slot, ids)}


@register.inclusion_tag("kit/panel_inline.html", takes_context=True)
def panel_inline(context: template.Context, slot: str, *ids: Any, filled: bool = False) -> dict[str, Any]:
    """The panels of `slot` within a line of text: fetched once, or brought along when `filled`."""
    links = _links(context, slot, ids)
    if filled:
        for link in links:
            link["part"] = parts.part(context["request"], link["url"])
    return {"panels": links}


@register.simple_tag(takes_context=True)
def part(context: template.Context, url: str) -> SafeString:
    """What `url` shows this person, brought along within the page; "" when it shows nothing."""
    return parts.part(context["request"], url)
