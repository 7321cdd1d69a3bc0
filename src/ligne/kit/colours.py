"""A company's colour on our pages. Pure."""

from __future__ import annotations

import re

HOUSE = "#1d4ed8"


def colour_or_house(colour: str) -> str:
    """`colour` when it is written #rrggbb, else the house's."""
    return colour if re.fullmatch(r"#[0-9a-fA-F]{6}", colour) else HOUSE


def ink_on(colour: str) -> str:
    """Black or white, whichever reads better on `colour` (#rrggbb), by relative luminance."""
    red, green, blue = ((int(colour[i : i + 2], 16) / 255) ** 2.2 for i in (1, 3, 5))
    return "#14161c" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 else "#ffffff"
