import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

from lib.templatetags import foggara

TOKEN = {"symbol": "TEST", "decimals": 6}


def words(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html)).strip()


@pytest.mark.parametrize(
    ("minor", "shown"),
    [
        (1250000, "1.25 TEST"),
        (1, "0.000001 TEST"),
        (0, "0.00 TEST"),
        (1234567891250000, "1,234,567,891.25 TEST"),
        (-40000, "−0.04 TEST"),
    ],
)
def test_amount_is_exact_and_names_its_token(minor, shown):
    assert words(foggara.amount({"minor": str(minor), "token": TOKEN})) == shown


def test_amount_keeps_the_last_unit_of_an_18_decimal_token():
    html = foggara.amount(10**18 + 1, {"symbol": "DAI", "decimals": 18})

    assert 'value="1.000000000000000001"' in html
    assert words(html) == "1.000000000000000001 DAI"


def test_amount_reads_an_object_with_its_asset():
    asset = SimpleNamespace(symbol="USDC", decimals=6)

    assert words(foggara.amount(SimpleNamespace(minor=2_500_000, asset=asset))) == "2.50 USDC"


def test_amount_reads_an_amount_whose_asset_is_a_name_with_the_token_beside_it():
    assert words(foggara.amount(SimpleNamespace(minor=2_500_000, asset="31337/0x1"), TOKEN)) == "2.50 TEST"


def test_amount_of_nothing_is_a_dash():
    assert words(foggara.amount(None)) == "–"


def test_amount_escapes_the_symbol():
    assert "<b>" not in foggara.amount(1, {"symbol": "<b>", "decimals": 0})


def test_amount_follows_the_language():
    with translation.override("fr"):
        assert "1,25" in foggara.amount({"minor": "1250000", "token": TOKEN})


def test_when_is_relative_and_keeps_the_exact_time():
    moment = timezone.now() - timedelta(hours=3, minutes=5)

    html = foggara.when(moment)

    assert words(html).startswith("3 hours ago ")
    assert f'datetime="{timezone.localtime(moment).isoformat(timespec="seconds")}"' in html
    assert 'tabindex="0"' in html
    assert 'tabindex="0"' not in foggara.when(moment, focus=False)


def test_when_of_the_future_says_in():
    assert words(foggara.when(timezone.now() + timedelta(days=2, hours=1))).startswith("in 2 days ")


def test_percent_has_its_interval_and_its_count():
    assert words(foggara.percent(104, 120)) == "87 % (79–92 %, 104 of 120)"


def test_percent_of_nothing_claims_nothing():
    assert words(foggara.percent(0, 0)) == "none yet (0 of 0)"


def test_badge_says_its_state_in_a_word():
    assert words(foggara.badge("accepted")) == "Accepted"
    assert 'data-tone="loss"' in foggara.badge("rejected")
    assert words(foggara.badge("never_heard_of")) == "never heard of"


def test_icon_is_hidden_from_a_screen_reader():
    assert 'aria-hidden="true"' in foggara.icon("check")


def test_bar_chart_is_a_table():
    html = Template('{% load foggara %}{% bar_chart "Labels" rows "Answers" %}').render(
        Context({"rows": [{"label": "Yes", "value": 3}, {"label": "No", "value": 1}]})
    )

    assert html.count('<th scope="row">') == 2
    assert 'width="33.33"' in html
