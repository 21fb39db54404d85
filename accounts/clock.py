"""Time zones a person may choose."""

from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones


@cache
def zone_names() -> list[str]:
    """Places, as in `Africa/Algiers`; the old abbreviations are left out."""
    return [
        "UTC",
        *sorted(
            name
            for name in available_timezones()
            if "/" in name and not name.startswith(("Etc/", "posix/", "right/", "SystemV/", "US/"))
        ),
    ]


def zone(name: str) -> ZoneInfo | None:
    """None for none, and for a name that this machine's list no longer has."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None
