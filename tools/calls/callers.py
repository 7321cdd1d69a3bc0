"""How SIPp makes one call (its scenario), and what it writes down of it."""

from __future__ import annotations

_HEAD = """Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@[local_ip]:[local_port]>;tag=[pid]t[call_number]
"""

_OPENING = """<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="caller">
<send retrans="500" start_rtd="1"><![CDATA[
INVITE sip:{line}@[remote_ip]:[remote_port] SIP/2.0
{head}To: <sip:{line}@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:[field0]@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=carrier 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio [field1] RTP/AVP 8 101
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=ptime:20
]]></send>
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="183" optional="true"/>
{refusals}
<recv response="200" rtd="1" rrs="true">
<action>
<ereg regexp="tag=[^;]*" search_in="hdr" header="To:" assign_to="1"/>
<log message="answered [field0]"/>
</action>
</recv>
<send><![CDATA[
ACK [next_url] SIP/2.0
{head}[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
"""

_REFUSAL = """<recv response="{status}" optional="true" next="9">
<action><log message="refused [field0] {status}"/></action>
</recv>
"""

# Until the centre hangs up, the study says so (a message on the side), or their time is over.
_STAYS = {
    False: """<recv request="BYE" optional="true" next="1"/>
<recv request="INFO"/>
""",
    True: """<recv request="BYE" timeout="{stays_ms}" ontimeout="5" next="1"/>
<label id="5"/>
""",
}

_LEAVES = """<nop><action><log message="ended them [field0]"/></action></nop>
<send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
{head}To: <sip:{line}@[remote_ip]:[remote_port]>;[$1]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv request="BYE" optional="true" next="1"/>
<recv response="481" optional="true" next="2"/>
<recv response="200" next="2"/>
<label id="1"/>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
<nop next="2"><action><log message="ended us [field0]"/></action></nop>
<label id="9"/>
<send><![CDATA[
ACK sip:{line}@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch-1]
From: <sip:[field0]@[local_ip]:[local_port]>;tag=[pid]t[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
<label id="2"/>
<Reference variables="1"/>
</scenario>
"""
_REFUSED = (403, 404, 480, 486, 488, 500, 503, 600, 603)


def scenario(line: str, stays_ms: int) -> str:
    """One call to `line`. "fates.log" is told when it is answered ("answered NUMBER"), refused ("refused NUMBER 486")
    and who hung up ("ended us NUMBER": the centre, "ended them NUMBER": the caller)."""
    refusals = "".join(_REFUSAL.format(status=status) for status in _REFUSED)
    parts = (
        _OPENING.format(line=line, head=_HEAD, refusals=refusals),
        _STAYS[bool(stays_ms)].format(stays_ms=stays_ms),
        _LEAVES.format(line=line, head=_HEAD),
    )
    return "".join(parts)
