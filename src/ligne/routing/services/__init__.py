"""The verbs of routing: work gets its place, is offered, taken, handed on, put back, and leaves."""

from ligne.routing.services.after_call import begin_after_call, end_after_call, is_call
from ligne.routing.services.calling_out import begin_call, begin_call_back
from ligne.routing.services.finishing import (
    back_in_line,
    come_back,
    done,
    finish,
    put_off,
    release_all,
    release_kept,
    sweep,
    wake_snoozed,
)
from ligne.routing.services.handing import give_back, hand_over
from ligne.routing.services.lines import lock_item, lock_item_of, wake
from ligne.routing.services.offers import accept, decline, expire, take
from ligne.routing.services.overflowing import lend, overflow, take_back
from ligne.routing.services.placing import enqueue, place
from ligne.routing.services.placing_together import Placing, name_lines, place_many
from ligne.routing.services.queues import create_queue, update_queue
from ligne.routing.services.routing import assign, drop_silent, know, tend, tick
from ligne.routing.services.transferring import transfer

__all__ = [
    "Placing",
    "accept",
    "assign",
    "back_in_line",
    "begin_after_call",
    "begin_call",
    "begin_call_back",
    "come_back",
    "create_queue",
    "decline",
    "done",
    "drop_silent",
    "end_after_call",
    "enqueue",
    "expire",
    "finish",
    "give_back",
    "hand_over",
    "is_call",
    "know",
    "lend",
    "lock_item",
    "lock_item_of",
    "name_lines",
    "overflow",
    "place",
    "place_many",
    "put_off",
    "release_all",
    "release_kept",
    "sweep",
    "take",
    "take_back",
    "tend",
    "tick",
    "transfer",
    "update_queue",
    "wake",
    "wake_snoozed",
]
