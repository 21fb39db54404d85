"""The published file behind a root: everybody can rebuild the tree from it. Its name is the hash of its content.

One JSON object: chain_id, settlement, epoch, payments {token: [[address, amount], …]} in the order of their indices,
and credits [[address, token, cumulative], …]. Amounts are decimal strings of minor units.
"""

import json
from functools import lru_cache
from hashlib import sha256
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from rewards.chain.epoch_tree import Credit, EpochTree, Payment
from rewards.exceptions import RewardsError
from rewards.models import SettlementBatch

FOLDER = "leaves"


class LeafFileDamaged(RewardsError):
    """The file of an epoch is missing, or its content is not what was published."""

    code = "leaf_file_damaged"
    status = 503


def write(tree: EpochTree) -> tuple[str, str]:
    """The file's name and SHA-256. Written before the transaction that names it commits; an orphan does no harm."""
    content = _content(tree)
    digest = sha256(content).hexdigest()
    name = f"{FOLDER}/{digest}.json"
    if default_storage.exists(name):
        if default_storage.size(name) == len(content):
            return name, digest
        # Somebody was killed while writing it.
        default_storage.delete(name)
    return default_storage.save(name, ContentFile(content)), digest


def read(batch: SettlementBatch) -> bytes:
    try:
        with default_storage.open(batch.leaf_file) as file:
            content = bytes(file.read())
    except OSError as error:
        raise LeafFileDamaged(f"The leaf file of epoch {batch.epoch} is missing.") from error
    if sha256(content).hexdigest() != batch.leaf_file_sha256:
        raise LeafFileDamaged(f"The leaf file of epoch {batch.epoch} was changed.")
    return content


def tree_of(batch: SettlementBatch) -> EpochTree:
    tree = _rebuilt(batch.pk)
    if "0x" + tree.root.hex() != batch.root:
        raise LeafFileDamaged(f"The leaf file of epoch {batch.epoch} does not give its root.")
    return tree


@lru_cache(maxsize=2)
def _rebuilt(batch_id: UUID) -> EpochTree:
    """Half a second for 200,000 leaves, so the current and the previous epoch are kept."""
    return _parse(read(SettlementBatch.objects.get(pk=batch_id)))


def _parse(content: bytes) -> EpochTree:
    data = json.loads(content)
    payments = {
        token: [Payment(account, int(amount)) for account, amount in owed] for token, owed in data["payments"].items()
    }
    credits = [Credit(account, token, int(cumulative)) for account, token, cumulative in data["credits"]]
    return EpochTree(
        chain_id=data["chain_id"],
        settlement=data["settlement"],
        epoch=data["epoch"],
        payments=payments,
        credits=credits,
    )


def _content(tree: EpochTree) -> bytes:
    data = {
        "chain_id": tree.chain_id,
        "settlement": tree.settlement,
        "epoch": tree.epoch,
        "payments": {
            section.token: [[payment.account, str(payment.amount)] for payment in section.payments]
            for section in tree.sections
        },
        "credits": [[credit.account, credit.token, str(credit.cumulative)] for credit in tree.credits],
    }
    return json.dumps(data, separators=(",", ":")).encode()
