// Starts the page: what is where, which view is open, what happens on the server.

import { get, linkState, listen, onLink } from "./api.js";
import { $, say } from "./dom.js";
import { draftKeys, openDrafts, WHOLE } from "./drafts.js";
import { loadLines, redo, refresh, saveText, sendDrafts, tellError, undo } from "./edits.js";
import { lineActions, startEditor } from "./editor.js";
import { startHistory } from "./history.js";
import { showKeys, startKeys } from "./keys.js";
import { showLexicon } from "./lexicon.js";
import { renderList, rowOf, startList } from "./list.js";
import { chooseSound, frames, play, shuttle, startPlayer, stopHearing, now, toggleCaptions } from "./player.js";
import { questionActions, startQuestions } from "./questions.js";
import { recordLine, startRecord } from "./record.js";
import { startRender } from "./render.js";
import { showReplace } from "./replace.js";
import { saveScript, scriptIsOpen, startScript } from "./script.js";
import { setTheme, showSettings } from "./settings.js";
import { beside, choose, currentLine, items, on, shown, state, tell } from "./state.js";
import { startTable } from "./table.js";
import { loadTimeline, startTimeline, zoom, zoomAll } from "./timeline.js";
import { translated } from "./translate.js";
import { loadWords, t } from "./words.js";

const VIEWS = ["lines", "ask", "text", "record", "history", "render"];
let view = "";

const focusPlace = () => (document.activeElement?.id === "line-text" ? "text" : document.activeElement?.id === "timeline" ? "" : "row");

function go(step, passes = () => true) {
  const next = beside(step, passes);
  if (!next) { say(t(step > 0 ? "said.no_next" : "said.no_previous")); return; }
  choose(next.key, focusPlace());
}

/** A line is added in the gap at the playhead, or else in the next empty one. */
function addLine() {
  if (view !== "lines") location.hash = "#lines";
  const gaps = items().filter((one) => one.gap);
  const ms = now();
  const found = gaps.find((one) => one.gap.start_ms <= ms && ms < one.gap.end_ms) ?? gaps.find((one) => one.start_ms >= ms) ?? gaps[0];
  if (!found) { say(t("said.no_gap")); return; }
  if (!shown().some((one) => one.key === found.key)) {
    state.filter = "all"; state.search = "";
    $("filter").value = "all"; $("search").value = "";
    renderList();
  }
  choose(found.key, "text");
}

const found = (one) => one.view && (one.view.findings.length || one.view.doubts.length || one.view.fits === false);
const open = (one) => one.view && one.view.line.state !== "approved";
const actions = {
  ...lineActions, ...questionActions,
  save: () => (scriptIsOpen() ? saveScript() : lineActions.save()),
  undo, redo, replace: showReplace, say: showLexicon, shortcuts: showKeys, settings: showSettings, "record-line": recordLine, add: addLine,
  next: () => go(1), previous: () => go(-1), "next-open": () => go(1, open), "next-finding": () => go(1, found), "previous-finding": () => go(-1, found),
  play, back: shuttle.back, on: shuttle.on, stop: () => { stopHearing(); }, "frame-back": () => frames(-1), "frame-on": () => frames(1),
  "sound-film": () => chooseSound("film"), "sound-mix": () => chooseSound("mix"), "sound-narration": () => chooseSound("narration"), captions: toggleCaptions,
  "zoom-in": () => zoom(0.5), "zoom-out": () => zoom(2), "zoom-all": zoomAll,
  list: () => (rowOf(state.current) ?? $("line-list").querySelector("li:not([hidden]) .row"))?.focus(), timeline: () => $("timeline").focus(),
};

function showView(focus) {
  const [wanted, id] = location.hash.slice(1).split("/");
  if (wanted && !VIEWS.includes(wanted)) return; // a link to a place in the page
  const name = wanted || "lines";
  for (const one of VIEWS) $(`view-${one}`).hidden = one !== name;
  document.body.dataset.view = name;
  for (const link of document.querySelectorAll("#views a")) {
    if (link.dataset.view === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (name !== view) {
    view = name;
    tell("view", name);
    if (focus) $(`${name}-title`).focus();
  }
  document.title = `${t(`nav.${name}`)} – ${state.project.title} – audiodesc`;
  if (id && id !== state.current && items().some((one) => one.key === id)) choose(id, "");
}

function counts() {
  const n = (name) => state.lines.filter((one) => one.line.state === name).length;
  $("counts").textContent = t("top.counts", { approved: n("approved"), all: state.lines.length });
}

async function loadProject() {
  state.project = await get("/project");
  $("title").textContent = state.project.title;
  if (state.project.state === "failed") tellError(new Error(translated(state.project.fault)));
  tell("project");
  showState();
}

on("lines", counts);
/** The calm line: whether the server is there, what is going on, and whether what was typed is saved. */
function stateWords() {
  const waiting = draftKeys().filter((key) => key !== WHOLE && !key.startsWith("gap-")).length;
  if (linkState() === "session") return t("error.session");
  if (linkState()) return [t("top.lost"), waiting ? t("top.waiting", { n: waiting }) : ""].filter(Boolean).join(" ");
  if (open_edits) return t("top.saving");
  return state.project?.state === "opening" ? t("top.opening") : "";
}
function showState() {
  const words = stateWords();
  if ($("saving").textContent !== words) $("saving").textContent = words;
}
let open_edits = 0;
on("saving", (count) => { open_edits = count; showState(); });
on("draft", showState);

async function heard(name, data) {
  if (name === "change") {
    await loadLines();
    tell("changed", data);
  } else if (name === "job") {
    state.jobs.set(data.id, data);
    tell("job", data);
    if (data.state === "done" || data.state === "failed") { await loadProject(); if (data.kind !== "peaks") await loadTimeline(); refresh(0); }
  } else if (name === "ready") {
    await loadProject();
    await Promise.all([loadTimeline(), loadLines()]);
  } else if (name === "length") {
    if (state.lines.some((one) => one.line.text === data.text && one.length_ms !== data.length_ms)) refresh(600);
    tell("length", data);
  } else if (name === "question" || name === "conversations") {
    tell(name, data);
  } else if (name === "people") {
    $("people").textContent = data.count > 1 ? t("top.people", { n: data.count, names: data.names.join(", ") }) : "";
  }
}

/** What the server may have said meanwhile, then what was typed. */
async function catchUp() {
  const { id } = state.project;
  await loadProject();
  if (state.project.id !== id) { // another project is shown here now: what was typed waits for its own
    openDrafts(state.project.id);
    location.reload();
    return;
  }
  await Promise.all([loadLines(), loadTimeline()]);
  await sendDrafts();
  tell("changed", {});
  tell("conversations", {});
}

async function link(now) {
  showState();
  if (now) { say(stateWords()); return; }
  await catchUp();
  say(t("top.back"));
}

async function start() {
  setTheme();
  await loadWords();
  startList(); startEditor(); startPlayer(); startTimeline(); startTable(); startScript(); startHistory(); startRender(); startRecord();
  // Listening begins before loading, so that nothing that happens between the two is missed.
  let early = [];
  const hears = (name, data) => heard(name, data).catch(tellError);
  await listen((name, data) => (early ? early.push([name, data]) : hears(name, data)), () => (early ? early.push(["ready", {}]) : catchUp().catch(() => {})));
  await loadProject();
  openDrafts(state.project.id);
  await Promise.all([loadLines(), loadTimeline(), startQuestions()]);
  startKeys(actions);
  document.addEventListener("click", (event) => {
    const name = event.target.closest?.("[data-action]")?.dataset.action;
    if (name && actions[name]) actions[name]();
  });
  document.querySelector(".skip").addEventListener("click", (event) => { event.preventDefault(); location.hash = "#lines"; actions.list(); });
  showView(false);
  addEventListener("hashchange", () => showView(true));
  on("current", ({ key }) => { if (key) history.replaceState(null, "", `#${view}/${key}`); });
  addEventListener("pagehide", () => { const one = currentLine(); if (one) saveText(one.line.id); });
  onLink((now) => link(now).catch(() => {}));
  for (const [name, data] of early) hears(name, data);
  early = null;
  document.body.dataset.ready = "yes";
  await sendDrafts();
}

start().catch(tellError);
