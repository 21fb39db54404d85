"""How the API says an amount: minor units as text, with the token's symbol, decimals, address and chain."""

from typing import Any

from rest_framework import serializers


class TokenRefSerializer(serializers.Serializer[Any]):
    symbol = serializers.CharField()
    decimals = serializers.IntegerField()
    address = serializers.CharField()
    chain_id = serializers.IntegerField()


class AmountSerializer(serializers.Serializer[Any]):
    minor = serializers.CharField(help_text="Whole minor units, as text: they do not fit in a JSON number.")
    token = TokenRefSerializer()
