"""The base of everything a verb may refuse. Its message may be shown to a person."""

from dataclasses import dataclass


class Refusal(Exception):
    """A verb said no. `code` is stable for programs; `field` names what to mend; `status` is the HTTP answer."""

    code = "refused"
    status = 409

    def __init__(
        self, message: str, *, code: str | None = None, field: str | None = None, status: int | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.field = field
        self.status = status or self.status


@dataclass(frozen=True)
class FieldError:
    """One thing wrong with one field of an input; `path` as in `fields[2].options[0].value`."""

    path: str
    message: str


class InvalidInput(Refusal):
    """The input breaks a rule; carries every error found, not only the first."""

    code = "invalid"
    status = 422

    def __init__(self, message: str, errors: list[FieldError]) -> None:
        super().__init__(message)
        self.errors = errors
