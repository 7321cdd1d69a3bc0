"""Asterisk's configuration, written anew at each start: nothing in it is kept by hand. What belongs to a house (its
trunk) is added from the files that it names."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ligne.channels.voice.exchange.hands import APP
from ligne.channels.voice.pbx.programs import Programs

MODULES = [
    "res_timing_timerfd",
    "res_sorcery_config",
    "res_sorcery_memory",
    "res_sorcery_astdb",
    "res_crypto",
    "res_http_websocket",
    "res_websocket_client",
    "res_pjproject",
    "res_pjsip",
    "res_pjsip_session",
    "res_pjsip_sdp_rtp",
    "res_pjsip_caller_id",
    "res_pjsip_authenticator_digest",
    "res_pjsip_outbound_authenticator_digest",
    "res_pjsip_outbound_registration",
    "res_pjsip_endpoint_identifier_ip",
    "res_pjsip_endpoint_identifier_user",
    "res_pjsip_registrar",
    "res_pjsip_transport_websocket",
    "res_pjsip_nat",
    "res_pjsip_dtmf_info",
    "res_pjsip_header_funcs",
    "res_pjsip_rfc3326",
    "res_pjsip_refer",
    "res_pjsip_acl",
    "res_pjsip_path",
    "res_pjsip_pubsub",
    "chan_pjsip",
    "chan_bridge_media",
    "res_rtp_asterisk",
    "res_srtp",
    "res_format_attr_opus",
    "codec_opus_open_source",
    "codec_ulaw",
    "codec_alaw",
    "codec_a_mu",
    "codec_resample",
    "codec_g722",
    "format_pcm",
    "format_wav",
    "format_sln",
    "bridge_simple",
    "bridge_softmix",
    "bridge_holding",
    "bridge_native_rtp",
    "bridge_builtin_features",
    "res_ari",
    "res_ari_model",
    "res_ari_applications",
    "res_ari_asterisk",
    "res_ari_bridges",
    "res_ari_channels",
    "res_ari_device_states",
    "res_ari_endpoints",
    "res_ari_events",
    "res_ari_playbacks",
    "res_ari_recordings",
    "res_ari_sounds",
    "res_stasis",
    "res_stasis_answer",
    "res_stasis_playback",
    "res_stasis_recording",
    "res_stasis_snoop",
    "res_stasis_device_state",
    "app_stasis",
    "app_playback",
    "app_record",
    "app_verbose",
    "app_milliwatt",
    "app_echo",
    "func_callerid",
    "func_channel",
    "func_logic",
    "func_strings",
    "func_uuid",
    "pbx_config",
    "res_musiconhold",
]


TRUNK = "trunk"  # the carrier's endpoint
# The exchange's variable in which a controller says that it lives (seconds since 1970), and how long that is believed.
ALIVE, SILENT_S, LOOKS = "LIGNE_ALIVE", 5, 4


@dataclass(frozen=True, slots=True)
class Settings:
    """Where this Asterisk listens and whom it calls. `trunk` is the carrier's address ("sip:host:port"), `trunk_from`
    the hosts its calls come from; `stun` and `turn` are written as browsers do ("stun:host:port"); `extra` names files
    with more pjsip objects (registrations, credentials)."""

    folder: Path
    name: str
    controller: str
    password: str
    http_port: int
    sip_bind: str
    http_host: str = "127.0.0.1"
    trunk: str = ""
    trunk_from: tuple[str, ...] = ()
    rtp: tuple[int, int] = (20000, 21999)
    stun: str = ""
    turn: tuple[str, str, str] = ("", "", "")
    extra: tuple[Path, ...] = field(default=())


def write(programs: Programs, settings: Settings) -> Path:
    """Write everything under `settings.folder`; returns the main file."""
    folder = settings.folder
    for part in ("etc", "lib/keys", "spool/recording", "run", "log/cdr-csv"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "lib/keys").chmod(0o700)
    for name, text in _files(programs, settings).items():
        path = folder / "etc" / name
        path.write_text(text)
        path.chmod(0o600)
    return folder / "etc/asterisk.conf"


def _files(programs: Programs, settings: Settings) -> dict[str, str]:
    empty = dict.fromkeys(
        (
            "cel.conf",
            "features.conf",
            "udptl.conf",
            "stasis.conf",
            "ccss.conf",
            "codecs.conf",
            "pjproject.conf",
            "acl.conf",
        ),
        "",
    )
    return empty | {
        "asterisk.conf": _main(programs, settings.folder),
        "modules.conf": "[modules]\nautoload=no\n" + "".join(f"load => {name}.so\n" for name in MODULES),
        "logger.conf": "[general]\n[logfiles]\nmessages => notice,warning,error\n",
        "cdr.conf": "[general]\nenable=no\n",
        "indications.conf": "[general]\ncountry=fr\n[fr]\ndescription=France\nringcadence=1500,3500\n"
        "dial=440\nbusy=440/500,0/500\n"
        "ring=440/1500,0/3500\ncongestion=440/250,0/250\n",
        "http.conf": f"[general]\nenabled=yes\nbindaddr={settings.http_host}\nbindport={settings.http_port}\n",
        "ari.conf": "[general]\nenabled=yes\n[ligne]\ntype=user\nread_only=no\n"
        f"password={settings.password}\n[controller]\ntype=outbound_websocket\nwebsocket_client_id=controller\n"
        f"apps={APP}\nlocal_ari_user=ligne\n",
        "websocket_client.conf": "[controller]\ntype=websocket_client\nconnection_type=persistent\nprotocols=ari\n"
        f"uri={settings.controller}/{settings.name}\nusername={settings.name}\npassword={settings.password}\n"
        "reconnect_interval=500\n",
        # softphones are told to us at each start, and kept in memory alone
        "sorcery.conf": "[res_pjsip]\n"
        + "".join(
            f"{kind}=config,pjsip.conf,criteria=type={kind}\n{kind}=memory\n" for kind in ("endpoint", "auth", "aor")
        ),
        "rtp.conf": _rtp(settings),
        "pjsip.conf": _pjsip(settings),
        "extensions.conf": _EXTENSIONS,
        "musiconhold.conf": f"[default]\nmode=files\ndirectory={programs.data}/moh\n",
    }


def _main(programs: Programs, folder: Path) -> str:
    places = {
        "astetcdir": folder / "etc",
        "astmoddir": programs.modules,
        "astvarlibdir": folder / "lib",
        "astdbdir": folder / "lib",
        "astkeydir": folder / "lib",
        "astdatadir": programs.data,
        "astagidir": folder / "lib",
        "astspooldir": folder / "spool",
        "astrundir": folder / "run",
        "astlogdir": folder / "log",
        "astsbindir": folder / "run",
    }
    return "[directories]\n" + "".join(f"{k} => {v}\n" for k, v in places.items()) + "[options]\nnocolor = yes\n"


def _rtp(settings: Settings) -> str:
    first, last = settings.rtp
    lines = [f"rtpstart={first}", f"rtpend={last}", "icesupport=yes"]
    if settings.stun:
        lines.append(f"stunaddr={settings.stun.partition(':')[2]}")
    address, user, secret = settings.turn
    address = address.partition(":")[2].partition("?")[0]  # "turn:host:port?transport=udp", as browsers write it
    if address:
        lines += [f"turnaddr={address}", f"turnusername={user}", f"turnpassword={secret}"]
    return "[general]\n" + "\n".join(lines) + "\n"


def _pjsip(settings: Settings) -> str:
    parts = [
        "[global]\ntype=global\nuser_agent=Ligne Claire\n",
        "[websocket]\ntype=transport\nprotocol=ws\nbind=127.0.0.1\n",
        f"[udp]\ntype=transport\nprotocol=udp\nbind={settings.sip_bind}\n",
    ]
    if settings.trunk:
        parts.append(
            "[trunk]\ntype=endpoint\ncontext=carrier\ndisallow=all\nallow=alaw,ulaw\ntransport=udp\naors=trunk\n"
            "send_connected_line=no\nrtp_timeout=60\nrtp_timeout_hold=0\n"
            f"[trunk]\ntype=aor\ncontact={settings.trunk}\n"
        )
        matches = "".join(f"match={host}\n" for host in settings.trunk_from)
        parts.append(f"[trunk]\ntype=identify\nendpoint=trunk\n{matches}")
    parts += [f"#include {path}\n" for path in settings.extra]
    return "".join(parts)


# `Stasis` waits for a controller for ever: when none gave a sign of life lately, and none does in the next seconds (the
# exchange may have started just now), the customer is told, and may leave a message that is kept for later.
_EXTENSIONS = f"""[carrier]
exten => _[+0-9]!,1,Set(LOOKS=0)
 same => n(look),GotoIf($[${{EPOCH}} - 0${{{ALIVE}}} <= {SILENT_S}]?led)
 same => n,GotoIf($[${{LOOKS}} >= {LOOKS}]?alone)
 same => n,Set(LOOKS=$[${{LOOKS}} + 1])
 same => n,Wait(1)
 same => n,Goto(look)
 same => n(led),Stasis({APP},in,${{EXTEN}})
 same => n(alone),Answer()
 same => n,Set(CHANNEL(language)=fr)
 same => n,Playback(vm-intro)
 same => n,Set(LEFT=left-${{FILTER(0-9+,${{EXTEN}})}}-${{FILTER(0-9+,${{CALLERID(num)}})}}-${{UNIQUEID}})
 same => n,Record(${{ASTSPOOLDIR}}/recording/${{LEFT}}.wav,5,120,k)
 same => n,Playback(auth-thankyou)
 same => n,Hangup()
exten => s,1,Hangup()

[softphones]
exten => _[+*#0-9a-z]!,1,Hangup()
"""
