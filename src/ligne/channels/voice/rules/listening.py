"""Active listening in figures: who spoke when, made from the two legs of a recorded call.

What is measured are shares of time, overlaps and silences, as one may with a stopwatch and the recording: no word is
recognised and no mood is guessed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

# Speech begins at this probability and ends below the other one: the thresholds that silero's authors recommend.
BEGINS, ENDS = 0.5, 0.35
# A pause shorter than this lies within somebody's words; what is shorter than that is a click, not speech. Seconds.
SHORTEST_PAUSE_S, SHORTEST_SPEECH_S = 0.3, 0.25
# In noise the faint ends of words are not heard, so each end is set outward: by nothing on a clean line, by the most
# where the voice is no more than so many dB over the noise. Chosen on prompts with known speech (P14).
MOST_EDGE_S, CLEAN_DB, NOISY_DB = 0.04, 25.0, 10.0
# Whoever pauses longer than this has ended their turn; also whoever is spoken after.
TURN_PAUSE_S = 1.0
# Beginning while the other speaks is no interruption when both stop at once, or when it is a word that accompanies
# ("oui", "d'accord") inside the other's turn.
LEAST_OVERLAP_S, LEAST_WORDS_S = 0.25, 1.0


class Interval(NamedTuple):
    """From `start` to `end`, seconds from the beginning of the recording."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Figures:
    """What `ligne listen` tells. Shares are of the whole duration, 0 to 1; both may speak at once, so the customer's
    and the advisor's share, less the overlap, plus the silence make 1."""

    duration_s: float
    customer_share: float
    advisor_share: float
    overlap_share: float
    silence_share: float
    interruptions: int
    longest_advisor_turn_s: float


def speech(probabilities: Iterable[float], frame_s: float, over_noise_db: float = CLEAN_DB) -> list[Interval]:
    """When somebody speaks, from the probability of speech in each frame of `frame_s` seconds, on a line where the
    voice is `over_noise_db` over the noise."""
    runs: list[tuple[float, float]] = []
    start: float | None = None
    silent_since: float | None = None
    now = 0.0
    for step, probability in enumerate(probabilities):
        now = step * frame_s
        if probability >= BEGINS:
            start, silent_since = now if start is None else start, None
        elif start is not None and probability < ENDS:
            silent_since = now if silent_since is None else silent_since
            if now - silent_since >= SHORTEST_PAUSE_S:
                runs.append((start, silent_since))
                start = silent_since = None
        now += frame_s
    if start is not None:
        runs.append((start, now if silent_since is None else silent_since))
    spoken = [run for run in runs if run[1] - run[0] >= SHORTEST_SPEECH_S]
    edge = edge_s(over_noise_db)
    return _joined((Interval(max(0.0, a - edge), min(now, b + edge)) for a, b in spoken), 0.0)


def edge_s(over_noise_db: float) -> float:
    """How far outward the ends of speech lie from where it is heard, seconds."""
    noisy = (CLEAN_DB - over_noise_db) / (CLEAN_DB - NOISY_DB)
    return MOST_EDGE_S * min(1.0, max(0.0, noisy))


def over_noise_db(probabilities: Sequence[float], powers: Sequence[float]) -> float:
    """How much louder speech is than what is between, in dB, from each frame's probability of speech and mean power;
    `CLEAN_DB` when one of the two is not there."""
    spoken = [power for chance, power in zip(probabilities, powers, strict=True) if chance >= BEGINS]
    between = sorted(power for chance, power in zip(probabilities, powers, strict=True) if chance < ENDS)
    noise = between[len(between) // 2] if between else 0.0
    voice = sum(spoken) / len(spoken) - noise if spoken else 0.0
    return 10 * math.log10(voice / noise) if noise > 0 and voice > 0 else CLEAN_DB


def figures(customer: Sequence[Interval], advisor: Sequence[Interval], duration_s: float) -> Figures:
    """The figures of a call of `duration_s` seconds in which they spoke then."""
    together = _overlap(customer, advisor)
    theirs, ours, both = (sum(each.seconds for each in spoken) for spoken in (customer, advisor, together))
    whole = duration_s or 1.0
    turns = _turns(advisor, customer)
    return Figures(
        duration_s=round(duration_s, 3),
        customer_share=round(theirs / whole, 4),
        advisor_share=round(ours / whole, 4),
        overlap_share=round(both / whole, 4),
        silence_share=round(max(0.0, duration_s - theirs - ours + both) / whole, 4) if duration_s else 1.0,
        interruptions=sum(_interrupts(turn, customer) for turn in turns),
        longest_advisor_turn_s=round(max((turn.seconds for turn in turns), default=0.0), 2),
    )


def _joined(spoken: Iterable[Interval], pause_s: float) -> list[Interval]:
    found: list[Interval] = []
    for each in spoken:
        if found and each.start - found[-1].end <= pause_s:
            found[-1] = Interval(found[-1].start, max(found[-1].end, each.end))
        else:
            found.append(each)
    return found


def _turns(own: Sequence[Interval], others: Sequence[Interval]) -> list[Interval]:
    """What one said without a long pause and without the other saying anything in a pause."""
    found: list[Interval] = []
    for each in own:
        if found and each.start - found[-1].end <= TURN_PAUSE_S and not _anything(others, found[-1].end, each.start):
            found[-1] = Interval(found[-1].start, each.end)
        else:
            found.append(each)
    return found


def _anything(spoken: Sequence[Interval], start: float, end: float) -> bool:
    return any(min(each.end, end) - max(each.start, start) > 0 for each in spoken)


def _overlap(one: Sequence[Interval], other: Sequence[Interval]) -> list[Interval]:
    found: list[Interval] = []
    ours, theirs = list(one), list(other)
    a = b = 0
    while a < len(ours) and b < len(theirs):
        start, end = max(ours[a].start, theirs[b].start), min(ours[a].end, theirs[b].end)
        if start < end:
            found.append(Interval(start, end))
        if ours[a].end <= theirs[b].end:
            a += 1
        else:
            b += 1
    return found


def _interrupts(turn: Interval, others: Sequence[Interval]) -> bool:
    """Whether this turn began while the other was speaking, and was more than a word of attention."""
    for each in _joined(others, SHORTEST_PAUSE_S):
        if each.start < turn.start < each.end:
            overlap = min(each.end, turn.end) - turn.start
            return overlap >= LEAST_OVERLAP_S and (turn.seconds >= LEAST_WORDS_S or turn.end > each.end)
    return False
