"""Office: customers from a file and into a file."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from ligne.customers import reads, services
from ligne.customers.models import Job
from ligne.customers.panels import common
from ligne.customers.panels.forms import ImportForm
from ligne.customers.rules import columns
from ligne.customers.services import imports
from ligne.kit import clock
from ligne.kit.errors import DomainError, Invalid, NotFound
from ligne.kit.http import only, viewer_of
from ligne.kit.text import N_
from ligne.kit.viewer import ADMINISTRATOR, SUPERVISOR
from ligne.staff import reads as staff

KEEPERS = (ADMINISTRATOR, SUPERVISOR)
STATES = {
    Job.State.QUEUED: ("info", N_("Waiting for its turn")),
    Job.State.RUNNING: ("info", N_("Running")),
    Job.State.DONE: ("ok", N_("Done")),
    Job.State.CANCELLED: ("mute", N_("Cancelled")),
    Job.State.FAILED: ("bad", N_("Failed")),
}


@only(*KEEPERS, methods=("GET", "POST"))
def index(request: HttpRequest) -> HttpResponse:
    """Send a file, watch the latest ones."""
    viewer = viewer_of(request)
    served = [(p.pk, p.name) for p in staff.principals(viewer) if p.pk in viewer.principals]
    form = ImportForm(served, *((request.POST, request.FILES) if request.method == "POST" else ()))
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            started = imports.start(
                viewer,
                principal_id=form.cleaned_data["principal_id"],
                filename=upload.name,
                chunks=upload.chunks(),
                dry_run=form.cleaned_data["dry_run"],
            )
        except DomainError as error:
            error.field = "file"
            form.refuse(error)
        else:
            return redirect("customers:job", started.pk)
    given = {
        "form": form,
        "jobs": [_told(job) for job in reads.jobs(viewer)],
        "principals": served,
        "columns": [(columns.title(c, viewer.language), ", ".join(c.also)) for c in columns.COLUMNS],
        "nav_slot": "office.nav",
    }
    return render(request, "customers/import.html", given, status=422 if form.errors else 200)


@only(*KEEPERS)
def job(request: HttpRequest, job_id: int) -> HttpResponse:
    """One import: a page, or the fragment that fetches itself while it runs."""
    told = _told(reads.job(viewer_of(request), job_id))
    fragment = request.headers.get("HX-Request")
    template = "customers/_job.html" if fragment else "customers/job.html"
    return render(request, template, {"told": told, "job": told["job"], "nav_slot": "office.nav"})


@only(*KEEPERS, methods=("POST",))
def cancel(request: HttpRequest, job_id: int) -> HttpResponse:
    """Stop an import after its present batch."""
    services.imports.cancel(viewer_of(request), job_id=job_id)
    return redirect("customers:job", job_id)


@only(*KEEPERS)
def rejects(request: HttpRequest, job_id: int) -> HttpResponseBase:
    """The refused lines, with their reasons."""
    path = imports.folder(reads.job(viewer_of(request), job_id)) / "rejects.csv"
    if not path.exists():
        raise NotFound(N_("The rejects of this import are no longer kept (30 days)."))
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"{gettext('rejects')}-{job_id}.csv")


@only(*KEEPERS, methods=("POST",))
def export(request: HttpRequest) -> HttpResponseBase:
    """Every customer of one company, as CSV (streamed) or XLSX."""
    viewer = viewer_of(request)
    principal_id = common.number(request.POST.get("principal_id"))
    if principal_id is None:
        raise Invalid(N_("Choose a company first."), field="principal_id")
    name = (
        f"clients-{clock.now():%Y-%m-%d}" if viewer.language.startswith("fr") else f"customers-{clock.now():%Y-%m-%d}"
    )
    if request.POST.get("format") == "xlsx":
        folder = tempfile.TemporaryDirectory(prefix="ligne-export-")
        path = Path(folder.name) / "export.xlsx"
        with folder:
            services.export_xlsx(viewer, principal_id=principal_id, path=path)
            content = path.read_bytes()
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        response: HttpResponseBase = HttpResponse(content, content_type=kind)
        response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
        return response
    rows = services.export_csv(viewer, principal_id=principal_id)
    streamed = StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8")
    streamed["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return streamed


def _told(each: Job) -> dict[str, object]:
    """A job as the page shows it."""
    tone, words = STATES[Job.State(each.state)]
    sentence, facts = each.error.get("sentence", ""), each.error.get("facts", {})
    reason = gettext(sentence) if sentence else ""
    kept = (imports.folder(each) / "rejects.csv").exists() if each.rejected else False
    return {
        "job": each,
        "tone": tone,
        "state": gettext(words),
        "reason": reason % facts if facts else reason,
        "rejects": kept,
    }
