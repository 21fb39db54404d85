/** What we ask of a wallet (EIP-1193), with its many errors told as three kinds: declined, busy, failed. */

const DECLINED = 4001;
const BUSY = -32002;
const UNKNOWN_CHAIN = 4902;

export class WalletError extends Error {
  constructor(kind, cause) {
    super(cause?.message || kind, { cause });
    this.name = "WalletError";
    this.kind = kind;
  }
}

export async function ask(provider, method, params = []) {
  try {
    return await provider.request({ method, params });
  } catch (error) {
    const code = error?.code ?? error?.data?.originalError?.code;
    if (code === DECLINED || code === "ACTION_REJECTED") throw new WalletError("declined", error);
    if (code === BUSY) throw new WalletError("busy", error);
    throw new WalletError("failed", error);
  }
}

/** The account the person chooses. */
export async function chooseAccount(provider) {
  const accounts = await ask(provider, "eth_requestAccounts");
  if (!accounts?.length) throw new WalletError("declined");
  return accounts[0];
}

export function sameAddress(one, other) {
  return one.toLowerCase() === other.toLowerCase();
}

/** personal_sign; the text goes as hex, which every wallet decodes and shows. */
export function signText(provider, address, text) {
  const bytes = new TextEncoder().encode(text);
  const hex = `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  return ask(provider, "personal_sign", [hex, address]);
}

/** eth_signTypedData_v4. The data goes as text, which every wallet takes. */
export function signTypedData(provider, address, data) {
  return ask(provider, "eth_signTypedData_v4", [address, JSON.stringify(data)]);
}

/** chain: {id, name, rpc_url, symbol}. Asks the wallet to switch, and to learn the chain when it does not know it. */
export async function ensureChain(provider, chain) {
  const wanted = `0x${Number(chain.id).toString(16)}`;
  if (Number(await ask(provider, "eth_chainId")) === Number(chain.id)) return;
  try {
    await ask(provider, "wallet_switchEthereumChain", [{ chainId: wanted }]);
  } catch (error) {
    const code = error.cause?.code ?? error.cause?.data?.originalError?.code;
    if (code !== UNKNOWN_CHAIN || !chain.rpc_url) throw error;
    await ask(provider, "wallet_addEthereumChain", [
      {
        chainId: wanted,
        chainName: chain.name,
        rpcUrls: [chain.rpc_url],
        nativeCurrency: { name: chain.symbol || "Ether", symbol: chain.symbol || "ETH", decimals: 18 },
      },
    ]);
  }
  if (Number(await ask(provider, "eth_chainId")) !== Number(chain.id)) throw new WalletError("failed");
}

/** call: {to, data, value?}, all hex, as the server gives them. Returns the transaction's hash. */
export function sendTransaction(provider, from, call) {
  const transaction = { from, to: call.to, data: call.data };
  if (call.value && BigInt(call.value) > 0n) transaction.value = `0x${BigInt(call.value).toString(16)}`;
  return ask(provider, "eth_sendTransaction", [transaction]);
}

/** Waits until the transaction is in a block. Returns its receipt; `receipt.status` is "0x1" when it did what it should. */
export async function waitForReceipt(provider, hash, { everyMs = 1500, forMs = 180000 } = {}) {
  const end = Date.now() + forMs;
  while (Date.now() < end) {
    const receipt = await ask(provider, "eth_getTransactionReceipt", [hash]);
    if (receipt) return receipt;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  throw new WalletError("failed");
}
