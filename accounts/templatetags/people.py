"""What pages say of people: the languages they speak, by name."""

from collections.abc import Iterable

from django import template

from accounts import languages

register = template.Library()


@register.filter
def language_names(tags: Iterable[str]) -> str:
    """“English, العربيّة”: each in itself, as it is chosen in the profile."""
    return ", ".join(languages.name_of(tag) for tag in tags)
