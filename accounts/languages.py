"""Languages people speak, as BCP 47 tags. A list to choose from, and a check for tags that are not on it."""

import re

from django.conf.locale import LANG_INFO
from django.utils.translation import get_language_info

TAG = re.compile(
    r"(?P<language>[a-z]{2,3})(?:-(?P<script>[a-z]{4}))?(?:-(?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(?P<variants>(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)",
    re.IGNORECASE,
)
LENGTH_LIMIT = 20
LANGUAGES_LIMIT = 30
# Spoken by many of those who label, and missing from Django's list.
MORE = {
    "am": "አማርኛ", "as": "অসমীয়া", "bho": "भोजपुरी", "ceb": "Cebuano", "fil": "Filipino", "gu": "ગુજરાતી", "ha": "Hausa",
    "jv": "Basa Jawa", "km": "ខ្មែរ", "lo": "ລາວ", "mai": "मैथिली", "mg": "Malagasy", "om": "Oromoo", "or": "ଓଡ଼ିଆ",
    "ps": "پښتو", "qu": "Runa Simi", "rw": "Kinyarwanda", "sd": "سنڌي", "si": "සිංහල", "sn": "ChiShona",
    "so": "Soomaali", "su": "Basa Sunda", "ti": "ትግርኛ", "ug": "ئۇيغۇرچە", "xh": "isiXhosa", "yi": "ייִדיש",
    "yo": "Yorùbá", "zu": "isiZulu", "ig": "Igbo", "kmr": "Kurmancî", "zgh": "ⵜⴰⵎⴰⵣⵉⵖⵜ",
    "wo": "Wolof", "ln": "Lingála", "mt": "Malti", "yue": "粵語",
}  # fmt: skip
ONLY_FOR_INTERFACES = {"zh-cn", "zh-my", "zh-sg", "zh-tw", "zh-hk", "zh-mo", "zh", "sr-latn", "es-ni", "io", "ia"}


def normal_tag(text: str) -> str | None:
    """The tag in its usual letters (`pt-BR`, `zh-Hant`); None when it is not well formed."""
    found = TAG.fullmatch(text.strip().replace("_", "-"))
    if found is None or len(text.strip()) > LENGTH_LIMIT:
        return None
    parts = [found["language"].lower()]
    if found["script"]:
        parts.append(found["script"].title())
    if found["region"]:
        parts.append(found["region"].upper())
    return "-".join(parts) + found["variants"].lower()


def choices() -> list[tuple[str, str]]:
    """Tag and name in the language itself, sorted by name."""
    known = {"zh-Hans": "简体中文", "zh-Hant": "繁體中文", **MORE}
    for code, info in LANG_INFO.items():
        if code in ONLY_FOR_INTERFACES or "name_local" not in info:
            continue
        tag = normal_tag(code)
        if tag:
            known.setdefault(tag, info["name_local"])
    return sorted(known.items(), key=lambda pair: pair[1].casefold())


def name_of(tag: str) -> str:
    names = dict(choices())
    if tag in names:
        return names[tag]
    try:
        return str(get_language_info(tag.lower())["name_local"])
    except KeyError:
        return tag
