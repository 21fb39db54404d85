import pytest

from accounts import clock, languages


@pytest.mark.parametrize(
    ("given", "expected"),
    [("FR", "fr"), ("pt_br", "pt-BR"), ("ZH-hant-tw", "zh-Hant-TW"), ("es-419", "es-419"), (" kab ", "kab"),
     ("sl-rozaj", "sl-rozaj"), ("e", None), ("french!", None), ("", None), ("en-", None), ("x" * 30, None)],
)  # fmt: skip
def test_normal_tag(given, expected):
    assert languages.normal_tag(given) == expected


def test_every_language_offered_has_a_well_formed_tag_and_a_name():
    offered = languages.choices()

    assert len(offered) > 100
    assert all(languages.normal_tag(tag) == tag and name for tag, name in offered)


def test_zone_is_none_for_what_is_no_zone():
    assert [clock.zone(name) for name in ("", "Nowhere/Land", "../etc/passwd")] == [None, None, None]
    assert str(clock.zone("Africa/Algiers")) == "Africa/Algiers"
