from hypothesis import given
from hypothesis import strategies as st

from annotation.pricing import gold_places, quote
from rewards.money import fee_minor


def test_quote_adds_up_as_in_the_worked_table() -> None:
    price = quote(
        items=1000,
        gold_items=0,
        overlap=3,
        gold_percent=0,
        price_minor=20_000,
        review_price_minor=5_000,
        fee_bps=500,
    )

    assert price.answers == 3000
    assert price.answers_minor == 60_000_000
    assert price.reviews_minor == 30_000_000
    assert price.fee_minor == 4_500_000
    assert price.total_minor == 94_500_000


def test_gold_items_take_their_share_of_all_answers() -> None:
    assert gold_places(items=900, gold_items=10, overlap=1, gold_percent=10) == 10
    assert gold_places(items=900, gold_items=10, overlap=1, gold_percent=0) == 0
    assert gold_places(items=1, gold_items=10, overlap=1, gold_percent=10) == 1


@given(
    items=st.integers(1, 10**7),
    gold_items=st.integers(0, 1000),
    overlap=st.integers(1, 100),
    gold_percent=st.integers(0, 50),
    price=st.integers(1, 10**24),
    review=st.integers(0, 10**24),
    bps=st.integers(0, 2000),
)
def test_the_parts_of_a_quote_sum_to_its_total(
    items: int, gold_items: int, overlap: int, gold_percent: int, price: int, review: int, bps: int
) -> None:
    result = quote(
        items=items,
        gold_items=gold_items,
        overlap=overlap,
        gold_percent=gold_percent,
        price_minor=price,
        review_price_minor=review,
        fee_bps=bps,
    )

    assert result.answers_minor == result.answers * price
    assert result.reviews_minor == result.reviews * review
    assert result.total_minor == result.answers_minor + result.reviews_minor + result.fee_minor
    assert result.fee_minor == fee_minor(result.rewards_minor, bps)
