"""French public holidays and working days, in the zone of the person concerned. Pure computation."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from functools import cache
from zoneinfo import ZoneInfo

METROPOLITAN = ZoneInfo("Europe/Paris")

# Overseas departments and collectivities have a holiday of their own.
_SUBDIVISIONS = {
    "America/Guadeloupe": "971",
    "America/Martinique": "972",
    "America/Cayenne": "973",
    "Indian/Reunion": "974",
    "America/Miquelon": "PM",
    "Indian/Mayotte": "976",
    "America/St_Barthelemy": "BL",
    "America/Marigot": "MF",
    "Pacific/Noumea": "NC",
    "Pacific/Tahiti": "PF",
    "Pacific/Wallis": "WF",
}


@cache
def _holidays(year: int, subdivision: str | None) -> frozenset[date]:
    import holidays  # slow to import, and most commands ask for no holiday

    return frozenset(holidays.country_holidays("FR", subdiv=subdivision, years=year))


def is_holiday(day: date, zone: str = "Europe/Paris") -> bool:
    """Whether `day` is a public holiday where that time zone is kept; Alsace and Moselle cannot be told by a zone."""
    return day in _holidays(day.year, _SUBDIVISIONS.get(zone))


def is_jour_ouvrable(day: date, zone: str = "Europe/Paris") -> bool:
    """Monday to Saturday, holidays excepted."""
    return day.weekday() < 6 and not is_holiday(day, zone)


def jours_ouvrables_after(day: date, count: int, zone: str = "Europe/Paris") -> date:
    """The last of the `count` *jours ouvrables* that follow `day`."""
    while count:
        day += timedelta(days=1)
        count -= is_jour_ouvrable(day, zone)
    return day


def months_later(day: date, months: int) -> date:
    """The same day of the month `months` later; in a month that has no such day, its last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def years_later(day: date, years: int) -> date:
    """The same date `years` later; 29 February becomes 28."""
    return months_later(day, 12 * years)
