"""The law of the trade, executable: dated, cited, pure.

`check(situation, now)` takes the facts in the shape of `ligne rules check` and returns every rule that warns or blocks.
No Django, no database, no clock: the same code judges a live message, a campaign, a simulation and a test.
"""

from ligne.regulation.calendar import METROPOLITAN
from ligne.regulation.engine import ALLOW, BLOCK, WARN, Finding, Rule, Verdict, speak_with
from ligne.regulation.judging import check
from ligne.regulation.retention import kept_since
from ligne.regulation.situation import WrongField

__all__ = [
    "ALLOW",
    "BLOCK",
    "METROPOLITAN",
    "WARN",
    "Finding",
    "Rule",
    "Verdict",
    "WrongField",
    "check",
    "kept_since",
    "speak_with",
]
