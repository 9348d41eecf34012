"""Models, providers and regions."""

from __future__ import annotations

from rest_framework import serializers

from models_registry.models import AIModel, Provider, Region


class ModelReferenceSerializer(serializers.ModelSerializer[AIModel]):
    apiModelId = serializers.CharField(source="api_model_id")

    class Meta:
        model = AIModel
        fields: tuple[str, ...] = ("id", "name", "apiModelId")


class ProviderReferenceSerializer(serializers.ModelSerializer[Provider]):
    slug = serializers.CharField(source="id", help_text="The same as id.")

    class Meta:
        model = Provider
        fields = ("id", "name", "slug")


class ModelWithProviderSerializer(ModelReferenceSerializer):
    provider = ProviderReferenceSerializer()

    class Meta:
        model = AIModel
        fields = ("id", "name", "apiModelId", "vendor", "provider")


class ModelSerializer(ModelReferenceSerializer):
    """A model as the catalogue declares it. Windows in tokens, prices in USD (per million tokens,
    or per image)."""

    provider = serializers.CharField(source="provider_id")
    capabilities = serializers.DictField(child=serializers.BooleanField())
    inputModalities = serializers.ListField(
        source="input_modalities", child=serializers.CharField()
    )
    outputModalities = serializers.ListField(
        source="output_modalities", child=serializers.CharField()
    )
    contextWindow = serializers.IntegerField(source="context_window", allow_null=True)
    maxOutputTokens = serializers.IntegerField(source="max_output_tokens", allow_null=True)
    embeddingDimension = serializers.IntegerField(source="embedding_dimension", allow_null=True)
    inputPrice = serializers.FloatField(source="input_price", allow_null=True)
    outputPrice = serializers.FloatField(source="output_price", allow_null=True)
    imagePrice = serializers.FloatField(source="image_price", allow_null=True)
    isActive = serializers.BooleanField(source="is_active")
    isCertifiable = serializers.BooleanField(source="is_certifiable")

    class Meta:
        model = AIModel
        fields = (
            "id",
            "apiModelId",
            "name",
            "vendor",
            "provider",
            "kind",
            "lifecycle",
            "capabilities",
            "inputModalities",
            "outputModalities",
            "contextWindow",
            "maxOutputTokens",
            "embeddingDimension",
            "inputPrice",
            "outputPrice",
            "imagePrice",
            "isActive",
            "isCertifiable",
        )


class ProviderItemSerializer(serializers.ModelSerializer[Provider]):
    isCertifiable = serializers.BooleanField(source="is_certifiable")

    class Meta:
        model = Provider
        fields = ("id", "name", "isCertifiable")


class RegionItemSerializer(serializers.ModelSerializer[Region]):
    name = serializers.CharField(source="display_name")

    class Meta:
        model = Region
        fields = ("id", "name", "geography")
