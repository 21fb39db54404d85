"""What others' payout contracts cost: constants, measured by us in November 2026, not by this bench.

From the research that this settlement stands on: anvil 1.7.1, gasUsed of receipts, OpenZeppelin's ERC-20 (a single
`transfer` of it costs 51,668 cold and 34,568 warm), random addresses, amounts of 1 to 100 tokens of 18 decimals,
without funding and approval. Except where said, none of them carries an escrow, shows a public root or skips a
recipient that fails.
"""

SOURCE = "our research of November 2026 (anvil 1.7.1, OpenZeppelin ERC-20)"
SIZES = (1, 100, 500, 1000)
TRANSFER = {"cold": 51_668, "warm": 34_568}
# No payment with an ERC-20 can cost less: the balance's slot, the log, a hash and the calldata.
FLOOR = {"cold": 24_362, "warm": 7_262}

# Per recipient, in the order of SIZES.
ANCHORS = {
    "transfer, one transaction each": {
        "cold": (51_671, 51_667, 51_667, 51_668),
        "warm": (34_571, 34_567, 34_568, 34_568),
    },
    "Disperse.disperseToken": {"cold": (64_859, 27_241, 26_938, 26_901), "warm": (47_759, 10_142, 9_839, 9_801)},
    "GasliteDrop.airdropERC20": {"cold": (64_267, 26_376, 26_071, 26_033), "warm": (47_167, 9_277, 8_971, 8_933)},
    "HUMAN Escrow.bulkPayOut (an escrow; 100 at most)": {
        "cold": (146_893, 28_411, 28_110, 28_072),
        "warm": (129_793, 11_312, 11_010, 10_973),
    },
    "0xSplits PushSplit.distribute": {
        "cold": (75_120, 27_580, 27_202, 27_162),
        "warm": (58_020, 10_480, 10_102, 10_062),
    },
    "Merkl operator-batched claim (a root)": {
        "cold": (176_973, 105_898, 107_990, 107_988),
        "warm": (105_795, 54_410, 56_660, 56_679),
    },
    "our first prototype (a leaf per payment), pay alone": {
        "cold": (113_574, 28_117, 27_479, 27_477),
        "warm": (96_466, 11_015, 10_379, 10_377),
    },
}
