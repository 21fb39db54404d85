/**
 * Finds the wallets of this browser: those that announce themselves (EIP-6963), and the one that only sets
 * window.ethereum (EIP-1193). Calls back with the whole list each time it grows. Names and pictures come from extensions:
 * names are shown as text, pictures not at all.
 */

const NAME_LIMIT = 40;

export function watchWallets(onWallets) {
  const found = new Map();

  function add(id, name, provider) {
    if (!provider?.request || found.has(id)) return;
    for (const known of found.values()) if (known.provider === provider) return;
    found.set(id, { id, name: String(name).slice(0, NAME_LIMIT), provider });
    onWallets([...found.values()]);
  }

  function onAnnounce({ detail }) {
    if (detail?.info?.uuid) add(detail.info.uuid, detail.info.name || "Wallet", detail.provider);
  }

  window.addEventListener("eip6963:announceProvider", onAnnounce);
  window.dispatchEvent(new Event("eip6963:requestProvider"));
  // Announcements come at once; whatever has not announced itself by now never will.
  setTimeout(() => {
    if (window.ethereum) add("injected", "Browser wallet", window.ethereum);
  }, 200);
  return () => window.removeEventListener("eip6963:announceProvider", onAnnounce);
}
