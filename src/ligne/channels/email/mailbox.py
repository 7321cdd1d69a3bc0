"""Speaking IMAP with one mailbox, on the standard library's imaplib: open, search, fetch, wait. Keeps nothing."""

from __future__ import annotations

import contextlib
import imaplib
import re
import select
import socket
import ssl
import threading
import time
from collections.abc import Iterable

from django.utils.translation import gettext

from ligne.channels.email.models import MailAccount
from ligne.kit import outgoing, sealed
from ligne.kit.errors import Unavailable
from ligne.kit.text import N_

PURPOSE = "mailbox"  # the purpose for which passwords of mailboxes are sealed
TIMEOUT_S = 30
ASK_EVERY_S = 60.0
WHOLE = 64 * 1024 * 1024  # beyond this only the beginning is fetched
BEGINNING = 1024 * 1024
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


class Trouble(Exception):
    """The server said no, or something we do not understand."""


INSIDE = N_(
    "This server lies inside our own network. If that is meant, whoever runs the centre names it in "
    "LIGNE_PRIVATE_TARGETS."
)
UNTRUSTED = N_(
    "The server’s certificate is not trusted (%(why)s). No password was sent; the mails wait on the server. Correct "
    "the server’s name, or have the centre trust its authority with SSL_CERT_FILE."
)


def connect(account: MailAccount) -> imaplib.IMAP4:
    """A connection, signed in. Raises OSError, imaplib.IMAP4.error, `Trouble` for a certificate not to be trusted."""
    imaplib._MAXLINE = 10_000_000  # type: ignore[attr-defined]  # a search may answer with many numbers
    try:
        box = _reach(account, ssl.create_default_context())
    except ssl.SSLCertVerificationError as untrusted:
        raise Trouble(gettext(UNTRUSTED) % {"why": untrusted.verify_message}) from untrusted
    kept = account.imap_password
    _sign_in(box, account.imap_user, sealed.unseal(PURPOSE, kept) if kept else "")
    return box


class _Named(imaplib.IMAP4):
    """Calls exactly the address that was judged."""

    def _create_socket(self, timeout: float | None) -> socket.socket:
        try:
            return outgoing.connected(self.host, self.port, timeout)
        except outgoing.NotCalled as why:
            raise Trouble(gettext(INSIDE) if str(why) == "private address" else str(why)) from None


class _SafelyNamed(_Named, imaplib.IMAP4_SSL):
    """The same within TLS, with a certificate for the name."""

    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain = _Named._create_socket(self, timeout)
        wrapped: socket.socket = self.ssl_context.wrap_socket(plain, server_hostname=self.host)
        return wrapped


def _reach(account: MailAccount, context: ssl.SSLContext) -> imaplib.IMAP4:
    """A connection as safe as the account asks, not signed in yet."""
    if account.imap_security == MailAccount.Security.TLS:
        box: imaplib.IMAP4 = _SafelyNamed(account.imap_host, account.imap_port, ssl_context=context, timeout=TIMEOUT_S)
    else:
        box = _Named(account.imap_host, account.imap_port, timeout=TIMEOUT_S)
        if account.imap_security == MailAccount.Security.STARTTLS:
            try:
                box.starttls(context)
            except BaseException:
                with contextlib.suppress(OSError):
                    box.shutdown()
                raise
    return box


def _sign_in(box: imaplib.IMAP4, user: str, password: str) -> None:
    """PLAIN carries any letters; the older LOGIN carries ASCII alone."""
    if "AUTH=PLAIN" in box.capabilities:
        box.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())
    else:
        try:
            box.login(_quoted(user), password)
        except UnicodeEncodeError:
            raise Trouble("the server takes no letters with accents in names and passwords") from None
    # what a server can do (IDLE) is often told only after the sign-in
    _, told = box.capability()
    box.capabilities = tuple((told[0] or b"").decode("ascii", "replace").upper().split())


def try_connection(account: MailAccount) -> str:
    """Sign in, open the folder, and say how many mails lie there. Raises `Unavailable` with the server's words."""
    try:
        box = connect(account)
        with contextlib.closing(Closing(box)):
            open_folder(box, account.imap_folder)
            found = len(search(box, "UNSEEN"))
    except (OSError, imaplib.IMAP4.error, Trouble) as error:
        raise Unavailable(
            N_("The mailbox could not be opened: %(why)s"), why=str(error)[:300] or type(error).__name__
        ) from error
    return gettext("The mailbox opens. Mails not read yet: %(count)s.") % {"count": found}


class Closing:
    """Sign out at the end of a block, whatever happened: `with closing(Closing(box))`."""

    def __init__(self, box: imaplib.IMAP4) -> None:
        self.box = box

    def close(self) -> None:
        """Sign out."""
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            self.box.logout()


def _quoted(folder: str) -> str:
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def open_folder(box: imaplib.IMAP4, folder: str) -> int:
    """Open the folder; returns its UIDVALIDITY."""
    kind, data = box.select(_quoted(folder))
    if kind != "OK":
        raise Trouble(_said(data))
    _, validity = box.response("UIDVALIDITY")
    try:
        return int((validity or [b"0"])[0] or 0)
    except (TypeError, ValueError):
        return 0


def search(box: imaplib.IMAP4, *criteria: str) -> list[int]:
    """The UIDs of the mails that fit, in order."""
    kind, data = box.uid("SEARCH", *criteria)
    if kind != "OK":
        raise Trouble(_said(data))
    return sorted(int(n) for n in b" ".join(d for d in data if isinstance(d, bytes)).split() if n.isdigit())


def _said(data: Iterable[object]) -> str:
    return " ".join(d.decode("utf-8", "replace") for d in data if isinstance(d, bytes))[:200]


def fetch(box: imaplib.IMAP4, uid: int) -> tuple[bytes | None, int]:
    """A mail's bytes (its beginning when it is enormous) and its size; None when it is gone."""
    _, data = box.uid("FETCH", str(uid), "(RFC822.SIZE)")
    found = _SIZE.search(b" ".join(d for d in data if isinstance(d, bytes)))
    size = int(found[1]) if found else 0
    what = "(BODY.PEEK[])" if size <= WHOLE else f"(BODY.PEEK[]<0.{BEGINNING}>)"
    kind, data = box.uid("FETCH", str(uid), what)
    if kind != "OK":
        raise Trouble(_said(data))
    content = next((item[1] for item in data if isinstance(item, tuple) and len(item) > 1), None)
    return content, max(size, len(content or b""))


def idle(box: imaplib.IMAP4, stop: threading.Event, seconds: float) -> None:
    """Wait until the server tells of something new, `stop`, or so many seconds; without IDLE, wait and ask."""
    if "IDLE" not in box.capabilities:
        stop.wait(min(seconds, ASK_EVERY_S))
        return
    tag = box._new_tag()
    box.send(tag + b" IDLE\r\n")
    line = box.readline()
    if not line.startswith(b"+"):
        raise Trouble(line.decode("utf-8", "replace")[:200])
    until = time.monotonic() + seconds
    told = False
    while not stop.is_set() and not told and time.monotonic() < until:
        told = _readable(box.socket(), 1.0) and _tells(box.readline())
    box.send(b"DONE\r\n")
    while True:
        line = box.readline()
        if not line:
            raise OSError("the server hung up")
        if line.startswith(tag):
            return


def _readable(sock: socket.socket, seconds: float) -> bool:
    pending = getattr(sock, "pending", None)
    if pending is not None and pending():
        return True
    return bool(select.select([sock], [], [], seconds)[0])


def _tells(line: bytes) -> bool:
    if not line:
        raise OSError("the server hung up")
    return b"EXISTS" in line or b"RECENT" in line
