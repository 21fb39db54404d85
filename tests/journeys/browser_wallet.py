"""A browser extension's part, played by Python: announced by EIP-6963, asked by EIP-1193, signing with a real key."""

import json
from typing import Any

from eth_account.messages import encode_defunct
from playwright.sync_api import BrowserContext

from loop.wallet import Node, Wallet

PROVIDER = """(() => {
  const provider = {
    async request({ method, params }) {
      // A person takes a moment to read what is asked.
      if (["eth_sendTransaction", "eth_signTypedData_v4"].includes(method)) await new Promise((go) => setTimeout(go, 1000));
      const answer = JSON.parse(await window.askTestWallet(JSON.stringify({ method, params: params ?? [] })));
      if ("error" in answer) throw Object.assign(new Error(answer.error), { code: answer.code });
      return answer.result;
    },
    on() {},
    removeListener() {},
  };
  const info = { uuid: "0f0c1b1e-6d3c-4f53-9a43-5f3a1c4f1a11", name: "Test Wallet", icon: "data:,", rdns: "org.example" };
  const announce = () =>
    window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail: Object.freeze({ info, provider }) }));
  window.addEventListener("eip6963:requestProvider", announce);
  announce();
})()"""


def install(context: BrowserContext, wallet: Wallet, node: Node, *, refuses: dict[str, int] | None = None) -> list[str]:
    """Every page of this context has this wallet. It says yes to everything, as a person who reads would.

    `refuses` has methods that it answers with this error. Returns the list of methods that it is asked, as it grows.
    """
    methods: list[str] = []

    def ask(request: str) -> str:
        asked = json.loads(request)
        methods.append(asked["method"])
        if refuses and asked["method"] in refuses:
            return json.dumps({"error": "The wallet does not do this.", "code": refuses[asked["method"]]})
        try:
            return json.dumps({"result": answer(wallet, node, asked["method"], asked["params"])})
        except Exception as error:
            return json.dumps({"error": str(error), "code": -32603})

    context.expose_function("askTestWallet", ask)
    context.add_init_script(PROVIDER)
    return methods


def answer(wallet: Wallet, node: Node, method: str, params: list[Any]) -> Any:
    if method in {"eth_requestAccounts", "eth_accounts"}:
        return [wallet.address]
    if method == "personal_sign":
        message = bytes.fromhex(params[0].removeprefix("0x"))
        signed = wallet.account.sign_message(encode_defunct(primitive=message))
        return "0x" + signed.signature.hex().removeprefix("0x")
    if method == "eth_signTypedData_v4":
        assert params[0].lower() == wallet.address.lower()
        return wallet.sign_typed_data(json.loads(params[1]))
    if method == "eth_sendTransaction":
        return wallet.submit(node, int(node.call("eth_chainId"), 16), params[0])
    return node.call(method, *params)
