from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from django.db.models.expressions import Combinable

    _DecimalField = models.DecimalField[int | Combinable, int]
else:
    _DecimalField = models.DecimalField


class MinorField(_DecimalField):
    """A whole number of a token's minor units, wide enough for any uint256: NUMERIC(78, 0), an int in Python."""

    if TYPE_CHECKING:
        # What the type checker's Django plugin reads: assigned and read as a whole number.
        _pyi_private_set_type: int | Combinable
        _pyi_private_get_type: int  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_digits"], kwargs["decimal_places"] = 78, 0
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_digits"], kwargs["decimal_places"]
        return name, path, args, kwargs

    def from_db_value(self, value: Decimal | None, *_: Any) -> int | None:
        return None if value is None else int(value)

    def to_python(self, value: Any) -> Any:
        number = super().to_python(value)
        return None if number is None else int(number)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return None if value is None else Decimal(int(value))
