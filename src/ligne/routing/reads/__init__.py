"""Questions about lines and work. Each takes the viewer, except what anybody may know (`front`, `place`, `slots`)."""

from ligne.routing.reads.bar import Bar, bar
from ligne.routing.reads.declined import DECLINE_REASONS, Declined, declined
from ligne.routing.reads.door import Front, Place, front, place, slots
from ligne.routing.reads.lines import QueueFacts, Service, queue, queues, service, visible
from ligne.routing.reads.office import OfficeQueue, office_queue, office_queues, queue_called
from ligne.routing.reads.opening import Line, deadline, hours_of, lines_called, lines_in_use
from ligne.routing.reads.work import (
    ACTIVE,
    OFFERED,
    PROMISE,
    SNOOZED,
    TASK,
    WRAP_UP,
    Colleague,
    WaitingRow,
    WorkRow,
    icon_of,
    item_of,
    my_work,
    offered,
    transfer_targets,
    waiting,
)

__all__ = [
    "ACTIVE",
    "DECLINE_REASONS",
    "OFFERED",
    "PROMISE",
    "SNOOZED",
    "TASK",
    "WRAP_UP",
    "Bar",
    "Colleague",
    "Declined",
    "Front",
    "Line",
    "OfficeQueue",
    "Place",
    "QueueFacts",
    "Service",
    "WaitingRow",
    "WorkRow",
    "bar",
    "deadline",
    "declined",
    "front",
    "hours_of",
    "icon_of",
    "item_of",
    "lines_called",
    "lines_in_use",
    "my_work",
    "offered",
    "office_queue",
    "office_queues",
    "place",
    "queue",
    "queue_called",
    "queues",
    "service",
    "slots",
    "transfer_targets",
    "visible",
    "waiting",
]
