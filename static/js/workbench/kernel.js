/**
 * The workbench: takes an item, shows it, keeps what is done to it, hands the answer to the queue, shows the next.
 * It knows no tool by name and asks the network for nothing between a submit and the next item.
 */

import { createApi } from "./api.js";
import { readJson } from "./dom.js";
import { createDrafts } from "./drafts.js";
import { createHistory } from "./history.js";
import { loadTools, mountItem } from "./item_view.js";
import { createInstructions } from "./instructions.js";
import { createKeys } from "./keys.js";
import { createLeases } from "./leases.js";
import { createNotices } from "./notices.js";
import { createPausePage } from "./pause_page.js";
import { createQueue } from "./queue.js";
import { createSay } from "./say.js";
import { createStatus } from "./status.js";
import { openStorage } from "./storage.js";
import { createTimer } from "./timer.js";
import { onlyShown } from "./when.js";
import { createWords } from "./words.js";

const DOUBLE_CLICK_MS = 350;
const STUCK_MS = 5_000;

// What the first item does not need. Fetched when asked for, else after the first answer, to be there when offline.
const later = {
  dialogs: () => import("./dialogs.js"),
  help: () => import("./help.js"),
  letters: () => import("./dead_letters.js"),
};

function fetchLater() {
  for (const load of Object.values(later)) load().catch(() => {});
}

export async function startWorkbench({ config, messages, root = document }) {
  const at = (name) => root.querySelector(`[data-part="${name}"]`);
  const words = createWords(messages, config.locale);
  const say = createSay(at("polite"), at("urgent"));
  const api = createApi({ base: config.api, csrfUrl: config.urls.csrf });
  let state = config.state;
  let loaded = null;
  let phase = "starting";
  let lease = null;
  let history = null;
  let timer = null;
  let view = null;
  let isTouched = false;
  let isFirst = true;
  let shownAt = 0;
  let unsent = { waiting: [], dead: [] };
  let retry = 0;
  let attempts = 0;

  const storage = await openStorage(config.user, { onWiped: () => end({ kind: "signed_out" }) });
  const keys = createKeys(document, state.prefs);
  const status = createStatus({ root, words, say, signInUrl: config.urls.sign_in });
  const instructions = createInstructions({
    panel: at("instructions"),
    memory: storage.memory,
    name: () => `instructions-${state.id}-${state.schema_version}`,
  });
  const notices = createNotices({ el: at("notices"), words, say, api, keys });
  const pause = createPausePage({ el: at("pause"), words, urls: config.urls, say, onAgain: () => next({ insist: true }) });
  const drafts = createDrafts({ store: storage.drafts, api });
  const channel = globalThis.BroadcastChannel ? new BroadcastChannel(`foggara-${config.user}`) : null;
  const queue = createQueue({
    name: `foggara-${config.user}`,
    store: storage.queue,
    send: (entry) => api.post(entry.path, entry.body, { headers: { "Idempotency-Key": entry.key } }),
    onChange: showQueue,
    onSent: (entry, body) => {
      learn(entry.project, body);
      channel?.postMessage({ project: entry.project, body });
    },
    onDead: () => say(words("said_refused"), { now: true }),
  });
  let letters = null;
  const leases = createLeases({
    api,
    user: config.user,
    project: state.id,
    prefetch: config.limits?.prefetch ?? 5,
    isQueued: (id) => queue.hasLease(id),
    findDraft: drafts.find,
    prepare: prepareMedia,
    onWarning: (seconds) => notices.expiring(seconds, stay),
    onLost: () => notices.expired(),
  });

  listen();
  bindKeys();
  showState();
  pause.show({ kind: "loading" });
  if (!storage.isDurable) notices.show("memory", { tone: "wait", text: words("no_storage") });
  drafts.sweep().catch(() => {});
  try {
    [loaded] = await Promise.all([loadTools(state.schema), leases.adopt(state.leases ?? [])]);
  } catch {
    return pause.show({ kind: "broken" });
  }
  queue.flush();
  await next();

  async function next({ insist = false } = {}) {
    clearTimeout(retry);
    close();
    phase = "waiting";
    let found = leases.take();
    let answer = null;
    if (!found) {
      pause.show({ kind: "loading" });
      try {
        answer = await leases.refill({ insist: true });
      } catch (problem) {
        return wait(problem);
      }
      found = leases.take();
    }
    attempts = 0;
    if (!found) return end(pauseOf(answer, insist));
    await show(found);
    leases.refill().catch(() => {});
  }

  async function show({ lease: found, draft }) {
    if (found.schema_version !== state.schema_version && !(await refreshSchema())) return;
    const start = draft?.result ?? found.draft ?? found.returned?.value ?? {};
    lease = found;
    isTouched = Boolean(draft);
    timer = createTimer({ lead: draft?.lead_ms ?? 0, active: draft?.active_ms ?? 0 });
    history = createHistory(start, changed);
    notices.clearItem();
    view = mountItem({
      el: at("item"),
      schema: state.schema,
      loaded,
      task: { item: found.item, data: found.data, media: found.media },
      result: start,
      set: (name, value, key) => phase === "showing" && history.set({ ...history.value, [name]: value }, key),
      keys,
      say,
      words,
      onBroken: () => skipNow({ reason: "broken", note: "" }),
    });
    if (found.returned) notices.returned({ ...found.returned, value: start }, at("item"));
    pause.hide();
    at("title").textContent = words("item_title", { item: String(found.item) });
    at("work").hidden = false;
    at("bar").hidden = false;
    status.price(found.price, state);
    phase = "showing";
    shownAt = performance.now();
    showButtons();
    takeFocus();
  }

  /** Each new item takes the focus; the first one does not, so that the page is read from its top. */
  function takeFocus() {
    if (!isFirst) at("work").focus({ preventScroll: true });
    isFirst = false;
    window.scrollTo(0, 0);
  }

  function close() {
    view?.destroy();
    view = null;
    lease = null;
    at("work").hidden = true;
    at("bar").hidden = true;
  }

  function changed(result) {
    isTouched = true;
    view.update(result);
    notices.changed(result);
    view.showErrors([], { focus: false });
    showButtons();
    drafts.keep(lease.id, result, timer.read());
  }

  async function submit() {
    if (phase !== "showing") return;
    const errors = view.validate(history.value);
    if (view.showErrors(errors)) return say(errors[0].message, { now: true });
    const clocks = timer.read();
    const body = {
      lease: lease.id,
      result: onlyShown(state.schema.fields, history.value),
      ...clocks,
      schema_version: lease.schema_version,
      client: { v: config.client_version, locale: config.locale },
    };
    await handOver({ kind: "answer", path: "work/answers/", body }, words("said_kept"));
  }

  async function skip() {
    if (phase !== "showing") return;
    const skipped = lease.id;
    const { askSkip } = await later.dialogs();
    const choice = await askSkip({ keys, words });
    if (choice && lease?.id === skipped) await skipNow(choice);
  }

  async function skipNow(choice) {
    if (phase !== "showing") return;
    await handOver({ kind: "skip", path: `work/leases/${lease.id}/skip/`, body: choice }, words("said_skipped"));
  }

  /** Written down first, then the next item: whatever happens after, the answer is not lost. */
  async function handOver(entry, sentence) {
    phase = "submitting";
    const start = performance.now();
    try {
      await queue.add({ ...entry, lease: lease.id, project: state.id, label: lease.item });
    } catch (error) {
      // The name means another tab has already put an answer to this very lease into the queue.
      if (error?.name !== "ConstraintError") {
        phase = "showing";
        notices.show("storage", { tone: "loss", title: words("not_kept_title"), text: words("not_kept_text") }, { urgent: true });
        return;
      }
    }
    drafts.forget(lease.id);
    leases.finish();
    if (entry.kind === "answer") instructions.answered();
    say(sentence);
    await next();
    fetchLater();
    requestAnimationFrame(() => setTimeout(() => performance.measure("foggara:submit-to-next", { start })));
  }

  function wait(problem) {
    if (problem.status === 401 || (problem.status === 403 && problem.code === "not_authenticated")) return end({ kind: "signed_out" });
    if (problem.status >= 400 && problem.status < 500 && problem.status !== 429) return end({ kind: "refused", detail: problem.detail });
    attempts += 1;
    end({ kind: navigator.onLine && problem.code !== "network" ? "unwell" : "offline" });
    retry = setTimeout(next, Math.max((problem.retryAfter ?? 0) * 1000, Math.min(30_000, 1000 * 2 ** attempts)));
  }

  function end(reason) {
    close();
    phase = "ended";
    pause.show({ ...reason, waiting: unsent.waiting.length, state });
  }

  function pauseOf({ state: name, why, retry_after_s: retryAfter, elsewhere }) {
    if (elsewhere) return { kind: "other_tab", retryAfter: 10 };
    return { kind: name === "ok" ? "empty" : name, why: why ?? [], retryAfter: retryAfter ?? (name === "ok" ? 10 : null) };
  }

  async function refreshSchema() {
    try {
      state = { ...state, ...(await api.get(`work/projects/${state.id}/`)) };
      loaded = await loadTools(state.schema);
      return true;
    } catch (problem) {
      wait(problem);
      return false;
    }
  }

  function prepareMedia(ahead) {
    for (const [name, spec] of Object.entries(state.schema.data ?? {})) {
      loaded?.sources.get(spec.type)?.prepare?.({ name, spec, task: ahead });
    }
  }

  function learn(project, body) {
    if (project !== state.id || !body) return;
    state = { ...state, progress: further(state.progress, body.progress), earned: body.earned ?? state.earned, pending: body.pending ?? state.pending };
    showState();
  }

  /** The server's figure of the project is counted now and then: it may lag behind what this page has already shown. */
  function further(known, told) {
    return told ? { ...told, project_done: Math.max(known.project_done, told.project_done) } : known;
  }

  function showState() {
    status.progress(state.progress);
    status.earned(state);
  }

  function showQueue(report) {
    unsent = report;
    status.queue(report);
    showLetters(report.dead);
    pause.update({ waiting: report.waiting.length, state });
  }

  async function showLetters(dead) {
    if (!dead.length && !letters) return;
    const { createDeadLetters } = await later.letters();
    letters ??= createDeadLetters({ el: at("dead"), queue, keys, words, say });
    letters.draw(unsent.dead);
  }

  function showButtons() {
    at("undo").disabled = !history.canUndo;
    at("redo").disabled = !history.canRedo;
  }

  function undo() {
    if (phase === "showing" && history.undo()) say(words("said_undone"));
  }

  function redo() {
    if (phase === "showing" && history.redo()) say(words("said_redone"));
  }

  async function stay() {
    leases.touch();
    notices.drop("expiry");
    await leases.beat();
    at("work").focus();
  }

  async function help() {
    const { openHelp } = await later.help();
    return openHelp({ keys, words, onChange: changePrefs });
  }

  function changePrefs(change) {
    keys.setPrefs(change);
    api.put("work/prefs/", keys.prefs).catch(() => say(words("prefs_not_kept"), { now: true }));
  }

  function bindKeys() {
    keys.push({
      level: "kernel",
      name: words("keys_workbench"),
      bindings: [
        { id: "submit", combo: "Mod+Enter", title: words("submit"), run: submit, inText: true },
        { id: "submit_single", combo: "Enter", title: words("submit"), run: () => isSettled() && submit() },
        { id: "undo", combo: "Mod+z", title: words("undo"), run: undo, repeats: true },
        { id: "redo", combo: "Mod+Shift+z", title: words("redo"), run: redo, repeats: true },
        { id: "redo_other", combo: "Mod+y", title: words("redo"), run: redo, repeats: true },
        { id: "skip", combo: "s", title: words("skip"), run: skip },
        { id: "instructions", combo: "i", title: words("instructions"), run: () => instructions.toggle() },
        { id: "help", combo: "?", title: words("help_title"), run: help },
      ],
    });
  }

  /** The second half of a double click, or of a double Enter, belongs to the item before. */
  function isSettled() {
    return performance.now() - shownAt > DOUBLE_CLICK_MS;
  }

  function listen() {
    at("submit").addEventListener("click", (event) => (event.detail < 2 || isSettled()) && submit());
    at("skip").addEventListener("click", skip);
    at("undo").addEventListener("click", undo);
    at("redo").addEventListener("click", redo);
    at("help").addEventListener("click", help);
    for (const name of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "scroll"]) {
      addEventListener(name, touched, { passive: true, capture: true });
    }
    addEventListener("pointerup", () => history?.seal());
    addEventListener("online", () => {
      queue.hurry();
      if (phase === "ended" && attempts) next();
    });
    addEventListener("offline", () => queue.report());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) return timer?.resume();
      timer?.pause();
      drafts.push({ keepalive: true });
    });
    addEventListener("pagehide", leave);
    addEventListener("pageshow", (event) => event.persisted && leases.beat());
    addEventListener("beforeunload", (event) => {
      const isStuck = unsent.waiting.some((entry) => Date.now() - entry.created_at > STUCK_MS);
      if (isStuck || (!storage.isDurable && unsent.waiting.length)) event.preventDefault();
    });
    channel?.addEventListener("message", ({ data }) => {
      learn(data.project, data.body);
      queue.report();
    });
  }

  function touched() {
    timer?.touch();
    leases.touch();
  }

  function leave() {
    drafts.push({ keepalive: true });
    // While an answer is being written down its lease is the answer's, also when the page goes away just then.
    leases.leave({ keepCurrent: phase === "submitting" || (isTouched && phase === "showing") });
  }
}

if (document.getElementById("workbench-config")) {
  startWorkbench({ config: readJson("workbench-config"), messages: readJson("workbench-messages") });
}
