"""The customer's file: people and businesses of one principal, how to reach them, what they agreed to."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Case, F, Func, Q, Value, When

from ligne.customers.rules import names
from ligne.staff.models import Principal, User


class Key(Func):
    """`ligne_key(text)`: upper case, no accents, breaks as single spaces (see migration 0000)."""

    function = "ligne_key"
    arity = 1


class Reverse(Func):
    """The text read backwards, so that its end can be searched by an index."""

    function = "reverse"
    arity = 1


def key_field() -> models.TextField[str, str]:
    """Text compared byte by byte, so that an ordinary index serves equality and beginnings alike."""
    return models.TextField(db_collation="C")


class Segment(models.Model):
    """A group of customers that a principal treats alike ("fidèle", "professionnel")."""

    principal = models.ForeignKey(Principal, on_delete=models.CASCADE, related_name="segments")
    slug = models.SlugField(max_length=40)
    label = models.CharField(max_length=80)
    tone = models.CharField(max_length=4, default="info")
    active = models.BooleanField(default=True)  # retired: kept for the files that bear it, proposed no more
    version = models.PositiveIntegerField(default=1)  # a form that carries an older one is stale

    class Meta:
        ordering = ("label",)
        constraints = [models.UniqueConstraint(fields=["principal", "slug"], name="segment_once")]

    def __str__(self) -> str:
        return self.label


class Customer(models.Model):
    """A person or a business known to one principal (customer or prospect)."""

    class Kind(models.TextChoices):
        PERSON = "person"
        BUSINESS = "business"

    principal = models.ForeignKey(Principal, on_delete=models.PROTECT, related_name="customers")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.PERSON)
    civility = models.CharField(max_length=5, blank=True)  # "Mme", "M.", ""
    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    company_name = models.CharField(max_length=200, blank=True)
    siren = models.CharField(max_length=9, blank=True)
    siret = models.CharField(max_length=14, blank=True)
    birth_date = models.DateField(null=True, blank=True)
    language = models.CharField(max_length=5, default="fr")
    zone = models.CharField(max_length=64, blank=True)  # time zone, when it is not the principal's
    segment = models.CharField(max_length=40, blank=True)
    csp = models.CharField(max_length=2, blank=True)  # socio-professional category (typology)
    fragile = models.BooleanField(default=False)
    status = models.CharField(max_length=10, default="customer")  # customer | prospect | former
    external_ref = models.CharField(max_length=60, blank=True)
    since = models.DateField(null=True, blank=True)
    notes = models.TextField(blank=True)
    # Of the main address in use, kept beside the name so that both can be asked at once.
    postcode = models.CharField(max_length=12, blank=True, db_collation="C")
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    erased_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    # The name people are found by: a business's own, else the surname.
    surname_key = models.GeneratedField(
        expression=Case(
            When(kind="business", then=Key(F("company_name"))), default=Key(F("last_name")), output_field=key_field()
        ),
        output_field=key_field(),
        db_persist=True,
    )
    first_key = models.GeneratedField(expression=Key(F("first_name")), output_field=key_field(), db_persist=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["principal", "external_ref"], condition=~Q(external_ref=""), name="customer_ref_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["principal", "surname_key", "first_key", "id"],
                name="customer_list",
                condition=Q(merged_into__isnull=True, erased_at__isnull=True),
            ),
            # The same order across several principals, for those who serve more than one.
            models.Index(
                fields=["surname_key", "first_key", "id"],
                name="customer_list_across",
                condition=Q(merged_into__isnull=True, erased_at__isnull=True),
            ),
            models.Index(
                fields=["principal", "surname_key", "postcode"],
                name="customer_by_place",
                condition=Q(merged_into__isnull=True, erased_at__isnull=True) & ~Q(postcode=""),
            ),
            # Who may have to be let go, a few at a time.
            models.Index(
                fields=["principal", "id"],
                name="customer_prospects",
                condition=Q(status="prospect", merged_into__isnull=True, erased_at__isnull=True),
            ),
            models.Index(fields=["siren"], name="customer_by_siren", condition=~Q(siren="")),
            models.Index(fields=["siret"], name="customer_by_siret", condition=~Q(siret="")),
            models.Index(fields=["external_ref"], name="customer_by_ref", condition=~Q(external_ref="")),
            models.Index(fields=["merged_into"], name="customer_merged", condition=Q(merged_into__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """The name as people say it (see `rules.names.display`)."""
        return names.display(
            kind=self.kind,
            civility=self.civility,
            first_name=self.first_name,
            last_name=self.last_name,
            company_name=self.company_name,
            number=self.pk,
        )


class Word(models.Model):
    """An entry of a dictionary of distinct keys, of every principal together: what a misspelt word is searched in.

    A trigram index on each customer's name would take a quarter of a second at five million customers; the distinct
    names are few, found in a millisecond, and equality leads back to the customers. Words are added on write and never
    removed: one says nothing about anybody by itself.
    """

    key = key_field()
    # How it is heard in French, and the key with each of its letters left out: two words of which one letter differs,
    # lacks, is too many, or stood the other way round, share one of these.
    sound = models.GeneratedField(
        expression=Func(F("key"), function="ligne_sound"), output_field=key_field(), db_persist=True
    )
    near = models.GeneratedField(
        expression=Func(F("key"), function="ligne_near"),
        output_field=ArrayField(key_field()),
        db_persist=True,
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.key


class Surname(Word):
    """Surnames, and names of businesses."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key"], name="surname_once")]
        indexes = [
            GinIndex(fields=["key"], name="surname_trigrams", opclasses=["gin_trgm_ops"]),
            GinIndex(fields=["near"], name="surname_near"),
            models.Index(fields=["sound"], name="surname_sound"),
        ]


class FirstName(Word):
    """First names."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key"], name="first_name_once")]
        indexes = [
            GinIndex(fields=["near"], name="first_name_near"),
            models.Index(fields=["sound"], name="first_name_sound"),
        ]


class Town(Word):
    """Towns that customers live in, once for each of their postcodes."""

    postcode = key_field()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "postcode"], name="town_once")]
        indexes = [GinIndex(fields=["near"], name="town_near")]


class ContactPoint(models.Model):
    """A telephone number (E.164) or an e-mail address (as written) of a customer, with its validity."""

    class Kind(models.TextChoices):
        PHONE = "phone"
        EMAIL = "email"

    principal = models.ForeignKey(Principal, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="points")
    kind = models.CharField(max_length=5, choices=Kind)
    value = models.CharField(max_length=254)
    label = models.CharField(max_length=20, default="other")
    primary = models.BooleanField(default=False)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)  # None: in use
    verified_at = models.DateTimeField(null=True, blank=True)

    # What equality is asked on: lower case for e-mail, the number itself for telephones.
    email_key = models.GeneratedField(
        expression=Case(
            When(kind="email", then=Func(F("value"), function="lower")), default=Value(None), output_field=key_field()
        ),
        output_field=models.TextField(db_collation="C", null=True),
        db_persist=True,
    )
    reversed = models.GeneratedField(
        expression=Case(When(kind="phone", then=Reverse(F("value"))), default=Value(None), output_field=key_field()),
        output_field=models.TextField(db_collation="C", null=True),
        db_persist=True,
    )

    class Meta:
        ordering = ("-primary", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind", "value"], condition=Q(valid_to__isnull=True), name="point_once"
            ),
            models.UniqueConstraint(
                fields=["customer", "kind"], condition=Q(primary=True, valid_to__isnull=True), name="one_main_point"
            ),
            models.CheckConstraint(condition=~Q(value=""), name="point_has_a_value"),
        ]
        indexes = [
            # Serves equality, and numbers of which only the beginning was typed.
            models.Index(
                fields=["value"], name="point_by_phone", condition=Q(kind="phone"), opclasses=["varchar_pattern_ops"]
            ),
            models.Index(fields=["email_key"], name="point_by_email", condition=Q(kind="email")),
            models.Index(fields=["reversed"], name="point_by_phone_end", condition=Q(kind="phone")),
        ]

    def __str__(self) -> str:
        return self.value


class Address(models.Model):
    """A postal address of a customer, with its validity."""

    principal = models.ForeignKey(Principal, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="addresses")
    label = models.CharField(max_length=20, default="main")
    line1 = models.CharField(max_length=200, blank=True)
    line2 = models.CharField(max_length=200, blank=True)
    postcode = models.CharField(max_length=12, blank=True)
    city = models.CharField(max_length=120, blank=True)
    country = models.CharField(max_length=2, default="FR")
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("id",)
        indexes = [models.Index(fields=["customer"], name="address_of_customer")]

    def __str__(self) -> str:
        town = f"{self.postcode} {self.city}".strip()
        return ", ".join(p for p in (self.line1, self.line2, town) if p)


class Link(models.Model):
    """A tie between two customers of one principal: `from_customer` is `kind` of `to_customer` (rules.links)."""

    principal = models.ForeignKey(Principal, on_delete=models.PROTECT, related_name="+")
    from_customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="links_out")
    to_customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="links_in")
    kind = models.CharField(max_length=20)
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["from_customer", "to_customer", "kind"], condition=Q(ended_at__isnull=True), name="link_once"
            ),
            models.CheckConstraint(condition=~Q(from_customer=F("to_customer")), name="link_joins_two"),
        ]

    def __str__(self) -> str:
        return f"{self.from_customer_id} {self.kind} {self.to_customer_id}"


class Consent(models.Model):
    """An agreement to be contacted on one channel for one purpose, and the proof of it (C. conso L223-1, R223-1)."""

    principal = models.ForeignKey(Principal, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="consents")
    channel = models.CharField(max_length=20)
    purpose = models.CharField(max_length=20, default="prospecting")
    given_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=20)
    items = models.PositiveSmallIntegerField(default=0)  # of the five mentions a request must carry
    proof = models.TextField(blank=True)  # the words read and the answer
    attachment = models.CharField(max_length=64, blank=True)  # sha256 of the stored file that proves it
    attachment_name = models.CharField(max_length=200, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawal_source = models.CharField(max_length=20, blank=True)
    recorded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ("-given_at", "-id")
        constraints = [models.CheckConstraint(condition=Q(items__lte=5), name="consent_items_0_to_5")]
        indexes = [models.Index(fields=["customer", "channel"], name="consent_of_customer")]

    def __str__(self) -> str:
        return f"{self.channel}/{self.purpose}"


class Opposition(models.Model):
    """The customer does not want to be contacted on `channel` ("": on any) for anything but their contracts."""

    principal = models.ForeignKey(Principal, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="oppositions")
    channel = models.CharField(max_length=20, blank=True)
    since = models.DateTimeField()
    source = models.CharField(max_length=20)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lift_source = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ("-since", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "channel"], condition=Q(lifted_at__isnull=True), name="opposition_once"
            )
        ]

    def __str__(self) -> str:
        return self.channel or "*"


class ErasedOpposition(models.Model):
    """The minimal opposition list that outlives an erasure: a keyed hash of the point, never the point itself."""

    principal = models.ForeignKey(Principal, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    channel = models.CharField(max_length=20, blank=True)
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["principal", "digest", "channel"], name="erased_opposition_once")
        ]

    def __str__(self) -> str:
        return self.digest[:12]
