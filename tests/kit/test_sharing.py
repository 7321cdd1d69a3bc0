"""Hosts that do not see the same files are named."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import pytest
from django.conf import LazySettings

from ligne.kit import clock, sharing
from ligne.kit.models import Heartbeat

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.FILES_ROOT = tmp_path / "files"
    return tmp_path / "files"


def heard(host: str) -> None:
    Heartbeat.objects.create(name="web", instance=f"{host}:12", at=clock.now())


def test_a_host_that_left_its_mark_shares_the_folder() -> None:
    heard(socket.gethostname())
    sharing.mark()
    assert sharing.hosts() == {socket.gethostname(): True}


def test_a_host_heard_whose_mark_is_elsewhere_does_not() -> None:
    heard("other")
    assert sharing.hosts() == {"other": False}


def test_an_old_mark_proves_nothing(folder: Path) -> None:
    heard("other")
    folder.mkdir()
    mark = folder / "tmp-seen-by-other"
    mark.touch()
    os.utime(mark, (time.time() - 3600,) * 2)
    assert sharing.hosts() == {"other": False}


def test_a_host_no_longer_heard_is_not_asked_about() -> None:
    Heartbeat.objects.create(name="web", instance="gone:1", at=clock.ago(minutes=5))
    assert sharing.hosts() == {}
