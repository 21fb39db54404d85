from django.db import models
from django.db.models import Q

from rewards.models import MinorField


class SecondPay(models.Model):
    """What a project pays besides its price, in another token of the same chain: for the same answers and reviews.

    Fixed with the price once the project is funded, hence not copied into leases. docs/decisions/0024.
    """

    project = models.OneToOneField("annotation.Project", models.CASCADE, related_name="second_pay")
    token = models.ForeignKey("rewards.Token", models.PROTECT, related_name="+")
    price_minor = MinorField(help_text="Per accepted answer.")
    review_price_minor = MinorField(default=0, help_text="Per explicit verdict that the first price pays for too.")
    escrow = models.ForeignKey("rewards.Escrow", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(condition=Q(price_minor__gt=0), name="second_price_is_above_zero"),
            models.CheckConstraint(condition=Q(review_price_minor__gte=0), name="second_review_price_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.price_minor} of {self.token_id} besides"
