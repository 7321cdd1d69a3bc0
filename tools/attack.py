"""Attack a demo centre of our own with tools made for it: `python -m tools.attack [ROLE …]` (`make attack`).

Starts a centre in a folder of its own, signs in as each of the demo's people, and lets wapiti crawl and attack as each
of them and as the public; then lets sqlmap try every parameter that reads the database, of pages and of the interface.
Exits with 1 when something was found that ACCEPTED does not explain. Takes some half hour; reports stay in var/attack.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
from tests.conftest import Centre

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "attack"
TOOLS = ("wapiti3==3.2.3", "sqlmap==1.10.10")
PEOPLE = {
    "public": "",
    "advisor": "conseiller@demo.test",
    "supervisor": "superviseur@demo.test",
    "administrator": "admin@demo.test",
}
# Without csrf, which takes two refusals for two successes: tests/site/security/test_requests.py sends every form
# without its token. Without those that need a server of theirs on the Internet (ssrf, xxe, log4shell).
MODULES = (
    "backup,cookieflags,crlf,csp,exec,file,htaccess,http_headers,ldap,methods,permanentxss,redirect,sql,timesql,"
    "upload,xss"
)
CRAWL_S, MODULE_S = 120, 45
# What ends the session that attacks, or changes the password by which the next one comes in.
NOT_ATTACKED = ("/accounts/logout/*", "/accounts/password/*", "/accounts/sessions/*", "/accounts/2fa/*", "/static/*")
# Findings that are none: part of the category and of the finding -> why.
ACCEPTED: list[tuple[str, str, str]] = [
    (
        "HTTP Secure Headers",
        "Strict-Transport-Security",
        "sent with LIGNE_HTTPS=1; the attacked centre speaks plain HTTP",
    ),
    ("Secure Flag cookie", "Secure flag", "set with LIGNE_HTTPS=1; the attacked centre speaks plain HTTP"),
    ("HttpOnly Flag cookie", "csrftoken", "the page's scripts read the CSRF token; it opens nothing by itself"),
    (
        "Content Security Policy",
        "unsafe-inline",
        "a mail's own style, in a sandboxed frame that runs and fetches nothing",
    ),
]
# What sqlmap tries: paths with a value for each parameter; a star marks a value inside the path.
PAGES = {
    "administrator": (
        "/office/people/?q=a&role=advisor&closed=1",
        "/office/customers/export/?principal=1&kind=csv",
        "/mail/kept/?show=routine",
    ),
    "supervisor": (
        "/journal/?before=1&subject=contact:1&kind=contact.arrived",
        "/supervision/history/?by=day&first=2026-11-01&last=2026-11-20&queue=bleuet-chat&channel=chat",
        "/supervision/contacts/?figure=waiting&queue=bleuet-chat&advisor=1&channel=chat&day=2026-11-20&slot=1&after=1",
        "/customers/?q=martin&after=1&segment=a&city=paris",
    ),
    "advisor": (
        "/customers/?q=martin&after=1",
        "/customers/search/?q=martin",
        "/customers/new/?name=a&phone=0612345678&email=a@b.test",
    ),
    "public": (
        "/demo/mailbox/?address=a@exemple.test&mail=1",
        "/chat/api/queues/bleuet-chat*/",
        "/callback/bleuet-conseil*/",
    ),
}
OPERATIONS = (
    "/api/v1/customers?cursor=1&limit=5&q=martin&phone=0612345678&email=a@b.test",
    "/api/v1/contacts?cursor=1&limit=5&customer_id=1&state=closed&channel=email",
    "/api/v1/call-backs?customer_id=1&settled=1",
    "/api/v1/journal?cursor=1&limit=5&customer_id=1&kind=contact.arrived",
)


@dataclass(frozen=True)
class Finding:
    """What a tool says it found."""

    tool: str
    role: str
    kind: str
    where: str
    said: str

    @property
    def explained(self) -> str:
        """Why it is none, "" when it is one."""
        return next((why for kind, part, why in ACCEPTED if kind in self.kind and part in self.said), "")


def main(roles: list[str]) -> int:
    """Attack as `roles`, all without any."""
    tools = install()
    shutil.rmtree(FOLDER / "reports", ignore_errors=True)
    (FOLDER / "reports").mkdir(parents=True)
    centre = Centre(Path(tempfile.mkdtemp(prefix="ligne-attacked-")), environment={"LIGNE_DEMO_SCALE": "200"})
    found: list[Finding] = []
    try:
        centre.start(300)
        for role in roles or PEOPLE:
            cookie = sign_in(centre, PEOPLE[role])
            found += attack_pages(tools, centre, role, cookie)
            cookie = sign_in(centre, PEOPLE[role])  # an administrator's attack may have ended it
            found += attack_database(tools, centre, role, [f"Cookie: {cookie}"] if cookie else [], PAGES[role])
        token = centre.ligne("token", "create", "--user", PEOPLE["administrator"], "--scope", "*").stdout.strip()
        found += attack_database(tools, centre, "program", [f"Authorization: Bearer {token}"], OPERATIONS)
        found += broken(centre)
    finally:
        centre.stop()
        shutil.rmtree(centre.home, ignore_errors=True)
    return tell(found)


def install() -> Path:
    """The tools in an environment of their own: nothing they need is ours. Returns the folder of its programs."""
    home = FOLDER / "venv"
    programs = home / "bin"
    if not (programs / "sqlmap").exists():
        print(f"installing {' and '.join(TOOLS)}", flush=True)
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([programs / "python", "-m", "pip", "install", "--quiet", *TOOLS], check=True)
    return programs


def sign_in(centre: Centre, email: str) -> str:
    """The cookies of a session, as a header's value; "" for the public."""
    if not email:
        return ""
    with httpx.Client(base_url=centre.url, timeout=60) as browser:
        page = browser.get("/accounts/login/")
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        assert token, "the sign-in page has no form"
        facts = {"login": email, "password": centre.password, "csrfmiddlewaretoken": token[1]}
        answer = browser.post("/accounts/login/", data=facts)
        assert answer.status_code == 302, f"{email} could not sign in: {answer.status_code}"
        return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


def attack_pages(tools: Path, centre: Centre, role: str, cookie: str) -> list[Finding]:
    """wapiti: crawl what the role sees, then send every form and parameter what it should not take."""
    print(f"wapiti as {role}", flush=True)
    report = FOLDER / "reports" / f"wapiti-{role}.json"
    command = [tools / "wapiti", "-u", f"{centre.url}/", "--scope", "folder", "-m", MODULES, "-f", "json", "-o", report]
    command += ["--flush-session", "--store-session", tempfile.mkdtemp(prefix="wapiti-"), "--no-bugreport", "-v", "0"]
    command += ["--max-scan-time", str(CRAWL_S), "--max-attack-time", str(MODULE_S), "--max-links-per-page", "60"]
    command += [part for path in NOT_ATTACKED for part in ("-x", f"{centre.url}{path}")]
    command += [part for path in PAGES[role] for part in ("-s", f"{centre.url}{path.replace('*', '')}")]
    command += ["-C", cookie, "--drop-set-cookie"] if cookie else []
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    told = json.loads(report.read_text())
    kinds = {**told["vulnerabilities"], **{f"anomaly: {name}": rows for name, rows in told["anomalies"].items()}}
    return [
        Finding(
            "wapiti", role, kind, f"{row['method']} {row['path']} {row.get('parameter') or ''}".strip(), row["info"]
        )
        for kind, rows in kinds.items()
        for row in rows
    ]


def attack_database(
    tools: Path, centre: Centre, role: str, headers: list[str], paths: tuple[str, ...]
) -> list[Finding]:
    """sqlmap on every parameter of `paths`."""
    print(f"sqlmap as {role}", flush=True)
    folder = FOLDER / "reports" / f"sqlmap-{role}"
    folder.mkdir()
    targets = folder / "targets.txt"
    targets.write_text("".join(f"{centre.url}{path}\n" for path in paths))
    command = [tools / "sqlmap", "-m", targets, "--batch", "--dbms", "PostgreSQL", "--level", "2", "--risk", "2"]
    command += [
        "--output-dir",
        folder,
        "--results-file",
        folder / "results.csv",
        "--time-sec",
        "3",
        "--disable-coloring",
    ]
    command += ["--ignore-code", "401,403,404,422", "--flush-session", "--threads", "2"]
    command += [part for header in headers for part in ("-H", header)]
    with (folder / "said.txt").open("w") as said:
        subprocess.run(command, check=False, stdout=said, stderr=said, stdin=subprocess.DEVNULL)
    return list(_injectable(folder / "results.csv", role))


def _injectable(results: Path, role: str) -> Iterator[Finding]:
    if not results.exists():
        return
    with results.open(newline="") as rows:
        for row in csv.DictReader(rows):
            if row.get("Parameter") and "false positive" not in (row.get("Note(s)") or ""):
                said = f"{row.get('Technique(s)', '')} {row.get('Note(s)', '')}".strip()
                yield Finding("sqlmap", role, "SQL injection", f"{row['Target URL']} {row['Parameter']}", said)


def broken(centre: Centre) -> list[Finding]:
    """What the centre itself logged as failed while it was attacked: each is a mistake of ours."""
    log = centre.home / "logs" / "ligne.log"
    rows = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")] if log.exists() else []
    (FOLDER / "reports" / "failed.json").write_text(
        json.dumps([r for r in rows if r.get("level") == "error"], indent=1)
    )
    failed = {
        (str(row.get("event")), str(row.get("error", "")), str(row.get("error_says", "")), str(row.get("error_at", "")))
        for row in rows
        if row.get("level") == "error"
    }
    return [
        Finding("log", "", event, error, f"{says} {places[-300:]}") for event, error, says, places in sorted(failed)
    ]


def tell(found: list[Finding]) -> int:
    """Print what was found, once each; 1 when anything is left unexplained."""
    for finding in sorted({f for f in found if f.explained}, key=str):
        print(f"accepted  {finding.kind}: {finding.where}: {finding.explained}")
    open_ones = sorted({f for f in found if not f.explained}, key=str)
    for finding in open_ones:
        print(f"FOUND     {finding.tool} as {finding.role}: {finding.kind}: {finding.where}: {finding.said}")
    print(f"{len(open_ones)} findings")
    return int(bool(open_ones))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ligne.site.settings")
    raise SystemExit(main(sys.argv[1:]))
