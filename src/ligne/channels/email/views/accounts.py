"""Office: mail accounts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from ligne.channels.email import reads, services
from ligne.channels.email.models import MailAccount
from ligne.kit.errors import Invalid, Unavailable
from ligne.kit.http import only, viewer_of
from ligne.kit.viewer import ADMINISTRATOR, Viewer
from ligne.routing import reads as routing
from ligne.staff import reads as staff


class AccountForm(forms.Form):
    """An account's facts. The mailbox's password is never shown again; left empty it stays as it is."""

    principal_id = forms.TypedChoiceField(label=_("Principal"), coerce=int)
    address = forms.EmailField(label=_("Address"), help_text=_("Where customers write, and what they see as sender."))
    display_name = forms.CharField(label=_("Name shown"), max_length=120, required=False)
    queue = forms.ChoiceField(label=_("Queue"), required=False)
    signature = forms.CharField(
        label=_("Signature"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("{{ conseiller }} becomes the advisor's name."),
    )
    acknowledgement = forms.CharField(
        label=_("Acknowledgement of receipt"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "Sent for each new contact, once a day to one address, never to a program. {{ numero }} becomes the "
            "contact's number. Empty: none is sent."
        ),
    )
    active = forms.BooleanField(label=_("In use"), required=False, initial=True)
    imap_host = forms.CharField(
        label=_("IMAP server"),
        max_length=200,
        required=False,
        help_text=_("To fetch from a mailbox held elsewhere. Empty: mail comes by our own SMTP listener."),
    )
    imap_port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=993)
    imap_security = forms.ChoiceField(
        label=_("Encryption"), choices=[("tls", "TLS"), ("starttls", "STARTTLS"), ("none", _("none"))]
    )
    imap_user = forms.CharField(label=_("User name"), max_length=200, required=False)
    imap_password = forms.CharField(
        label=_("Password"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Kept encrypted. Left empty, the present one stays."),
    )
    imap_folder = forms.CharField(label=_("Folder"), max_length=200, initial="INBOX")

    def __init__(self, viewer: Viewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        principals = [(p.pk, p.name) for p in staff.principals(viewer)]
        self.fields["principal_id"].choices = principals  # type: ignore[attr-defined]
        self.fields["queue"].choices = [("", _("The principal's choice")), *queue_choices(viewer)]  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        """What the verb takes."""
        values = dict(self.cleaned_data)
        values["imap_password"] = values["imap_password"] or None
        return values

    def at(self, error: Invalid, sentence: str) -> None:
        """Show a refusal beside the field it names."""
        self.add_error(error.field if error.field in self.fields else None, sentence)


def queue_choices(viewer: Viewer, principal_id: int | None = None) -> list[tuple[str, str]]:
    """The queues of the viewer's principals, or of one, as (slug, name)."""
    found = routing.queues(viewer)
    return [(q.slug, q.name) for q in found if principal_id is None or q.principal_id == principal_id]


@only(ADMINISTRATOR)
def index(request: HttpRequest) -> HttpResponse:
    """Every account of the administrator's principals."""
    found = reads.accounts(viewer_of(request))
    return render(request, "channel_email/accounts.html", {"accounts": found, "nav_slot": "office.nav"})


@only(ADMINISTRATOR, methods=("GET", "POST"))
def create(request: HttpRequest) -> HttpResponse:
    """Open an account."""
    return _form(request, None, _t("New mail account"))


@only(ADMINISTRATOR, methods=("GET", "POST"))
def edit(request: HttpRequest, account_id: int) -> HttpResponse:
    """Change an account."""
    account = reads.account(viewer_of(request), account_id)
    return _form(request, account, account.address)


def _form(request: HttpRequest, account: MailAccount | None, title: str) -> HttpResponse:
    viewer = viewer_of(request)
    names = [name for name in AccountForm.base_fields if name != "imap_password"]
    initial = {name: getattr(account, name) for name in names} if account else None
    form = AccountForm(viewer, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_account(viewer, account_id=account.pk if account else None, **form.facts())
        except Invalid as error:
            form.at(error, _t(error.sentence))
        else:
            messages.success(request, _t("The account is saved."))
            return redirect("channel_email:accounts")
    context = {
        "form": form,
        "title": title,
        "account": account,
        "nav_slot": "office.nav",
        "back": reverse("channel_email:accounts"),
        "imap": [form[name] for name in form.fields if name.startswith("imap_")],
        "plain": [form[name] for name in form.fields if not name.startswith("imap_")],
    }
    return render(request, "channel_email/account.html", context, status=422 if form.errors else 200)


@only(ADMINISTRATOR, methods=("POST",))
def attempt(request: HttpRequest, account_id: int) -> HttpResponse:
    """Open the account's mailbox and say what was found."""
    try:
        messages.success(request, services.try_account(viewer_of(request), account_id=account_id))
    except (Unavailable, Invalid) as error:
        messages.error(request, _t(error.sentence) % error.facts)
    return redirect("channel_email:account", account_id=account_id)
