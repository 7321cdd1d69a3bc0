"""What the exchange recorded, fetched from it over HTTP: sound does not fit the connection that events share."""

from __future__ import annotations

import time
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

import httpx

PATIENCE_S = 10.0
# A recording that was just stopped is closed a moment later.
TRIES, PAUSE_S = 10, 0.2


class SoundLost(Exception):
    """The exchange does not have this recording, or does not answer."""


@dataclass(frozen=True, slots=True)
class Sounds:
    """The recordings of the exchange at `address` ("http://127.0.0.1:8089")."""

    address: str
    user: str
    password: str

    def fetch(self, name: str) -> bytes:
        """A recording as WAV. Raises `SoundLost`."""
        for _ in range(TRIES):
            answer = self._ask("GET", name, "/file")
            if answer.status_code == HTTPStatus.OK and answer.content:
                return answer.content
            time.sleep(PAUSE_S)
        raise SoundLost(name)

    def drop(self, name: str) -> None:
        """Delete a recording; one that is not there is deleted already."""
        self._ask("DELETE", name)

    def _ask(self, method: str, name: str, part: str = "") -> httpx.Response:
        url = f"{self.address}/ari/recordings/stored/{quote(name, safe='')}{part}"
        try:
            return httpx.request(method, url, auth=(self.user, self.password), timeout=PATIENCE_S, trust_env=False)
        except httpx.HTTPError as error:
            raise SoundLost(f"{name}: {type(error).__name__}") from None
