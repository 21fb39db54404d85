"""The costs that are written down are the costs. After a wanted change: `python -m contracts.scripts.measure_gas --write`."""

import json

from contracts.scripts import measure_gas


def test_no_call_costs_more_or_less_than_was_written_down():
    kept = json.loads(measure_gas.SNAPSHOT.read_text())

    lines = measure_gas.differences(kept, measure_gas.measure_all())

    assert lines == [], "\n".join([*lines, f"If this is wanted: {measure_gas.RENEW}"])


def test_a_difference_above_the_tolerance_is_named_and_one_below_is_not():
    kept = {"cancun": {"pay": 10_000, "open": 10_000, "gone": 1}}

    lines = measure_gas.differences(kept, {"cancun": {"pay": 10_020, "open": 10_021, "new": 2}})

    assert lines == [
        "cancun: open: 10,000 -> 10,021 (+0.21%)",
        "cancun: gone: 1 -> None",
        "cancun: new: None -> 2",
    ]


def test_a_full_run_with_its_root_and_a_release_stays_below_what_was_promised():
    """27,500 and 10,400 at 1,000 recipients, with a token whose transfer costs 597 more than ours."""
    for evm, gas in json.loads(measure_gas.SNAPSHOT.read_text()).items():
        for state, release, most in (("cold", "first", 27_500), ("warm", "later", 10_400)):
            everything = gas[f"pay 512, {state}"] + gas["propose"] + gas[f"release 1, {release}"]

            assert everything / 512 + 597 <= most, (evm, state)
