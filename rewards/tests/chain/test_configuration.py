import pytest
from django.core.exceptions import ImproperlyConfigured

from rewards.chain.configuration import read_chains

ADDRESS = "0x" + "ab" * 20


def written(tmp_path, text: str) -> str:
    path = tmp_path / "chains.toml"
    path.write_text(text)
    return str(path)


def test_no_file_is_no_chains():
    assert read_chains("") == {}


def test_a_file_is_read_whole(tmp_path):
    path = written(
        tmp_path,
        f"""
        [[chain]]
        id = 8453
        name = "Base"
        rpc = ["https://one.example/key", "https://two.example"]
        confirmations = 12
        finality = "finalized"
        explorer = "https://basescan.org"
        contracts = {{escrow = "{ADDRESS}", settlement = "{ADDRESS}", deployed_block = 7}}
        operator = {{keystore = "/run/key.json", password_file = "/run/key.txt"}}
        [[chain.token]]
        address = "{ADDRESS}"
        [[chain]]
        id = 10
        rpc = ["http://127.0.0.1:1"]
        """,
    )

    found = read_chains(path)

    assert sorted(found) == [10, 8453]
    base = found[8453]
    assert (base.name, base.rpc_urls[1], base.confirmations, base.finality) == (
        "Base", "https://two.example", 12, "finalized",
    )  # fmt: skip
    assert (base.escrow, base.deployed_block, base.operator_keystore) == (ADDRESS, 7, "/run/key.json")
    assert [token.address for token in base.tokens] == [ADDRESS]
    assert (found[10].name, found[10].confirmations, found[10].tokens) == ("Chain 10", 3, ())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[chain]\n", "CHAINS_FILE cannot be read"),
        ('[[chain]]\nrpc = ["http://a"]\n', "id must be a whole number"),
        ("[[chain]]\nid = 1\n", "chain 1: rpc must list addresses"),
        ('[[chain]]\nid = 1\nrpc = ["ws://a"]\n', "chain 1: rpc must list addresses"),
        ('[[chain]]\nid = 1\nrpc = ["http://a"]\nfinality = "soon"\n', "finality must be safe, finalized or nothing"),
        ('[[chain]]\nid = 1\nrpc = ["http://a"]\nconfirmations = -1\n', "confirmations must be a whole number from 0"),
        ('[[chain]]\nid = 1\nrpc = ["http://a"]\nrcp = 1\n', "rcp is not known"),
        ('[[chain]]\nid = 1\nrpc = ["http://a"]\n[[chain.token]]\nsymbol = "X"\n', "a token has no address"),
        ('[[chain]]\nid = 1\nrpc = ["http://a"]\n[[chain.token]]\naddress = "0x1"\n', "address must be an address"),
        ('[[chain]]\nid = 1\nrpc = ["http://a"]\n[[chain]]\nid = 1\nrpc = ["http://a"]\n', "names a chain twice"),
    ],
)
def test_nonsense_is_refused_in_one_line(tmp_path, text, said):
    with pytest.raises(ImproperlyConfigured, match="CHAINS_FILE") as refused:
        read_chains(written(tmp_path, text))

    assert said in str(refused.value)
    assert "\n" not in str(refused.value).strip()
