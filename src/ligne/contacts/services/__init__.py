"""The verbs of the spine. Each takes the viewer who acts, writes, announces what happened."""

from ligne.contacts.services.arrival import arrive, attach, receive
from ligne.contacts.services.arriving_together import Arrival, arrive_many
from ligne.contacts.services.call_backs import (
    break_promise,
    call_back_attempted,
    cancel_call_back,
    lock_call_back,
    move_call_back,
    promise_call_back,
    start_call_back,
)
from ligne.contacts.services.calling import PURPOSES, check_call, check_call_to, must_say_why
from ligne.contacts.services.closing import abandon, wrap_up
from ligne.contacts.services.fetching import fetch
from ligne.contacts.services.handling import (
    choose_customer,
    note,
    prove_identity,
    save_draft,
    seen,
    tell,
)
from ligne.contacts.services.history import PastExchange, PastMessage, load_history
from ligne.contacts.services.joining import link, merge, split, unlink, unmerge
from ligne.contacts.services.mentions import mentions_seen
from ligne.contacts.services.passages import (
    end_exchange,
    lock_contact,
    move,
    name_thread,
    offer_many,
    set_queue,
    set_queues,
    snooze,
)
from ligne.contacts.services.reference import move_reason, put_reason, put_template, remove_template
from ligne.contacts.services.sending import (
    failed,
    reply,
    send_copy,
    send_due,
    send_now,
    sent,
    undo,
)

__all__ = [
    "PURPOSES",
    "Arrival",
    "PastExchange",
    "PastMessage",
    "abandon",
    "arrive",
    "arrive_many",
    "attach",
    "break_promise",
    "call_back_attempted",
    "cancel_call_back",
    "check_call",
    "check_call_to",
    "choose_customer",
    "end_exchange",
    "failed",
    "fetch",
    "link",
    "load_history",
    "lock_call_back",
    "lock_contact",
    "mentions_seen",
    "merge",
    "move",
    "move_call_back",
    "move_reason",
    "must_say_why",
    "name_thread",
    "note",
    "offer_many",
    "promise_call_back",
    "prove_identity",
    "put_reason",
    "put_template",
    "receive",
    "remove_template",
    "reply",
    "save_draft",
    "seen",
    "send_copy",
    "send_due",
    "send_now",
    "sent",
    "set_queue",
    "set_queues",
    "snooze",
    "split",
    "start_call_back",
    "tell",
    "undo",
    "unlink",
    "unmerge",
    "wrap_up",
]
