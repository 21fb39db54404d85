"""What a project costs, to the last unit. Pure: no Django.

docs/algorithms/quote.md has the worked table. All figures are minor units of the project's token.
"""

from dataclasses import dataclass, replace

from rewards.money import fee_minor

# A rejected answer is judged, and so is the one that replaces it: twice the answers is the most that is paid for.
REVIEWS_PER_ANSWER = 2


@dataclass(frozen=True)
class Quote:
    items: int
    gold_items: int
    answers: int
    answers_minor: int
    reviews: int
    reviews_minor: int
    fee_bps: int
    fee_minor: int
    exams: int = 0  # attempts that are paid at most
    exams_minor: int = 0

    @property
    def rewards_minor(self) -> int:
        """All that people can earn: what Escrow calls rewarded when everything is spent."""
        return self.answers_minor + self.reviews_minor + self.exams_minor

    @property
    def total_minor(self) -> int:
        return self.rewards_minor + self.fee_minor


def quote(
    *,
    items: int,
    gold_items: int,
    overlap: int,
    gold_percent: int,
    price_minor: int,
    review_price_minor: int,
    fee_bps: int,
    exams: int = 0,
    exam_pay_minor: int = 0,
) -> Quote:
    """The most that a project can cost; what is not spent goes back when it closes."""
    answers = items * overlap + gold_items * gold_places(
        items=items, gold_items=gold_items, overlap=overlap, gold_percent=gold_percent
    )
    reviews = answers * REVIEWS_PER_ANSWER if review_price_minor else 0
    answers_minor = answers * price_minor
    reviews_minor = reviews * review_price_minor
    exams_minor = exams * exam_pay_minor
    return Quote(
        items=items,
        gold_items=gold_items,
        answers=answers,
        answers_minor=answers_minor,
        reviews=reviews,
        reviews_minor=reviews_minor,
        fee_bps=fee_bps,
        fee_minor=fee_minor(answers_minor + reviews_minor + exams_minor, fee_bps),
        exams=exams,
        exams_minor=exams_minor,
    )


def without_reviews(price: Quote) -> Quote:
    """The same if nobody judges and nobody takes an exam: silence accepts, and costs nothing."""
    fee = fee_minor(price.answers_minor, price.fee_bps)
    return replace(price, reviews=0, reviews_minor=0, exams=0, exams_minor=0, fee_minor=fee)


def second_quote(first: Quote, *, price_minor: int, review_price_minor: int) -> Quote:
    """The same answers and reviews, paid in a second token besides; exams are paid in the first alone. Nothing is
    converted: each token adds up alone."""
    reviews = first.reviews if review_price_minor else 0
    answers_minor, reviews_minor = first.answers * price_minor, reviews * review_price_minor
    return replace(
        first,
        answers_minor=answers_minor,
        reviews=reviews,
        reviews_minor=reviews_minor,
        exams=0,
        exams_minor=0,
        fee_minor=fee_minor(answers_minor + reviews_minor, first.fee_bps),
    )


def gold_places(*, items: int, gold_items: int, overlap: int, gold_percent: int) -> int:
    """How many answers each gold item can take, so that gold is `gold_percent` of all answers (rounded up)."""
    if not gold_items or not gold_percent:
        return 0
    wanted = -(-items * overlap * gold_percent // (100 - gold_percent))
    return max(1, -(-wanted // gold_items))
