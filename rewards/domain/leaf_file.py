"""The published file behind a root: everybody can rebuild the tree from it. Its name is the hash of its content.

rewards/chain/leaf_file.py has the format. rewards/chain/tree_file.py has that of the tree, kept beside it for proofs.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256

from django.core.files.base import File
from django.core.files.storage import default_storage

from rewards.chain.epoch_tree import Claim, EpochTree
from rewards.chain.leaf_cache import KnownLeaves
from rewards.chain.leaf_file import LeafFileBroken, leaf_file_pieces, read_leaf_file
from rewards.chain.tree_file import TreeFile, TreeFileBroken, tree_file_pieces
from rewards.domain import kept_files
from rewards.exceptions import RewardsError
from rewards.models import Chain, SettlementBatch

LEAVES, TREES = "leaves/{sha256}.json", "trees/{root}.tree"
CHUNK_BYTES = 1 << 16


class LeafFileDamaged(RewardsError):
    """The file of an epoch is missing, or its content is not what was published."""

    code = "leaf_file_damaged"
    status = 503


def write(tree: EpochTree) -> tuple[str, str]:
    """Publishes the leaf file, and keeps the tree. The leaf file's name and SHA-256."""
    kept_files.keep(tree_file_pieces(tree), TREES.format(root=tree.root.hex()))
    return kept_files.keep(leaf_file_pieces(tree), LEAVES)


def read(batch: SettlementBatch) -> bytes:
    content = b"".join(stream(batch))
    if sha256(content).hexdigest() != batch.leaf_file_sha256:
        raise LeafFileDamaged(f"The leaf file of epoch {batch.epoch} was changed.")
    return content


def stream(batch: SettlementBatch) -> Iterator[bytes]:
    """Whoever reads it can check it: its name is its hash."""
    try:
        file = default_storage.open(batch.leaf_file)
    except OSError as error:
        raise LeafFileDamaged(f"The leaf file of epoch {batch.epoch} is missing.") from error
    return _chunks(file)


def size(batch: SettlementBatch) -> int:
    try:
        return int(default_storage.size(batch.leaf_file))
    except OSError as error:
        raise LeafFileDamaged(f"The leaf file of epoch {batch.epoch} is missing.") from error


def tree_of(batch: SettlementBatch) -> EpochTree:
    """Rebuilt from the published file, as anybody can."""
    try:
        tree = read_leaf_file(read(batch))
    except LeafFileBroken as error:
        raise LeafFileDamaged(f"The leaf file of epoch {batch.epoch}: {error}") from error
    if "0x" + tree.root.hex() != batch.root:
        raise LeafFileDamaged(f"The leaf file of epoch {batch.epoch} does not give its root.")
    return tree


def claims_of(batch: SettlementBatch, wanted: Iterable[tuple[str, str]]) -> list[Claim | None]:
    """For each (account, token) its proof, sliced from the kept tree; rebuilt first should that be gone."""
    wanted = list(wanted)
    try:
        return _claims(batch, wanted)
    except (OSError, TreeFileBroken):
        kept_files.keep(tree_file_pieces(tree_of(batch)), _tree_name(batch))
    try:
        return _claims(batch, wanted)
    except (OSError, TreeFileBroken) as error:
        raise LeafFileDamaged(f"The tree of epoch {batch.epoch} cannot be read.") from error


def known_leaves(chain: Chain) -> KnownLeaves | None:
    """Of the chain's last tree. Without them everything is hashed anew, to the same end."""
    last = chain.batches.order_by("-epoch").first()
    if last is None:
        return None
    try:
        with default_storage.open(_tree_name(last)) as file:
            tree = TreeFile(file)
            return tree.known_leaves() if tree.is_of(chain.chain_id, chain.settlement_address) else None
    except (OSError, TreeFileBroken):
        return None


def _claims(batch: SettlementBatch, wanted: list[tuple[str, str]]) -> list[Claim | None]:
    with default_storage.open(_tree_name(batch)) as file:
        tree = TreeFile(file)
        if "0x" + tree.root.hex() != batch.root:
            raise TreeFileBroken("Not this epoch's tree.")
        return [tree.claim(account, token) for account, token in wanted]


def _tree_name(batch: SettlementBatch) -> str:
    return TREES.format(root=batch.root[2:])


def _chunks(file: "File[bytes]") -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
