// Everything that changes the project. One edit after the other; a conflict is asked about; nothing typed is lost.

import { ApiError, del, get, idPath, linkState, patch, post, request } from "./api.js";
import { alarm, ask, button, calm, h, say } from "./dom.js";
import { draftKeys, draftOf, dropDraft, noteKey, rebase, setDraft } from "./drafts.js";
import { beside, choose, lineOf, shown, state, tell } from "./state.js";
import { translated } from "./translate.js";
import { t } from "./words.js";

let chain = Promise.resolve();
let open = 0;

/** Run an edit after those before it. Answers undefined where it failed, which has been said then. */
function queued(work) {
  open += 1;
  tell("saving", open);
  const run = chain.then(work).catch((error) => { tellError(error); return undefined; });
  chain = run.finally(() => { open -= 1; tell("saving", open); });
  return run;
}

/** Say to the person what went wrong. */
export function tellError(error) {
  if (!(error instanceof ApiError)) { console.error(error); alarm(String(error.message ?? error), t("act.close")); return; }
  if (error.status === 0) say(t("top.lost"));
  else if (error.status === 401) say(t("error.session")); // it stands in the line of the state too
  else alarm(error.message, t("act.close"));
}

/** Take in what an edit did. */
export function merge(changed) {
  const gone = new Set(changed.deleted);
  const fresh = new Map(changed.lines.map((view) => [view.line.id, view]));
  for (const view of state.lines) {
    const now = fresh.get(view.line.id);
    if (now) rebase(view.line.id, view.line.version, now.line.version);
  }
  state.lines = state.lines.filter((one) => !gone.has(one.line.id) && !fresh.has(one.line.id)).concat([...fresh.values()])
    .sort((a, b) => a.line.start_ms - b.line.start_ms || (a.line.id < b.line.id ? -1 : 1));
  state.change = changed.change;
  tell("lines");
  refresh();
  return changed;
}

let asked = 0;
let etag = "";
/** Ask for the list anew, once for many changes. */
export function refresh(soon = 250) {
  clearTimeout(asked);
  asked = setTimeout(() => loadLines().catch(tellError), soon);
}
export async function loadLines() {
  const answer = await request("GET", "/lines", undefined, etag ? { headers: { "If-None-Match": etag } } : {});
  if (answer.status === 304) return;
  etag = answer.headers.get("ETag") ?? "";
  const list = await answer.json();
  if (list.change < state.change) { refresh(); return; }
  Object.assign(state, { lines: list.lines, gaps: list.gaps, findings: list.findings, change: list.change });
  tell("lines");
}

/**
 * Change a line. `wanted` is an edit, or makes one of the line as it stands when its turn comes (null: nothing to do).
 * Without a base it is based on that line. Answers what changed, {} where nothing was to be done, undefined where it failed.
 */
export function edit(id, wanted) {
  return queued(async () => {
    const view = lineOf(id);
    if (!view) return undefined;
    const made = typeof wanted === "function" ? wanted(view) : wanted;
    if (!made) return {};
    try {
      const changed = merge(await patch(idPath(id), { ...made, base: made.base ?? view.line.version }));
      calm();
      return changed;
    } catch (error) {
      if (error.status !== 409 || !error.answer.line) throw error;
      return solve(id, made, error.answer.line);
    }
  });
}

/** Somebody changed the line meanwhile: show both, and let the person choose. */
async function solve(id, wanted, theirs) {
  const mine = wanted.text ?? null;
  const lang = state.project?.language || "und";
  const choice = await ask(t("conflict.title"), t("act.close"), (body, close) => {
    const both = h("textarea", { value: mine === null ? theirs.text : `${theirs.text} ${mine}`, rows: 3, id: "both" });
    body.append(
      h("p", {}, t("conflict.told")),
      h("h3", {}, t("conflict.theirs")), h("p", { class: "quote", lang: theirs.deleted ? null : lang }, theirs.deleted ? t("conflict.deleted") : theirs.text),
      h("h3", {}, t("conflict.mine")), h("p", { class: "quote", lang: mine === null ? null : lang }, mine ?? t("conflict.other", { what: Object.keys(wanted).filter((one) => one !== "base").map((one) => t(`field.${one}`)).join(", ") })),
      mine === null ? null : h("label", { for: "both" }, t("conflict.both")), mine === null ? null : both,
      h("p", { class: "bar" },
        button(t("conflict.keep_mine"), () => close({ ...wanted }), { class: "main" }),
        button(t("conflict.keep_theirs"), () => close({})),
        mine === null ? null : button(t("conflict.keep_both"), () => close({ ...wanted, text: both.value }))),
    );
    for (const one of [...body.childNodes]) if (one.nodeName === "#text") one.remove();
  }, "conflict");
  if (choice === undefined) { // left: what was typed stays a draft, on the line as it stands now
    if (mine !== null) { dropDraft(id); setDraft(id, mine, theirs.version); }
    await loadLines();
    return undefined;
  }
  if (!Object.keys(choice).length) {
    dropDraft(id);
    await loadLines();
    tell("reset", id);
    return undefined;
  }
  const again = { ...choice, base: theirs.version };
  if (theirs.deleted) again.deleted = false;
  const changed = merge(await patch(idPath(id), again));
  dropDraft(id);
  tell("reset", id);
  return changed;
}

/** Save what is typed into a line; answers false where it could not be. */
export async function saveText(id) {
  if (!draftOf(id) || !lineOf(id)) return true;
  if (linkState()) return false; // it is sent when the server is back
  let sent = "";
  const changed = await edit(id, (view) => {
    const draft = draftOf(id);
    sent = draft?.text ?? "";
    const same = sent.trim() === view.line.text;
    if (same) dropDraft(id);
    return !draft || same || !sent.trim() ? null : { text: sent.trim(), base: draft.base };
  });
  if (changed && draftOf(id)?.text === sent && sent.trim()) dropDraft(id);
  return Boolean(changed) && !draftOf(id);
}

/** Save what is typed as the note of a line. */
export async function saveNote(id) {
  const draft = draftOf(noteKey(id));
  if (draft && !linkState() && await edit(id, { note: draft.text }) && draftOf(noteKey(id))?.text === draft.text) dropDraft(noteKey(id));
}

/** Send all that is typed and not saved; what somebody changed meanwhile stays for the person to look at. */
export async function sendDrafts() {
  const keys = draftKeys();
  for (const { line } of [...state.lines]) {
    const draft = draftOf(line.id);
    if (draft && (draft.base >= line.version || draft.text.trim() === line.text)) await saveText(line.id);
    await saveNote(line.id);
  }
  for (const key of keys) tell("draft", key);
}

export async function approve(id) {
  const view = lineOf(id);
  if (!view) return;
  const passes = (one) => one.view && one.view.line.state !== "approved" && one.key !== id;
  const next = beside(1, passes) ?? shown().find(passes);
  const inText = document.activeElement?.id === "line-text";
  if (!(await saveText(id))) { say(t("said.not_saved")); return; }
  const changed = await edit(id, { state: "approved" });
  if (!changed) return;
  if (!next) { say(t("said.all_approved")); choose(id, "row"); return; }
  choose(next.key, inText ? "text" : "row");
  say(t("said.approved"));
}

export async function remove(id) {
  const view = lineOf(id);
  if (!view) return;
  const next = beside(1) ?? beside(-1);
  dropDraft(id);
  await queued(async () => {
    merge(await del(`${idPath(id)}?base=${view.line.version}`));
    choose(next?.key ?? "", "row");
    say(t("said.deleted"));
  });
}

export async function add(text, start_ms) {
  const changed = await queued(async () => merge(await post("/lines", { text, start_ms })));
  if (changed) await loadLines().catch(tellError);
  return changed?.lines[0]?.line.id;
}

export async function split(id, at, start_ms = null) {
  if (!(await saveText(id))) return;
  await queued(async () => {
    const changed = merge(await post(`${idPath(id)}/split`, { base: lineOf(id).line.version, at, start_ms }));
    tell("reset", id);
    const made = changed.lines.find((one) => one.line.id !== id);
    choose(made?.line.id ?? id, "text");
    say(t("said.split"));
  });
}

export async function join(id) {
  const at = state.lines.findIndex((one) => one.line.id === id);
  const other = state.lines[at + 1];
  if (!other) { say(t("said.no_next")); return; }
  if (!(await saveText(id)) || !(await saveText(other.line.id))) return;
  await queued(async () => {
    const [one, two] = [lineOf(id).line, lineOf(other.line.id).line];
    merge(await post(`${idPath(id)}/join`, { base: one.version, other: two.id, other_base: two.version }));
    tell("reset", id);
    choose(id, "row");
    say(t("said.joined"));
  });
}

export const undo = () => back("/undo", "said.undone");
export const redo = () => back("/redo", "said.redone");
async function back(path, words) {
  if (state.current && !(await saveText(state.current))) return undefined;
  return queued(async () => {
    let changed;
    try { changed = merge(await post(path)); } catch (error) {
      if (error.status === 400) { say(error.message); return undefined; }
      throw error;
    }
    for (const one of changed.lines) tell("reset", one.line.id);
    const id = changed.lines[0]?.line.id;
    if (id) choose(id, document.activeElement?.closest("#line-list") ? "row" : "");
    say(t(words, { what: translated(changed.entries.at(-1)?.text) }));
    return changed;
  });
}

export async function undoTo(number) {
  return queued(async () => {
    const changed = merge(await post("/undo", { to: number }));
    for (const one of changed.lines) tell("reset", one.line.id);
    return changed;
  });
}

export const run = queued;
export const lineHistory = (id) => get(`${idPath(id)}/history`);
