"""Providers, models, regions, and which region offers which model.

Written by sync.py from the catalogue and by aws/ from AWS. Staff write only the `is_active` fields.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from models_registry import offers

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as StrOrPromise


class Provider(models.Model):
    id = models.SlugField(
        _("id"), primary_key=True, max_length=50, help_text=_("A short name, such as “bedrock”.")
    )
    name = models.CharField(_("name"), max_length=100)
    is_certifiable = models.BooleanField(
        _("certifiable"),
        default=False,
        help_text=_("Whether Homologa can call this provider's models."),
    )

    class Meta:
        db_table = "providers"
        verbose_name = _("provider")
        verbose_name_plural = _("providers")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Geography(models.TextChoices):
    US = "US", _("United States")
    CANADA = "CA", _("Canada")
    MEXICO = "MX", _("Mexico")
    SOUTH_AMERICA = "SA", _("South America")
    EUROPE = "EU", _("Europe")
    MIDDLE_EAST = "ME", _("Middle East")
    AFRICA = "AF", _("Africa")
    ASIA_PACIFIC = "APAC", _("Asia Pacific")


class Region(models.Model):
    id = models.CharField(
        _("code"), primary_key=True, max_length=32, help_text=_("AWS code, such as “us-east-1”.")
    )
    name = models.CharField(_("name"), max_length=100)
    name_pt = models.CharField(_("name in Portuguese"), max_length=100)
    geography = models.CharField(_("geography"), max_length=8, choices=Geography.choices)
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_("Off: not offered when certifying. Loading the catalogue keeps this choice."),
    )
    synced_at = models.DateTimeField(
        _("offers as of AWS since"),
        null=True,
        blank=True,
        help_text=_("Since then AWS, not the catalogue, says what is offered here."),
    )

    class Meta:
        db_table = "regions"
        verbose_name = _("region")
        verbose_name_plural = _("regions")
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                name="region_geography_known", condition=Q(geography__in=Geography.values)
            ),
        )

    def __str__(self) -> str:
        return f"{self.id} · {self.display_name}"

    @property
    def display_name(self) -> str:
        """Returns the name in the active language."""
        return self.name_pt if (get_language() or "").startswith("pt") else self.name


class Kind(models.TextChoices):
    TEXT = "TEXT", _("text")
    EMBEDDING = "EMBEDDING", _("embeddings")
    IMAGE = "IMAGE", _("image generation")
    IMAGE_EDIT = "IMAGE_EDIT", _("image editing")
    RERANK = "RERANK", _("rerank")
    SPEECH = "SPEECH", _("speech")
    VIDEO = "VIDEO", _("video")
    MANTLE = "MANTLE", _("bedrock-mantle only")


# Kinds that are listed but have no checks: their pairs end UNSUPPORTED, without a call.
UNSUPPORTED_KINDS: Mapping[str, StrOrPromise] = {
    Kind.SPEECH: _("speech goes over a bidirectional stream, for which there are no checks"),
    Kind.VIDEO: _("video is read or made by requests of its own, for which there are no checks"),
    Kind.MANTLE: _("only the bedrock-mantle endpoint serves it, which cannot be called yet"),
}


class Lifecycle(models.TextChoices):
    ACTIVE = "ACTIVE", _("active")
    LEGACY = "LEGACY", _("legacy")
    RETIRED = "RETIRED", _("retired")


class Origin(models.TextChoices):
    """Where a model comes from.

    CATALOGUE: a line of the catalogue, which also retires it when it is removed
    AWS:       a proposal that staff accepted
    IMPORT:    the imported history of an earlier system only
    """

    CATALOGUE = "CATALOGUE", _("catalogue")
    AWS = "AWS", _("AWS")
    IMPORT = "IMPORT", _("imported from the old system")


def _price(name: StrOrPromise, help_text: StrOrPromise) -> models.DecimalField[Any, Any]:
    """Returns the column of a price in USD, or of a factor of prices; empty where it is unknown."""
    return models.DecimalField(
        name, max_digits=12, decimal_places=6, null=True, blank=True, help_text=help_text
    )


class AIModel(models.Model):
    id = models.UUIDField(_("id"), primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.ForeignKey(
        Provider, on_delete=models.PROTECT, related_name="models", verbose_name=_("provider")
    )
    api_model_id = models.CharField(
        _("API model id"), max_length=200, help_text=_("What the provider calls the model.")
    )
    name = models.CharField(_("name"), max_length=200)
    vendor = models.CharField(_("vendor"), max_length=100, help_text=_("Who made the model."))
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    input_modalities = models.JSONField(
        _("input modalities"), default=list, help_text=_("List, such as [“TEXT”, “IMAGE”].")
    )
    output_modalities = models.JSONField(
        _("output modalities"), default=list, help_text=_("List, such as [“TEXT”].")
    )
    capabilities = models.JSONField(
        _("declared capabilities"),
        default=dict,
        blank=True,
        help_text=_("Ability to true or false; what is not declared is left out."),
    )
    context_window = models.PositiveIntegerField(
        _("context window"), null=True, blank=True, help_text=_("Tokens.")
    )
    max_output_tokens = models.PositiveIntegerField(
        _("maximum output"), null=True, blank=True, help_text=_("Tokens.")
    )
    embedding_dimension = models.PositiveIntegerField(
        _("embedding dimension"),
        null=True,
        blank=True,
        help_text=_("Length of the vector that the model gives unless asked otherwise."),
    )
    input_price = _price(
        _("input price"),
        _("USD per million tokens read."),
    )
    output_price = _price(
        _("output price"),
        _("USD per million tokens written."),
    )
    image_price = _price(
        _("image price"),
        _("USD per image made."),
    )
    cache_read_price = _price(
        _("cache read price"),
        _("USD per million tokens read from the prompt cache."),
    )
    cache_write_price = _price(
        _("cache write price"),
        _("USD per million tokens written to the prompt cache."),
    )
    rerank_price = _price(
        _("rerank price"),
        _("USD per query of up to 100 documents."),
    )
    geo_price_factor = _price(
        _("price factor of other routes"),
        _(
            "Token prices are those of the global inference profile. In the region and over a "
            "geographic profile they are this many times as high; empty: the same."
        ),
    )
    lifecycle = models.CharField(
        _("lifecycle"), max_length=16, choices=Lifecycle.choices, default=Lifecycle.ACTIVE
    )
    origin = models.CharField(
        _("known from"),
        max_length=16,
        choices=Origin.choices,
        default=Origin.CATALOGUE,
        db_default=Origin.CATALOGUE.value,
    )
    # From AWS, if it was read; takes precedence over the catalogue's.
    aws_lifecycle = models.CharField(
        _("lifecycle according to AWS"),
        max_length=16,
        choices=Lifecycle.choices,
        blank=True,
        default="",
        db_default="",
    )
    end_of_life_at = models.DateTimeField(
        _("end of life"),
        null=True,
        blank=True,
        help_text=_("As AWS, or else the catalogue, announces it for all regions."),
    )
    source = models.TextField(
        _("sources"),
        blank=True,
        default="",
        db_default="",
        help_text=_("Where the catalogue has these facts from, one source per line."),
    )
    checked_on = models.DateField(
        _("checked on"),
        null=True,
        blank=True,
        help_text=_("When the catalogue was last compared with its sources."),
    )
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_("Off: not certified. Loading the catalogue keeps this choice."),
    )
    retired_at = models.DateTimeField(
        _("retired at"),
        null=True,
        blank=True,
        help_text=_("When the model was found missing from the catalogue."),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        db_table = "ai_models"
        verbose_name = _("AI model")
        verbose_name_plural = _("AI models")
        ordering = ("vendor", "name", "api_model_id")
        constraints = (
            models.UniqueConstraint(
                fields=["provider", "api_model_id"], name="ai_model_unique_per_provider"
            ),
            models.CheckConstraint(name="ai_model_kind_known", condition=Q(kind__in=Kind.values)),
            models.CheckConstraint(
                name="ai_model_lifecycle_known", condition=Q(lifecycle__in=Lifecycle.values)
            ),
            models.CheckConstraint(
                name="ai_model_prices_not_negative",
                condition=(Q(input_price__isnull=True) | Q(input_price__gte=0))
                & (Q(output_price__isnull=True) | Q(output_price__gte=0))
                & (Q(image_price__isnull=True) | Q(image_price__gte=0))
                & (Q(cache_read_price__isnull=True) | Q(cache_read_price__gte=0))
                & (Q(cache_write_price__isnull=True) | Q(cache_write_price__gte=0))
                & (Q(rerank_price__isnull=True) | Q(rerank_price__gte=0))
                & (Q(geo_price_factor__isnull=True) | Q(geo_price_factor__gte=0)),
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.api_model_id})"

    @property
    def unsupported_because(self) -> StrOrPromise:
        """Returns why no check can call a model of this kind; "" if checks can."""
        return UNSUPPORTED_KINDS.get(self.kind, "")

    @property
    def is_certifiable(self) -> bool:
        """Returns whether the model can be certified. Reads `provider`: use select_related.

        `certifiable` is the same rule as a filter.
        """
        return (
            self.provider.is_certifiable and self.is_active and self.kind not in UNSUPPORTED_KINDS
        )

    @staticmethod
    def certifiable() -> Q:
        return Q(provider__is_certifiable=True, is_active=True) & ~Q(
            kind__in=list(UNSUPPORTED_KINDS)
        )


class ModelOffer(models.Model):
    model = models.ForeignKey(
        AIModel, on_delete=models.CASCADE, related_name="offers", verbose_name=_("model")
    )
    region = models.ForeignKey(
        Region, on_delete=models.CASCADE, related_name="offers", verbose_name=_("region")
    )
    inference_types = models.JSONField(
        _("inference types"),
        default=list,
        help_text=_("ON_DEMAND, PROVISIONED, or the geographies of inference profiles."),
    )
    end_of_life_at = models.DateTimeField(
        _("end of life"),
        null=True,
        blank=True,
        help_text=_("Only if this region's date is not the model's."),
    )

    class Meta:
        db_table = "model_offers"
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        constraints = (
            models.UniqueConstraint(fields=["model", "region"], name="model_offer_unique"),
        )

    def __str__(self) -> str:
        return f"{self.model.api_model_id} · {self.region_id}"

    @property
    def invocation_id(self) -> str:
        """Returns the id to call the model by in this region."""
        return offers.invocation_id(self.model.api_model_id, self.inference_types)
