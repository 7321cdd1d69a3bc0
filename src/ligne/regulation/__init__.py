"""The law of the trade, executable: dated, cited, pure.

`check(situation, now)` takes the facts in the shape of `ligne rules check` and returns every rule that warns or blocks.
No Django, no database, no clock: the same code judges a live message, a campaign, a simulation and a test.
"""

from ligne.regulation.engine import ALLOW, BLOCK, WARN, Finding, Rule, Verdict, speak_with
from ligne.regulation.judging import check
from ligne.regulation.situation import WrongField

__all__ = ["ALLOW", "BLOCK", "WARN", "Finding", "Rule", "Verdict", "WrongField", "check", "speak_with"]
