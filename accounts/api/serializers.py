"""The shapes of people, keys, wallets and teams in the API."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts import clock, languages
from accounts.models import ApiKey, AuditEntry, Invitation, Membership, Role, Scope, Team, User, Wallet, WalletChallenge


class LanguageField(serializers.CharField):
    """A BCP 47 tag in its usual letters."""

    def to_internal_value(self, data: Any) -> str:
        tag = languages.normal_tag(super().to_internal_value(data))
        if tag is None:
            raise serializers.ValidationError(_("This is not a language tag, such as fr, pt-BR or zh-Hant."))
        return tag


class ProfileSerializer(serializers.ModelSerializer[User]):
    id = serializers.UUIDField(source="public_id", read_only=True)
    languages = serializers.ListField(child=LanguageField(), max_length=languages.LANGUAGES_LIMIT, required=False)
    locale = serializers.ChoiceField(choices=settings.LANGUAGES, allow_blank=True, required=False)

    class Meta:
        model = User
        fields = ("id", "email", "display_name", "languages", "locale", "time_zone", "is_suspended",
                  "is_quality_admin", "is_finance_admin", "date_joined")  # fmt: skip
        read_only_fields = ("email", "is_suspended", "is_quality_admin", "is_finance_admin", "date_joined")

    def validate_languages(self, value: list[str]) -> list[str]:
        return list(dict.fromkeys(value))

    def validate_time_zone(self, value: str) -> str:
        if value and value not in clock.zone_names():
            raise serializers.ValidationError(_("There is no such time zone."))
        return value


class PersonSerializer(serializers.ModelSerializer[User]):
    """A person as others in the team see him."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    name = serializers.CharField(source="__str__", read_only=True)

    class Meta:
        model = User
        fields = ("id", "name")


class PrefsSerializer(serializers.Serializer[Any]):
    shortcuts = serializers.BooleanField(required=False, allow_null=True)
    keymap = serializers.DictField(child=serializers.CharField(), required=False, allow_null=True)
    sound = serializers.BooleanField(required=False, allow_null=True)
    autoadvance = serializers.BooleanField(required=False, allow_null=True)
    font_scale = serializers.FloatField(required=False, allow_null=True)


class LanguageSerializer(serializers.Serializer[Any]):
    tag = serializers.CharField()
    name = serializers.CharField(help_text="In the language itself.")


class SignUpSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField()
    password = serializers.CharField(trim_whitespace=False, max_length=4096)


class DetailSerializer(serializers.Serializer[Any]):
    detail = serializers.CharField()


class NewKeySerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=60, default="API")
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices), min_length=1)
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class TokenRequestSerializer(NewKeySerializer):
    email = serializers.EmailField()
    password = serializers.CharField(trim_whitespace=False, max_length=4096)
    code = serializers.CharField(required=False, default="", allow_blank=True, max_length=20)


class KeySerializer(serializers.ModelSerializer[ApiKey]):
    class Meta:
        model = ApiKey
        fields = ("id", "name", "prefix", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at")
        read_only_fields = fields


class KeyWithSecretSerializer(serializers.Serializer[Any]):
    key = KeySerializer()
    secret = serializers.CharField(help_text="Shown this once.")


class ChallengeRequestSerializer(serializers.Serializer[Any]):
    address = serializers.CharField(max_length=42)
    purpose = serializers.ChoiceField(choices=WalletChallenge.Purpose.choices, default=WalletChallenge.Purpose.SIGN_IN)
    result = serializers.ChoiceField(choices=("session", "key"), default="session")


class ChallengeSerializer(serializers.Serializer[Any]):
    message = serializers.CharField(help_text="Sign exactly this text (personal_sign).")
    expires_at = serializers.DateTimeField()
    binding = serializers.CharField(
        required=False, help_text="Only with result=key: send it back with the signature. Keep it to yourself."
    )


class SignedSerializer(serializers.Serializer[Any]):
    message = serializers.CharField(max_length=4096, trim_whitespace=False)
    signature = serializers.CharField(max_length=8200)


class WalletSignInSerializer(SignedSerializer):
    binding = serializers.CharField(required=False, max_length=100)
    name = serializers.CharField(max_length=60, default="Wallet")
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices), required=False)
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    code = serializers.CharField(required=False, default="", allow_blank=True, max_length=20)
    next = serializers.CharField(required=False, default="", allow_blank=True, max_length=2000)


class WalletSessionSerializer(serializers.Serializer[Any]):
    redirect_to = serializers.CharField()


class WalletSerializer(serializers.ModelSerializer[Wallet]):
    class Meta:
        model = Wallet
        fields = ("id", "address", "is_payout", "is_contract", "verified_at")
        read_only_fields = fields


class TeamSerializer(serializers.ModelSerializer[Team]):
    role = serializers.ChoiceField(choices=Role.choices, read_only=True, allow_null=True)

    class Meta:
        model = Team
        fields = ("id", "name", "role", "created_at")
        read_only_fields = ("id", "role", "created_at")


class MemberSerializer(serializers.ModelSerializer[Membership]):
    person = PersonSerializer(source="user", read_only=True)

    class Meta:
        model = Membership
        fields = ("person", "role", "created_at")
        read_only_fields = ("created_at",)


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    class Meta:
        model = Invitation
        fields = ("id", "email", "role", "created_at", "expires_at")
        read_only_fields = ("id", "created_at", "expires_at")


class SentInvitationSerializer(serializers.Serializer[Any]):
    invitation = InvitationSerializer()
    address = serializers.URLField(help_text="The link that was mailed; shown this once.")


class AcceptSerializer(serializers.Serializer[Any]):
    token = serializers.CharField(max_length=100, help_text="The last part of the invitation's address.")


class AuditSerializer(serializers.ModelSerializer[AuditEntry]):
    actor = PersonSerializer(read_only=True, allow_null=True)

    class Meta:
        model = AuditEntry
        fields = ("id", "created_at", "actor", "action", "object_kind", "object_id", "changes", "reason")
        read_only_fields = fields
