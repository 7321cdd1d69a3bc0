"""The process that runs Asterisk: started, watched, stopped with the centre."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading

import structlog
from django.conf import settings

from ligne.channels.voice.pbx import configuration, programs
from ligne.kit import processes

log = structlog.get_logger(__name__)
STOP_S = 5


def main(stop: threading.Event) -> None:
    """Run Asterisk until `stop` is set; one that ends by itself ends this process, which is started again."""
    there = programs.fetch(settings.PBX_PROGRAMS)
    main_file = configuration.write(
        there,
        configuration.Settings(
            folder=settings.PBX_HOME,
            name=settings.PBX_NAME,
            controller=f"ws://{settings.ARI_HOST}:{settings.ARI_PORT}",
            password=settings.ARI_PASSWORD,
            http_port=settings.PBX_HTTP_PORT,
            http_host=settings.PBX_HTTP_HOST,
            sip_bind=settings.SIP_BIND,
            trunk=settings.SIP_TRUNK,
            trunk_from=tuple(settings.SIP_TRUNK_FROM),
            rtp=settings.RTP_PORTS,
            stun=settings.STUN,
            turn=settings.TURN,
            extra=tuple(settings.PBX_EXTRA),
        ),
    )
    parent = os.getpid()
    asterisk = subprocess.Popen(
        [*there.command, "-C", str(main_file), "-f"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: processes.die_with(parent),  # noqa: PLW1509 - a fork of one thread
    )
    log.info("pbx.started", pid=asterisk.pid)
    while not stop.is_set() and asterisk.poll() is None:
        stop.wait(0.2)
    if asterisk.poll() is None:
        asterisk.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            asterisk.wait(STOP_S)
    if asterisk.poll() is None:
        asterisk.kill()
        asterisk.wait()
    log.info("pbx.stopped", code=asterisk.returncode)
