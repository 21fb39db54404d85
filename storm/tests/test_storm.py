"""Two seeds of the campaign, whole: `make storm` runs forty."""

import os
from pathlib import Path

import pytest

from contracts.scripts.compile import build_all
from stack.ephemeral import clean_environment
from storm.__main__ import Ground, sum_up


@pytest.mark.slow
@pytest.mark.xdist_group("storm")
@pytest.mark.parametrize("seed", [6, 9])
def test_two_workers_pay_everybody_exactly_once_whatever_breaks(tmp_path: Path, seed: int):
    build_all()
    ground = Ground(
        tmp_path, clean_environment() | dict(os.environ), "", template=f"storm_template_{seed}_{os.getpid()}"
    )
    ground.prepare()

    result = ground.run(seed, besides=[])

    assert result["failure"] == ""
    assert result["crashes"] > 10
    assert sum_up([result], control="", is_full=False)["moments_hit"] > 10
