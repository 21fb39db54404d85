import json

import pytest

from rewards.chain.epoch_tree import Credit, EpochTree, Payment
from rewards.chain.leaf_file import LeafFileBroken, leaf_file_pieces, read_leaf_file, write_leaf_file

SETTLEMENT, TOKEN, OTHER = ("0x" + two * 20 for two in ("1a", "2B", "3c"))


def account(number: int) -> str:
    return f"0x{number + 1:040x}"


@pytest.fixture
def tree() -> EpochTree:
    return EpochTree(
        chain_id=31337,
        settlement=SETTLEMENT,
        epoch=7,
        payments={token: [Payment(account(n), 2**70 + n) for n in range(9)] for token in (OTHER, TOKEN)},
        credits=[Credit(account(n), TOKEN, n + 1) for n in range(5)],
    )


def test_a_file_gives_the_same_root_runs_and_claims(tree):
    again = read_leaf_file(write_leaf_file(tree))

    assert (again.root, again.batch_id) == (tree.root, tree.batch_id)
    assert [run.proof for run in again.runs()] == [run.proof for run in tree.runs()]
    assert again.claim(account(3), TOKEN.lower()) == tree.claim(account(3), TOKEN.lower())


def test_the_same_tree_gives_the_same_bytes(tree):
    file = write_leaf_file(tree)

    assert write_leaf_file(read_leaf_file(file)) == file


def test_the_file_is_one_json_object_with_a_row_to_a_line(tree):
    file = write_leaf_file(tree)

    said = json.loads(file)
    assert (said["format"], said["chain_id"], said["epoch"]) == ("foggara-epoch-1", 31337, 7)
    assert said["payments"][TOKEN.lower()][0] == [account(0), str(2**70)]
    assert said["credits"][4] == [account(4), TOKEN.lower(), "5"]
    assert len(file.splitlines()) > 2 * 9 + 5


def test_a_file_of_many_pieces_is_the_same_file(tree, monkeypatch):
    whole = write_leaf_file(tree)

    monkeypatch.setattr("rewards.chain.leaf_file.ROWS", 4)

    assert write_leaf_file(tree) == whole
    assert len(list(leaf_file_pieces(tree))) > 8


def test_a_changed_file_is_broken(tree):
    file = write_leaf_file(tree)

    for changed in (
        file.replace(b'"5"', b'"6"'),
        file.replace(b'"epoch":7', b'"epoch":8'),
        file[:-40],
        b"",
        b"not json",
        file.replace(b"foggara-epoch-1", b"foggara-epoch-2"),
    ):
        with pytest.raises(LeafFileBroken):
            read_leaf_file(changed)
