"""The demo's mailboxes: the customer's side of real mail. They exist in the demo alone."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from ligne.channels.email import reads, services
from ligne.channels.email.models import DemoMail
from ligne.channels.email.rules import compose
from ligne.channels.email.rules.mime import safe_name
from ligne.channels.email.rules.parse import parse
from ligne.kit.errors import DomainError

MAX_FILE = 20 * 1024 * 1024


class LetterForm(forms.Form):
    """A customer's mail."""

    box = forms.EmailField(
        label=_("From"), help_text=_("Any address of a fictitious customer, ending in @exemple.test.")
    )
    name = forms.CharField(label=_("Name"), max_length=100, required=False)
    to = forms.ChoiceField(label=_("To"))
    subject = forms.CharField(label=_("Subject"), max_length=200, required=False)
    text = forms.CharField(label=_("Message"), widget=forms.Textarea(attrs={"rows": 8}))
    file = forms.FileField(label=_("File"), required=False)
    answers = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, also: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = reads.demo_addresses()
        chosen = [(also, also)] if also and also not in dict(found) else []
        self.fields["to"].choices = [*chosen, *found]  # type: ignore[attr-defined]

    def clean_box(self) -> str:
        """Only fictitious people write from here."""
        box: str = self.cleaned_data["box"].lower()
        if not box.endswith(reads.DEMO_DOMAIN):
            raise forms.ValidationError(_("Write from an address ending in @exemple.test."))
        return box

    def clean_file(self) -> Any:
        """At most 20 MB."""
        file = self.cleaned_data["file"]
        if file and file.size > MAX_FILE:
            raise forms.ValidationError(_("This file is larger than 20 MB. Nothing was sent."))
        return file


def _only_in_the_demo() -> None:
    if not settings.DEMO:
        raise Http404


def _address(request: HttpRequest) -> str:
    return request.GET.get("address", "").strip().lower()[:254]


def _page(address: str, **more: int) -> str:
    return f"{reverse('channel_email:demo_mailbox')}?{urlencode([('address', address), *more.items()])}"


@require_GET
def mailbox(request: HttpRequest) -> HttpResponse:
    """A customer's mailbox, with one mail open when `mail` names it; without `address`, the choice of a mailbox."""
    _only_in_the_demo()
    address = _address(request)
    context: dict[str, Any] = {"address": address, "boxes": reads.demo_boxes(), "people": reads.demo_people()}
    if not address:
        return render(request, "channel_email/demo_boxes.html", context)
    number = request.GET.get("mail", "")
    if number.isdigit():
        mail = reads.demo_mail(address, int(number))
        services.seen(mail)
        context |= {"open": mail, "letter": parse(bytes(mail.content))}
    context["mails"] = reads.demo_mails(address)
    return render(request, "channel_email/demo_mailbox.html", context)


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """The list of a mailbox alone; the page asks for it every few seconds."""
    _only_in_the_demo()
    address = _address(request)
    number = request.GET.get("mail", "")
    context = {
        "address": address,
        "mails": reads.demo_mails(address),
        "open": {"pk": int(number)} if number.isdigit() else None,
    }
    return render(request, "channel_email/_demo_list.html", context)


@require_http_methods(["GET", "POST"])
def write(request: HttpRequest) -> HttpResponse:
    """Write to the centre as a customer, or answer one of its mails: real SMTP to the listener."""
    _only_in_the_demo()
    address = _address(request)
    answered = _answered(address, request.GET.get("answer", ""))
    if request.method == "POST":
        answered = answered or _answered(request.POST.get("box", "").lower(), request.POST.get("answers", ""))
        form = LetterForm(request.POST, request.FILES, also=_reply_to(answered))
        if form.is_valid() and _sent(form, answered):
            return redirect(_page(form.cleaned_data["box"], sent=1))
        context = {"form": form, "address": address, "answered": answered}
        return render(request, "channel_email/demo_write.html", context, status=422)
    initial: dict[str, Any] = {"box": address, "name": reads.demo_name(address)}
    if answered is not None:
        initial |= {
            "to": _reply_to(answered),
            "subject": compose.answer_subject(answered.subject),
            "answers": answered.pk,
        }
    form = LetterForm(initial=initial, also=_reply_to(answered))
    return render(request, "channel_email/demo_write.html", {"form": form, "address": address, "answered": answered})


def _answered(address: str, number: str) -> DemoMail | None:
    return reads.demo_mail(address, int(number)) if number.isdigit() and address else None


def _reply_to(mail: DemoMail | None) -> str:
    if mail is None:
        return ""
    sender = parse(bytes(mail.content)).sender
    return sender.address if sender else ""


def _sent(form: LetterForm, answered: DemoMail | None) -> bool:
    values = form.cleaned_data
    file = values["file"]
    files: tuple[compose.Part, ...] = ()
    if file:
        files = (compose.Part(safe_name(file.name) or "fichier", file.content_type or "", file.read()),)
    try:
        services.write(
            box=values["box"],
            name=values["name"],
            to=values["to"],
            subject=values["subject"],
            text=values["text"],
            answers=answered,
            files=files,
        )
    except DomainError as error:
        form.add_error(None, _t(error.sentence) % error.facts)
        return False
    return True


@require_GET
def attachment(request: HttpRequest, mail_id: int, number: int) -> HttpResponse:
    """A file of a mail, to keep."""
    _only_in_the_demo()
    files = parse(bytes(reads.demo_mail(_address(request), mail_id).content)).attachments
    if number >= len(files):
        raise Http404
    response = HttpResponse(files[number].content, content_type="application/octet-stream")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{_quoted(files[number].filename)}"
    return response


def _quoted(name: str) -> str:
    from urllib.parse import quote

    return quote(name)
