from lib.exceptions import Refusal


class AnnotationError(Refusal):
    """Something about projects, items, answers or reviews was refused."""
