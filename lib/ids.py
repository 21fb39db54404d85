"""Identifiers that sort by time: UUID version 7 (RFC 9562, section 5.7)."""

import secrets
import time
import uuid
from datetime import datetime


def new_id() -> uuid.UUID:
    milliseconds = time.time_ns() // 1_000_000
    random_bits = secrets.randbits(74)
    value = (milliseconds & (1 << 48) - 1) << 80
    value |= 0x7 << 76
    value |= (random_bits >> 62) << 64
    value |= 0b10 << 62
    value |= random_bits & (1 << 62) - 1
    return uuid.UUID(int=value)


def first_id_of(moment: datetime) -> uuid.UUID:
    """The smallest id that `new_id` could have given at this moment: a bound in time for an index of ids."""
    milliseconds = int(moment.timestamp() * 1000)
    return uuid.UUID(int=(milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76 | 0b10 << 62)
