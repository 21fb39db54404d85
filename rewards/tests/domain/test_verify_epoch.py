"""What the pipeline publishes is accepted by the verifier that shares no code with it."""

import subprocess
import sys
from pathlib import Path

from django.conf import settings

from rewards.domain import leaf_file

VERIFIER = Path(settings.BASE_DIR) / "tools" / "verify_epoch.py"


def verify(scene, path):
    done = subprocess.run(
        [sys.executable, "-I", VERIFIER, path, "--rpc", scene.devchain.url, "--settlement", scene.chain.settlement_address],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_a_settled_epoch_is_accepted_and_one_unit_more_is_not(scene, tmp_path):
    faulty = scene.faulty_token()
    refused, *_ = scene.earners(3, scene.funded(10_000, faulty))
    scene.block_recipient(faulty, refused.wallets.get().address)
    scene.earners(5)
    batch = scene.settle_to_the_end()
    content = leaf_file.read(batch)
    path = tmp_path / "epoch.json"
    path.write_bytes(content)

    status, said = verify(scene, path)

    assert (status, "WRONG" in said) == (0, False), said
    assert "paid 5,010 (5 of 5), unpaid 0" in said
    assert "paid 2,003 (2 of 3), unpaid 1,000" in said
    path.write_bytes(content.replace(b'"1004"', b'"1005"', 1))
    assert verify(scene, path)[0] == 1
