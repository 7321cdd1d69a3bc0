"""A private Dovecot: a real IMAP server in a folder of its own, on a port of its own, gone with the test."""

from __future__ import annotations

import contextlib
import getpass
import grp
import imaplib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

USER, PASSWORD = "service", "mot-de-passe-é"

CONF = """
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/log
protocols = imap
listen = 127.0.0.1
{tls}
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:{root}/mail
first_valid_uid = 1
first_valid_gid = 1
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={root}/mail
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


class Dovecot:
    """The server; `stop` ends it and removes all it wrote. With a `certificate` (a file of PEM that holds the key too)
    it speaks TLS on `tls_port`, and STARTTLS on `port`."""

    def __init__(self, certificate: Path | None = None) -> None:
        program = shutil.which("dovecot") or "/usr/sbin/dovecot"
        if not Path(program).exists():
            raise RuntimeError("a real IMAP server is needed: install the Debian package dovecot-imapd")
        self.root = Path(tempfile.mkdtemp(prefix="ligne-dovecot-"))
        self.root.chmod(0o755)
        self.port, self.tls_port = _free_port(), _free_port() if certificate else 0
        tls = f"ssl = yes\nssl_cert = <{certificate}\nssl_key = <{certificate}" if certificate else "ssl = no"
        owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        (self.root / "mail").mkdir()
        if os.geteuid() == 0:
            os.chown(self.root / "mail", owner.pw_uid, owner.pw_gid)
        me = getpass.getuser()
        names = {"internal": me, "login": me, "group": grp.getgrgid(os.getegid()).gr_name}
        if os.geteuid() == 0:
            names = {"internal": "dovecot", "login": "dovenull", "group": "dovecot"}
        conf = self.root / "dovecot.conf"
        conf.write_text(
            CONF.format(
                root=self.root,
                port=self.port,
                tls=tls,
                tls_port=self.tls_port,
                password=PASSWORD,
                uid=owner.pw_uid,
                gid=owner.pw_gid,
                **names,
            )
        )
        self.process = subprocess.Popen([program, "-F", "-c", str(conf)])
        self._wait()

    def _wait(self) -> None:
        for _ in range(200):
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                self.client().logout()
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        log = self.root / "log"
        raise RuntimeError(f"dovecot did not start: {log.read_text() if log.exists() else ''}")

    def client(self) -> imaplib.IMAP4:
        """Somebody else's view of the mailbox, signed in."""
        box = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        box.authenticate("PLAIN", lambda _: f"\0{USER}\0{PASSWORD}".encode())
        return box

    def deliver(self, content: bytes, flags: str = "") -> None:
        """Put a mail into the inbox."""
        box = self.client()
        box.append("INBOX", flags, imaplib.Time2Internaldate(time.time()), content)
        box.logout()

    def seen(self) -> int:
        """How many mails are marked seen."""
        box = self.client()
        box.select("INBOX", readonly=True)
        _, found = box.search(None, "SEEN")
        box.logout()
        return len(found[0].split())

    def renumber(self) -> None:
        """Lose the numbering of the mails, as a server restored from a backup does."""
        for path in (self.root / "mail").rglob("dovecot*"):
            if path.is_file():
                path.unlink()

    def stop(self) -> None:
        """End the server."""
        self.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        if self.process.poll() is None:
            self.process.kill()
        shutil.rmtree(self.root, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
