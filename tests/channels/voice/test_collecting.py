"""What an exchange keeps for us is found, once it is over."""

from __future__ import annotations

from ligne.channels.voice.exchange import collecting

CALL, OTHER = "0123456789abcdef", "fedcba9876543210"
TRACKS = (f"{CALL}-take1-customer", f"{CALL}-take1-advisor")


def test_recordings_of_calls_that_are_over_are_found_when_they_are_whole() -> None:
    alone = f"{OTHER}-take1-customer"
    stored = {*TRACKS, alone, "hello", f"{CALL}-message-2", "left-33199000001--1.2"}
    assert collecting.recordings(stored, set()) == [(CALL, TRACKS)]
    assert collecting.recordings(stored, {CALL}) == []


def test_messages_are_found_once_nobody_speaks_into_them() -> None:
    stored = {"left-1-2-3.1", "left-1-2-3.2", *TRACKS}
    speaks = {"dialplan": {"app_name": "Record", "app_data": "/var/spool/recording/left-1-2-3.2.wav,5,120,k"}}
    assert collecting.messages(stored, [speaks, {"dialplan": None}, {}]) == ["left-1-2-3.1"]
    assert collecting.messages(stored, []) == ["left-1-2-3.1", "left-1-2-3.2"]


def test_messages_left_in_calls_are_found_when_the_call_is_over() -> None:
    stored = {f"{CALL}-message-3", f"{OTHER}-message-1", "message-1"}
    assert collecting.left_in_calls(stored, {OTHER}) == [(CALL, f"{CALL}-message-3")]
