from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from rewards.chain.epoch_tree import EpochTree, Payment
from rewards.domain import leaf_file
from rewards.tests.factories import make_address


@pytest.fixture
def tree():
    return EpochTree(
        chain_id=31337, settlement=make_address(), epoch=1, payments={make_address(): [Payment(make_address(), 5)]},
        credits=[],
    )  # fmt: skip


def test_a_file_whose_writing_was_killed_is_written_again(tree, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    name, digest = leaf_file.write(tree)
    file = Path(default_storage.path(name))
    whole = file.read_bytes()
    file.write_bytes(whole[:7])

    again = leaf_file.write(tree)

    assert again == (name, digest) == leaf_file.write(tree)
    assert file.read_bytes() == whole
