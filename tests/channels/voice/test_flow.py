"""The call flow: who hears whom, at each passage and in any order of events."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from ligne.channels.voice.rules.flow import ADVISOR, CUSTOMER, THIRD, Call, Leg, Option, Phase, Plan, media, step, words
from ligne.channels.voice.rules.flow.call import from_json, to_json

PLAN = Plan(
    principal_id=1,
    line="bleuet",
    queue="bleuet-conseil",
    welcome=("sound:welcome",),
    recorded=True,
    objection_key="9",
    call_back_key="1",
    call_back_prompts=("sound:call-back",),
    voicemail_prompts=("sound:vm-intro",),
)


class Exchange:
    """A telephone exchange made of facts: what it was told to do, and so who hears whom."""

    def __init__(self, plan: Plan = PLAN, direction: str = "in") -> None:
        phase = Phase.PROMPT if direction == "in" else Phase.DIALLING
        self.call = Call("c1", plan, phase=phase, direction=direction, legs=(Leg("cust", CUSTOMER),))
        self.said: list[words.Command] = []
        self.together: set[str] = set()
        self.music: set[str] = set()
        self.open = {"cust"} if direction == "in" else set()
        self.recording: str | None = None
        self.muted = False

    def tell(self, *events: words.Event) -> list[words.Command]:
        """Let things happen; returns what was commanded for the last."""
        commands: list[words.Command] = []
        for event in events:
            if isinstance(event, words.Gone):
                self._forget(event.channel)
            self.call, commands = step(self.call, event)
            self.said += commands
            self._obey(commands)
        return commands

    def _forget(self, channel: str) -> None:
        self.open.discard(channel)
        self.together.discard(channel)
        self.music.discard(channel)

    def _obey(self, commands: Iterable[words.Command]) -> None:
        for command in commands:
            match command:
                case words.Dial(leg):
                    self.open.add(leg.channel)
                case words.HangUp(channel):
                    self._forget(channel)
                case words.Join(channel):
                    assert channel in self.open, "joined a channel that is not there"
                    assert channel not in self.music, "music goes on in the conversation"
                    self.together.add(channel)
                case words.Leave(channel):
                    assert channel in self.together
                    self.together.discard(channel)
                case words.StartMusic(channel):
                    assert channel in self.open
                    assert channel not in self.together, "music into the conversation"
                    self.music.add(channel)
                case words.StopMusic(channel):
                    assert channel in self.music
                    self.music.discard(channel)
                case words.StartRecording():
                    assert self.recording is None
                    self.recording, self.muted = "on", False
                case words.StopRecording():
                    assert self.recording == "on"
                    self.recording = None
                case words.MuteRecording(on):
                    assert self.recording == "on"
                    self.muted = on

    def leg(self, role: str, user_id: int | None = None) -> str:
        """The channel of the latest leg of that role."""
        return [x for x in self.call.legs if x.role == role and user_id in {None, x.user_id}][-1].channel


def waiting() -> Exchange:
    x = Exchange()
    x.tell(words.Arrived())
    x.tell(words.Played(x.call.playing), words.Placed(77))
    return x


def talking() -> Exchange:
    x = waiting()
    x.tell(words.Offered(5))
    x.tell(words.Accepted(5), words.Answered(x.leg(ADVISOR)))
    return x


def test_a_call_is_welcomed_then_waits_with_music() -> None:
    x = Exchange()
    assert [type(c) for c in x.tell(words.Arrived())] == [words.Answer, words.Play]
    commands = x.tell(words.Played(x.call.playing))
    assert words.Place("bleuet-conseil") in commands
    assert x.music == {"cust"}


def test_the_softphone_rings_while_the_customer_waits_and_both_talk_once_it_was_accepted() -> None:
    x = waiting()
    x.tell(words.Offered(5))
    assert x.music == {"cust"}
    assert x.together == set()
    channel = x.leg(ADVISOR)
    assert words.Accept(5) in x.tell(words.Answered(channel)), "lifting the receiver accepts"
    assert x.together == set(), "nobody talks before routing agreed"
    x.tell(words.Accepted(5))
    assert x.together == {"cust", channel}
    assert x.music == set()


def test_accepting_at_the_desk_first_is_the_same() -> None:
    x = talking()
    assert x.together == {"cust", x.leg(ADVISOR)}
    assert x.recording == "on"


def test_an_offer_that_is_over_stops_ringing() -> None:
    x = waiting()
    x.tell(words.Offered(5))
    channel = x.leg(ADVISOR)
    assert words.HangUp(channel) in x.tell(words.Withdrawn())
    assert x.music == {"cust"}
    assert x.call.leg(ADVISOR) is None


def test_a_softphone_that_turns_down_gives_the_offer_back() -> None:
    x = waiting()
    x.tell(words.Offered(5))
    assert words.GiveBack(5, "softphone") in x.tell(words.Gone(x.leg(ADVISOR), 17))
    assert x.call.phase == Phase.WAITING


def test_a_softphone_that_is_not_there_is_rung_again_before_somebody_else_has_the_offer() -> None:
    x = waiting()
    x.tell(words.Offered(6))
    for _ in range(3):
        assert x.tell(words.Refused(x.leg(ADVISOR))) == [words.SetTimer("ring", 2.0)]
        assert [command.leg.user_id for command in x.tell(words.Late("ring")) if isinstance(command, words.Dial)] == [6]
    assert x.tell(words.Gone(x.leg(ADVISOR), cause=0)) == [words.GiveBack(6, "softphone")]
    assert not x.tell(words.Late("ring"))
    x.tell(words.Offered(6))
    x.tell(words.Refused(x.leg(ADVISOR)))
    assert [type(command) for command in x.tell(words.Ready(6))] == [words.Dial]
    assert not x.tell(words.Late("ring"))


def test_a_customer_who_leaves_is_known_at_once_in_each_state() -> None:
    x = waiting()
    assert words.Abandon() in x.tell(words.Gone("cust"))
    assert x.call.phase == Phase.ENDED
    x = waiting()
    x.tell(words.Offered(5))
    ringing = x.leg(ADVISOR)
    commands = x.tell(words.Gone("cust"))
    assert words.Abandon() in commands
    assert words.HangUp(ringing) in commands
    x = talking()
    advisor = x.leg(ADVISOR)
    commands = x.tell(words.Gone("cust"))
    assert words.EndContact("customer hung up") in commands
    assert words.HangUp(advisor) in commands
    x = Exchange()
    x.tell(words.Arrived())
    assert not any(isinstance(c, words.Abandon) for c in x.tell(words.Gone("cust"))), "it was no contact yet"


def test_hold_gives_music_and_takes_it_away() -> None:
    x = talking()
    x.tell(words.Hold(True))
    assert (x.music, x.together) == ({"cust"}, {x.leg(ADVISOR)})
    x.tell(words.Hold(False))
    assert (x.music, x.together) == (set(), {"cust", x.leg(ADVISOR)})


def test_consulting_then_handing_on_to_a_colleague() -> None:
    x = talking()
    first = x.leg(ADVISOR)
    x.tell(words.Consult(user_id=8))
    third = x.leg(THIRD)
    assert x.music == {"cust"}, "the customer waits while the colleague is called"
    x.tell(words.Answered(third))
    assert x.together == {first, third}
    commands = x.tell(words.Transfer())
    assert words.GiveTo(8) in commands
    assert words.HangUp(first) in commands
    assert x.together == {"cust", third}
    assert x.call.accepted_by == 8


def test_a_consultation_that_fails_brings_the_customer_back() -> None:
    x = talking()
    x.tell(words.Consult(number="+33162000000"))
    assert words.Tell("third_unreachable") in x.tell(words.Gone(x.leg(THIRD), 17))
    assert x.together == {"cust", x.leg(ADVISOR)}


def test_a_blind_transfer_that_nobody_answers_waits_again() -> None:
    x = talking()
    x.tell(words.Consult(number="+33162000000"), words.Transfer())
    assert x.music == {"cust"}
    commands = x.tell(words.Gone(x.leg(THIRD), 19))
    assert words.Place("bleuet-conseil") in commands
    assert x.call.phase == Phase.WAITING
    assert x.music == {"cust"}


def test_a_conference_goes_on_without_the_advisor() -> None:
    x = talking()
    x.tell(words.Consult(number="+33162000000"))
    third = x.leg(THIRD)
    x.tell(words.Answered(third), words.Conference())
    assert x.together == {"cust", third, x.leg(ADVISOR)}
    x.tell(words.Finished())
    assert x.together == {"cust", third}
    x.tell(words.Gone(third))
    assert x.call.phase == Phase.ENDED


def test_an_objection_deletes_what_was_kept() -> None:
    x = talking()
    assert words.StopRecording(drop=True) in x.tell(words.Object())
    assert not any(isinstance(c, words.StartRecording) for c in x.tell(words.Hold(True), words.Hold(False)))


def test_an_objection_during_the_welcome_means_no_recording_at_all() -> None:
    x = Exchange()
    x.tell(words.Arrived(), words.Pressed("cust", "9"))
    x.tell(words.Played(x.call.playing), words.Placed(1), words.Offered(5))
    x.tell(words.Accepted(5), words.Answered(x.leg(ADVISOR)))
    assert x.together
    assert x.recording is None


def test_a_page_that_comes_back_finds_the_call() -> None:
    x = talking()
    old = x.leg(ADVISOR)
    x.tell(words.Ready(5))
    new = x.leg(ADVISOR)
    assert new != old
    assert x.music == {"cust"}
    assert words.HangUp(old) in x.tell(words.Answered(new))
    assert x.together == {"cust", new}


def test_an_advisor_lost_for_good_gives_the_customer_back() -> None:
    x = talking()
    x.tell(words.Gone(x.leg(ADVISOR), 0))
    assert x.music == {"cust"}
    commands = x.tell(words.Late("lost"))
    assert words.GiveBack(5, "softphone") in commands
    x.tell(words.Requeued())
    assert x.call.phase == Phase.WAITING


def test_an_advisor_who_hangs_up_ends_the_call() -> None:
    x = talking()
    commands = x.tell(words.Gone(x.leg(ADVISOR), 16))
    assert words.HangUp("cust") in commands
    assert words.EndContact("advisor hung up") in commands


def test_call_back_instead_of_waiting() -> None:
    x = waiting()
    commands = x.tell(words.Pressed("cust", "1"))
    assert words.PromiseCallBack() in commands
    commands = x.tell(words.Played(x.call.playing))
    assert words.HangUp("cust") in commands
    assert not any(isinstance(c, words.Abandon) for c in x.said)


def test_a_menu_is_patient_then_lets_wait() -> None:
    plan = Plan(1, "l", "q", menus={"m": (("sound:choose",), {"2": Option("queue", "q2")})}, menu="m")
    x = Exchange(plan)
    x.tell(words.Arrived())
    assert words.Place("q2") in x.tell(words.Pressed("cust", "2"))
    x = Exchange(plan)
    x.tell(words.Arrived(), words.Pressed("cust", "7"))
    x.tell(words.Played(x.call.playing), words.Late("menu"))
    x.tell(words.Played(x.call.playing))
    assert words.Place("q") in x.tell(words.Late("menu"))


def test_a_closed_line_says_so_and_takes_a_message() -> None:
    closed = Plan(
        1, "l", "q", closed="night", closed_prompts=("sound:closed",), closed_to="voicemail",
        voicemail_prompts=("sound:vm-intro",),
    )  # fmt: skip
    x = Exchange(closed)
    x.tell(words.Arrived())
    x.tell(words.Played(x.call.playing))
    commands = x.tell(words.Played(x.call.playing))
    assert isinstance(commands[0], words.TakeMessage)
    message = commands[0].name
    assert x.tell(words.Recorded("another", 4.0)) == []
    commands = x.tell(words.Recorded(message, 4.0))
    assert words.KeepMessage(message, 4.0) in commands
    assert words.HangUp("cust") in commands


def test_calling_out_rings_the_advisor_then_the_customer() -> None:
    x = Exchange(direction="out")
    x.tell(words.Accepted(5))
    commands = x.tell(words.Answered(x.leg(ADVISOR)))
    assert any(isinstance(c, words.Dial) and c.leg.role == CUSTOMER for c in commands)
    x.tell(words.Answered("cust"))
    assert x.together == {"cust", x.leg(ADVISOR)}
    y = Exchange(direction="out")
    y.tell(words.Accepted(5))
    y.tell(words.Answered(y.leg(ADVISOR)))
    assert words.EndContact("busy") in y.tell(words.Gone("cust", 17))


CHANNELS = st.sampled_from(["cust", *[f"c1-leg-{n}" for n in range(1, 9)]])
PEOPLE = st.sampled_from([5, 6, 7])
EVENTS = st.one_of(
    st.just(words.Arrived()),
    st.builds(words.Played, st.sampled_from([f"c1-play-{n}" for n in range(1, 9)])),
    st.builds(words.Pressed, CHANNELS, st.sampled_from("19#4*")),
    st.builds(words.Answered, CHANNELS),
    st.builds(words.Gone, CHANNELS, st.sampled_from([0, 16, 17, 19])),
    st.builds(words.Refused, CHANNELS),
    st.builds(words.Late, st.sampled_from(["menu", "position", "lost", "keying"])),
    st.just(words.Placed(77)),
    st.builds(words.Offered, PEOPLE),
    st.just(words.Withdrawn()),
    st.builds(words.Accepted, PEOPLE),
    st.just(words.Requeued()),
    st.just(words.Finished()),
    st.builds(words.Position, st.integers(1, 4), st.sampled_from([None, 200])),
    st.builds(words.Hold, st.booleans()),
    st.builds(words.Consult, PEOPLE),
    st.just(words.Consult(number="+33162000000")),
    st.just(words.Conference()),
    st.just(words.Transfer()),
    st.just(words.DropThird()),
    st.just(words.Pay("p1")),
    st.builds(words.StopPaying, st.sampled_from(["advisor", "interrupted"])),
    st.builds(
        words.Keyed,
        st.just("p1"),
        st.sampled_from(["number", "expiry", "code"]),
        st.integers(0, 3),
        st.sampled_from(["", "number", "silence"]),
        st.integers(0, 2),
        complete=st.booleans(),
        given_up=st.booleans(),
    ),
    st.builds(words.Charged, st.just("p1"), st.sampled_from(["accepted", "declined", "unknown"])),
    st.builds(words.Pause, st.booleans()),
    st.builds(words.Spoiled, st.integers(1, 3)),
    st.just(words.Object()),
    st.builds(words.Watch, PEOPLE, st.sampled_from(["listen", "whisper", "join", ""])),
    st.builds(words.TakeOver, PEOPLE),
    st.builds(words.Ready, PEOPLE),
    st.just(words.Recorded("m", 1.0)),
)


@given(st.lists(EVENTS, max_size=40), st.sampled_from(["in", "out"]), st.booleans())
def test_any_order_of_events_leaves_sound_as_the_facts_say(
    events: list[words.Event], direction: str, begun: bool
) -> None:
    x = talking() if begun and direction == "in" else Exchange(direction=direction)
    for event in events:
        if isinstance(event, words.Answered | words.Gone | words.Pressed) and event.channel not in x.open:
            continue  # the exchange tells nothing of what is not there
        x.tell(event)
        wanted = media.of(x.call)
        assert x.together == set(wanted.together)
        assert x.music == set(wanted.music)
        assert (x.recording == "on") == (wanted.tracks is not None)
        assert from_json(to_json(x.call)) == x.call
        if x.call.phase == Phase.ENDED:
            assert x.open == set(), "somebody is left on the line"
