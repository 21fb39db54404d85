"""The one file that writes entries. docs/algorithms/ledger.md explains the accounts and the codes.

Two nouns (account, transfer) and one invariant: the entries of a transfer sum to zero. A transfer is never changed;
a mistake is mended by another one. Every function here works on sets, with as many statements for ten thousand as
for two.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db import IntegrityError, connection
from django.db.models import QuerySet

from rewards.domain import locks
from rewards.exceptions import RewardsError
from rewards.models import LedgerAccount, Token, Transfer

Kind = LedgerAccount.Kind


class Place(NamedTuple):
    """Which account is meant. It need not have a row yet."""

    kind: str
    user_id: int | None = None
    escrow_id: UUID | None = None


class Reference(NamedTuple):
    """What a transfer is about, for people who read the ledger."""

    kind: str
    id: str


class LedgerConflict(RewardsError):
    """A transfer with this id exists and says something else."""

    code = "transfer_conflict"


class Overdrawn(RewardsError):
    """An account does not hold what should leave it."""

    code = "overdrawn"


DEPOSITS, FEES, REFUNDS = Place(Kind.DEPOSITS), Place(Kind.FEES), Place(Kind.REFUNDS)


def free_of(escrow_id: UUID) -> Place:
    return Place(Kind.ESCROW, escrow_id=escrow_id)


def committed_of(escrow_id: UUID) -> Place:
    return Place(Kind.COMMITTED, escrow_id=escrow_id)


def earned_by(user_id: int) -> Place:
    return Place(Kind.EARNED, user_id=user_id)


def unclaimed_by(user_id: int) -> Place:
    return Place(Kind.UNCLAIMED, user_id=user_id)


def claimed_by(user_id: int) -> Place:
    return Place(Kind.CLAIMED, user_id=user_id)


def post(
    transfer_id: UUID, code: str, token: Token, reference: Reference, movements: Iterable[tuple[Place, int]]
) -> Transfer:
    """Move minor units between accounts, once: a repeat with the same content returns the first transfer."""
    locks.require_transaction()
    moved = _summed(movements)
    if not _add_transfer(transfer_id, code, token, reference):
        return _the_first(transfer_id, code, token, reference, moved)
    accounts = _accounts(token, list(moved))
    locks.lock_accounts(accounts[place].id for place in moved)
    _move_balances(accounts, moved)
    _add_entries(transfer_id, accounts, moved)
    return Transfer.objects.get(pk=transfer_id)


def move_all(
    transfer_id: UUID,
    code: str,
    token: Token,
    reference: Reference,
    *,
    leaving: str,
    entering: str,
    owed: QuerySet[Any],
) -> None:
    """As `post`, from one kind of account to another, for every person in `owed`: rows of (user_id, minor), one each.

    The rows never come here: as many statements for a hundred thousand people as for one. They must not change
    meanwhile.
    """
    locks.require_transaction()
    if not _add_transfer(transfer_id, code, token, reference):
        _require_the_first(transfer_id, code, token, reference, leaving, entering, owed)
        return
    kinds = {"token": token.pk, "leaving": leaving, "entering": entering, "transfer": transfer_id}
    try:
        _for_all(LOCK_ALL, owed, kinds)
        left, entered = _for_all(LEAVE_ALL, owed, kinds), _for_all(ENTER_ALL, owed, kinds)
        if left != entered:
            raise Overdrawn("An account does not hold what should leave it.")
        _for_all(ADD_ALL, owed, kinds)
    except IntegrityError as error:
        _explain(error)
        raise


def balances(token: Token, places: Sequence[Place]) -> dict[Place, int]:
    """What each account holds; an account without a row holds nothing."""
    found = _find(token, places)
    return {place: found[place].balance if place in found else 0 for place in places}


def balance(token: Token, place: Place) -> int:
    return balances(token, [place])[place]


class _Account(NamedTuple):
    id: int
    balance: int


def _summed(movements: Iterable[tuple[Place, int]]) -> dict[Place, int]:
    moved: dict[Place, int] = {}
    for place, minor in movements:
        if isinstance(minor, bool) or not isinstance(minor, int):
            raise TypeError("A movement is a whole number of minor units.")
        moved[place] = moved.get(place, 0) + minor
    moved = {place: minor for place, minor in moved.items() if minor}
    off = sum([*moved.values()], 0)
    if len(moved) < 2 or off:
        raise ValueError(f"The movements do not balance: {off} over {len(moved)} accounts.")
    return moved


def _add_transfer(transfer_id: UUID, code: str, token: Token, reference: Reference) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO rewards_transfer (id, code, token_id, reference_kind, reference_id, created_at)"
            " VALUES (%s, %s, %s, %s, %s, now()) ON CONFLICT (id) DO NOTHING",
            [transfer_id, code, token.pk, reference.kind, reference.id],
        )
        return bool(cursor.rowcount)


def _the_first(transfer_id: UUID, code: str, token: Token, reference: Reference, moved: dict[Place, int]) -> Transfer:
    first = Transfer.objects.get(pk=transfer_id)
    entries = first.entries.values_list("account__kind", "account__user_id", "account__escrow_id", "amount")
    said = {Place(kind, user_id, escrow_id): amount for kind, user_id, escrow_id, amount in entries}
    same = (first.code, first.token_id, first.reference_kind, first.reference_id) == (code, token.pk, *reference)
    if not same or said != moved:
        raise LedgerConflict("Another transfer already has this id.")
    return first


def _accounts(token: Token, places: list[Place]) -> dict[Place, _Account]:
    found = _find(token, places)
    missing = sorted((place for place in places if place not in found), key=_opening_order)
    if missing:
        _open_accounts(token, missing)
        found |= _find(token, missing)
    return found


def _opening_order(place: Place) -> tuple[str, int, str]:
    return str(place.kind), place.user_id or 0, str(place.escrow_id)


def _open_accounts(token: Token, places: list[Place]) -> None:
    # In a fixed order, or two transfers that open the same accounts would wait for each other.
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO rewards_ledgeraccount (token_id, kind, user_id, escrow_id, balance)"
            " SELECT %s, kind, user_id, escrow_id, 0"
            " FROM unnest(%s::text[], %s::bigint[], %s::uuid[]) AS wanted (kind, user_id, escrow_id)"
            " ON CONFLICT DO NOTHING",
            [
                token.pk,
                [str(place.kind) for place in places],
                [place.user_id for place in places],
                [str(place.escrow_id) if place.escrow_id else None for place in places],
            ],
        )


def _find(token: Token, places: Sequence[Place]) -> dict[Place, _Account]:
    """Three plain index scans: IS NOT DISTINCT FROM would use no index."""
    wanted = set(places)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT kind, user_id, escrow_id, id, balance FROM rewards_ledgeraccount
             WHERE token_id = %(token)s AND kind = ANY(%(kinds)s) AND user_id = ANY(%(users)s) AND escrow_id IS NULL
            UNION ALL
            SELECT kind, user_id, escrow_id, id, balance FROM rewards_ledgeraccount
             WHERE token_id = %(token)s AND kind = ANY(%(kinds)s) AND escrow_id = ANY(%(escrows)s::uuid[])
            UNION ALL
            SELECT kind, user_id, escrow_id, id, balance FROM rewards_ledgeraccount
             WHERE token_id = %(token)s AND kind = ANY(%(kinds)s) AND user_id IS NULL AND escrow_id IS NULL
            """,
            {
                "token": token.pk,
                "kinds": sorted({str(place.kind) for place in places}),
                "users": [place.user_id for place in places if place.user_id is not None],
                "escrows": [str(place.escrow_id) for place in places if place.escrow_id is not None],
            },
        )
        rows = ((Place(kind, user, escrow), _Account(pk, int(held))) for kind, user, escrow, pk, held in cursor)
        return {place: account for place, account in rows if place in wanted}


def _move_balances(accounts: dict[Place, _Account], moved: dict[Place, int]) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE rewards_ledgeraccount AS account SET balance = account.balance + moved.minor"
                " FROM unnest(%s::bigint[], %s::numeric[]) AS moved (id, minor) WHERE account.id = moved.id",
                [[accounts[place].id for place in moved], list(moved.values())],
            )
    except IntegrityError as error:
        _explain(error)
        raise


def _explain(error: IntegrityError) -> None:
    if "ledger_account_is_never_overdrawn" in str(error):
        # The transaction is lost with it: a verb that can say more looks at the balance first.
        raise Overdrawn("An account does not hold what should leave it.") from error


def _add_entries(transfer_id: UUID, accounts: dict[Place, _Account], moved: dict[Place, int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO rewards_entry (transfer_id, account_id, amount)"
            " SELECT %s, id, minor FROM unnest(%s::bigint[], %s::numeric[]) AS moved (id, minor)",
            [transfer_id, [accounts[place].id for place in moved], list(moved.values())],
        )


# The steps of `move_all`, over `owed (user_id, minor)`. Accounts are locked in the same order as by `post`.
LOCK_ALL = """
SELECT count(*) FROM (
    SELECT account.id FROM rewards_ledgeraccount account JOIN owed ON owed.user_id = account.user_id
     WHERE account.token_id = %(token)s AND account.kind IN (%(leaving)s, %(entering)s) AND account.escrow_id IS NULL
     ORDER BY account.id FOR NO KEY UPDATE OF account
) locked
"""
LEAVE_ALL = """
UPDATE rewards_ledgeraccount AS account SET balance = account.balance - owed.minor
  FROM owed
 WHERE account.user_id = owed.user_id AND account.token_id = %(token)s AND account.kind = %(leaving)s
   AND account.escrow_id IS NULL
"""
ENTER_ALL = """
INSERT INTO rewards_ledgeraccount AS account (token_id, kind, user_id, balance)
SELECT %(token)s, %(entering)s, owed.user_id, owed.minor FROM owed ORDER BY owed.user_id
    ON CONFLICT ON CONSTRAINT one_ledger_account_per_token_kind_and_holder
    DO UPDATE SET balance = account.balance + excluded.balance
"""
ADD_ALL = """
INSERT INTO rewards_entry (transfer_id, account_id, amount)
SELECT %(transfer)s, account.id, CASE WHEN account.kind = %(entering)s THEN owed.minor ELSE -owed.minor END
  FROM owed JOIN rewards_ledgeraccount account ON account.user_id = owed.user_id
 WHERE account.token_id = %(token)s AND account.kind IN (%(leaving)s, %(entering)s) AND account.escrow_id IS NULL
"""
# How many accounts the first transfer moved otherwise than it would be moved now.
DIFFERENCES = """
SELECT count(*)
  FROM (SELECT owed.user_id, sides.kind,
               CASE WHEN sides.kind = %(entering)s THEN owed.minor ELSE -owed.minor END AS minor
          FROM owed CROSS JOIN (VALUES (%(leaving)s), (%(entering)s)) AS sides (kind)) wanted
  FULL JOIN (SELECT account.user_id, account.kind, entry.amount
               FROM rewards_entry entry JOIN rewards_ledgeraccount account ON account.id = entry.account_id
              WHERE entry.transfer_id = %(transfer)s) said
         ON said.user_id = wanted.user_id AND said.kind = wanted.kind
 WHERE said.amount IS DISTINCT FROM wanted.minor
"""


def _for_all(step: str, owed: QuerySet[Any], values: dict[str, Any]) -> int:
    """Runs a step; returns what it counted, or how many rows it wrote."""
    rows, parameters = owed.order_by().query.sql_with_params()
    with connection.cursor() as cursor:
        with_owed = cursor.mogrify(f"WITH owed (user_id, minor) AS ({rows}) ", parameters).decode().replace("%", "%%")
        cursor.execute(with_owed + step, values)
        return int(cursor.fetchone()[0] if cursor.description else cursor.rowcount)


def _require_the_first(
    transfer_id: UUID, code: str, token: Token, reference: Reference, leaving: str, entering: str, owed: QuerySet[Any]
) -> None:
    first = Transfer.objects.get(pk=transfer_id)
    same = (first.code, first.token_id, first.reference_kind, first.reference_id) == (code, token.pk, *reference)
    kinds = {"leaving": leaving, "entering": entering, "transfer": transfer_id}
    if not same or _for_all(DIFFERENCES, owed, kinds):
        raise LedgerConflict("Another transfer already has this id.")
