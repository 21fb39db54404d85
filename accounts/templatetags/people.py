"""What pages say of people: the languages they speak, and what they did."""

from collections.abc import Iterable
from dataclasses import dataclass

from django import template
from django.utils.functional import Promise

from accounts import languages
from accounts.audit_words import sentence_of
from accounts.models import AuditEntry

register = template.Library()


@register.filter
def language_names(tags: Iterable[str]) -> str:
    """“English, العربيّة”: each in itself, as it is chosen in the profile."""
    return ", ".join(languages.name_of(tag) for tag in tags)


@register.filter
def happened(entry: AuditEntry) -> str | Promise:
    """What an entry of the audit records, as a sentence."""
    return sentence_of(entry)


@dataclass(frozen=True)
class Recorded:
    name: str
    value: str
    before: str = ""


@register.filter
def recorded(entry: AuditEntry) -> list[Recorded]:
    """What an entry keeps besides. Its names are anybody's: of one called `items` a template would make no method."""
    return [
        Recorded(name, str(value[1]), str(value[0]))
        if isinstance(value, list) and len(value) == 2 and all(value)
        else Recorded(name, str(value))
        for name, value in entry.changes.items()
    ]
