"""The copy of a conversation, as plain text for an e-mail. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One message: `hour` and `author` as people read them, the names of its files."""

    hour: str
    author: str
    text: str
    files: tuple[str, ...] = ()


def write(opening: str, lines: Sequence[Line], closing: str) -> str:
    """`opening`, one block per message, `closing`."""
    blocks = [opening]
    for line in lines:
        said = [line.text, *(f"[{name}]" for name in line.files)]
        blocks.append(f"{line.hour} — {line.author}\n" + "\n".join(part for part in said if part))
    blocks.append(closing)
    return "\n\n".join(blocks) + "\n"
