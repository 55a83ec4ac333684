// Questions about the film: asked about a moment or a line, answered while one waits, kept in conversations.

import { address, del, get, post } from "./api.js";
import { turnEntry } from "./answered.js";
import { $, ask as dialog, button, fill, h, say } from "./dom.js";
import { tellError } from "./edits.js";
import { now } from "./player.js";
import { gapOf, lineOf, on, state } from "./state.js";
import { clock } from "./times.js";
import { translated } from "./translate.js";
import { moment, t } from "./words.js";

const LONGEST = 2000; // characters of a question
const AGAIN_MS = 1000;
const SHOWN = 60; // of a line that a question is about

let heads = [];
let open = null; // the conversation that is shown, null for a new one
let seen = 0; // how many turns it had when it was shown
let listed = ""; // what is listed that a question can be about
let isEnding = false; // an answer is being put into its conversation
let asked = null; // the question that is being answered: {number, text, conversation, source}

const isOpen = () => !$("view-ask").hidden;
const kept = (name) => `audiodesc-${name}:${state.project.id}`;
/** What is typed outlives a reload and the server; which conversation and question are open is a matter of the tab. */
const draft = { get: () => localStorage.getItem(kept("question")) ?? "", set: (text) => localStorage.setItem(kept("question"), text) };
const tab = (name, value) => (value === null ? sessionStorage.removeItem(kept(name)) : sessionStorage.setItem(kept(name), value));

function build() {
  const option = (value) => h("option", { value }, t(`question.detail.${value}`));
  fill($("view-ask").querySelector(".place"),
    h("div", { class: "bar" },
      h("label", {}, h("span", {}, t("question.conversation")), " ", h("select", { id: "conversation", onchange: (event) => choose(Number(event.target.value) || null) })),
      h("span", { id: "conversation-acts", class: "bar", hidden: true },
        h("a", { id: "as-markdown", download: "" }, t("question.markdown")), h("a", { id: "as-json", download: "" }, t("question.json")),
        button(t("question.delete"), remove, { id: "delete-conversation" }))),
    h("div", { id: "conversation-log", role: "log", "aria-live": "off", "aria-label": t("question.log"), tabIndex: 0 },
      h("p", { id: "no-turns", class: "quiet" }, t("question.none")), h("ol", { class: "plain turns" }),
      h("div", { id: "answer-now", hidden: true }, h("h3", { lang: "" }), h("p", { class: "answer", lang: "" }))),
    h("form", { id: "question-form", onsubmit: (event) => { event.preventDefault(); send(); } },
      h("label", { for: "question" }, t("question.label")),
      h("textarea", { id: "question", rows: 2, maxLength: LONGEST, "aria-describedby": "question-how", onkeydown: typedKey, oninput: (event) => draft.set(event.target.value) }),
      h("p", { id: "question-how", class: "quiet" }, t("question.how")),
      h("div", { class: "bar" },
        h("label", {}, h("span", {}, t("question.about")), " ", h("select", { id: "question-about" })),
        h("label", {}, h("span", {}, t("question.length")), " ", h("select", { id: "question-detail" }, ["short", "normal", "detail"].map(option))),
        h("label", {}, h("input", { type: "checkbox", id: "question-spoilers" }), " ", h("span", {}, t("question.spoilers"))),
        h("button", { type: "submit", class: "main" }, t("ask.ask")),
        button(t("question.stop"), stop, { id: "question-stop", hidden: true })),
      h("p", { id: "question-state", role: "status" })));
  $("question-detail").value = "normal";
  $("question").value = draft.get();
}

function typedKey(event) {
  if (event.key !== "Enter" || event.shiftKey || event.altKey || event.isComposing) return;
  event.preventDefault();
  send();
}

const status = (words) => { if ($("question-state").textContent !== words) $("question-state").textContent = words; };

/** What a question can be about: as long as it can be, what was chosen stays. */
function showAbout(wanted = $("question-about").value) {
  const line = lineOf(state.current)?.line;
  const gap = gapOf(state.current);
  const text = line ? (line.text.length > SHOWN ? `${line.text.slice(0, SHOWN)}…` : line.text) : "";
  const options = [["here", t("question.here")],
    line ? ["line", t("question.line", { text })] : gap ? ["line", t("question.gap", { at: clock(gap.start_ms) })] : null,
    ["", open === null ? t("question.find") : t("question.same")]].filter(Boolean);
  const now = JSON.stringify(options);
  if (now !== listed) fill($("question-about"), options.map(([value, words]) => h("option", { value }, words)));
  listed = now;
  $("question-about").value = options.some(([value]) => value === wanted) ? wanted : "here";
}

/** The time or span of what is chosen. */
function place() {
  const end = state.project.duration_ms;
  const at = (ms) => ({ at_ms: Math.round(Math.max(0, Math.min(ms, end - 1))) });
  const what = $("question-about").value;
  const one = lineOf(state.current)?.line ?? gapOf(state.current);
  if (what === "line" && one) return one.end_ms > one.start_ms ? { start_ms: one.start_ms, end_ms: one.end_ms } : at(one.start_ms);
  return what === "here" ? at(now()) : {};
}

async function send() {
  const field = $("question");
  const text = field.value.trim();
  if (!text) { field.focus(); return; }
  if (asked) { say(t("question.wait")); return; }
  asked = { number: 0, text, conversation: open };
  try {
    const wanted = { text, conversation: open, ...place(), detail: $("question-detail").value, spoilers: $("question-spoilers").checked };
    follow(await post("/questions", wanted));
    field.value = "";
    draft.set("");
  } catch (error) {
    asked = null;
    if ([400, 404, 409, 422, 503].includes(error.status)) status(error.message); else tellError(error);
  }
}

/** Show the answer while it is written. */
function follow(question) {
  const source = new EventSource(address(`/questions/${question.number}/stream`));
  asked = { number: question.number, text: question.question, conversation: question.conversation, source };
  tab("asked", JSON.stringify({ number: question.number, text: question.question }));
  const hear = (event) => show(JSON.parse(event.data));
  for (const name of ["text", "answer", "failed", "stopped"]) source.addEventListener(name, hear);
  source.onerror = () => { if (source.readyState === EventSource.CLOSED) setTimeout(() => again(source), AGAIN_MS); }; // not of a page that is left
  show(question);
}

/** The stream is broken for good: ask whether the server still knows the question. */
async function again(source) {
  if (asked?.source !== source) return;
  try { follow(await get(`/questions/${asked.number}`)); } catch (error) {
    if (error.status === 0) setTimeout(() => again(source), AGAIN_MS);
    else over(t("question.lost"), true);
  }
}

function show(question) {
  if (question.number !== asked?.number) return;
  const place = $("answer-now");
  if (!["waiting", "running"].includes(question.state)) { end(question).catch(tellError); return; }
  place.firstElementChild.textContent = question.question;
  place.lastElementChild.textContent = question.text;
  showWriting();
  $("question-stop").hidden = false;
  status(question.state === "waiting" ? t("question.waiting") : t("ask.asking", { what: t(`ask.stage.${question.stage || "load"}`) }));
  toEnd();
}

/** What is being written stands in its own conversation alone. */
function showWriting() {
  $("answer-now").hidden = !asked?.number || asked.conversation !== open;
  $("no-turns").hidden = open !== null || !$("answer-now").hidden;
}

async function end(question) {
  if (question.state === "done") {
    const mine = asked.conversation === open;
    over(question.unasked ? t("question.unasked", { why: translated(question.unasked) }) : "", false);
    isEnding = true;
    try { if (mine) await choose(question.conversation, false); } finally { isEnding = false; }
    await changed();
    if (isOpen() && mine) say(question.turn.answer, "");
    else say(t("question.ready"));
  } else over(question.state === "failed" ? t("question.failed", { why: translated(question.fault) }) : t("question.stopped"), true);
}

function restore(text) {
  if ($("question").value) return;
  $("question").value = text;
  draft.set(text);
}

/** Nothing is asked any more; a question without an answer stands in its field again. */
function over(words, isUnanswered) {
  const { text, source } = asked;
  source.close();
  asked = null;
  tab("asked", null);
  if (document.activeElement === $("question-stop")) $("question").focus();
  $("question-stop").hidden = true;
  if (isUnanswered) restore(text);
  showWriting();
  status(words);
}

async function stop() {
  if (!asked?.number) return;
  try { show(await del(`/questions/${asked.number}`)); } catch (error) { tellError(error); }
  $("question").focus();
}

/** Show a conversation, null for a new one; `anew` where another one is chosen. */
async function choose(number, anew = true) {
  const found = number === null ? null : await get(`/conversations/${number}`).catch((error) => { if (error.status !== 404) tellError(error); return null; });
  const list = $("view-ask").querySelector(".turns");
  if (!found || found.number !== open) fill(list);
  list.append(...(found?.turns ?? []).slice(list.children.length).map(turnEntry)); // what one reads there stays
  open = found?.number ?? null;
  seen = found?.turns.length ?? 0;
  tab("conversation", open);
  showWriting();
  showHeads();
  showAbout(open === null ? "here" : "");
  if (anew && !asked) status("");
  toEnd();
}

const toEnd = () => { $("conversation-log").scrollTop = $("conversation-log").scrollHeight; };

function showHeads() {
  const title = (head) => t("question.head", { title: head.title, n: head.turns, when: moment(head.changed) });
  fill($("conversation"), h("option", { value: "" }, t("question.new")), heads.map((head) => h("option", { value: String(head.number), lang: "" }, title(head))));
  $("conversation").value = open === null ? "" : String(open);
  $("conversation-acts").hidden = open === null;
  for (const form of ["markdown", "json"]) $(`as-${form}`).href = open === null ? "" : address(`/conversations/${open}/as/${form}`);
}

async function loadHeads() {
  heads = (await get("/conversations")).conversations;
  showHeads();
}

/** Somebody asked, or deleted, here or elsewhere. */
async function changed() {
  await loadHeads();
  if (open === null || isEnding || asked?.conversation === open) return;
  const after = heads.find((head) => head.number === open);
  if (after?.turns === seen) return;
  await choose(after ? open : null, false);
  seen = after?.turns ?? 0;
  if (isOpen()) say(after ? t("question.more") : t("question.gone"));
}

async function remove() {
  const head = heads.find((one) => one.number === open);
  const sure = await dialog(t("question.delete"), t("act.close"), (body, close) => body.append(
    h("p", {}, t("question.sure", { n: head?.turns ?? 0 })), h("p", { class: "quote", lang: "" }, head?.title ?? ""),
    h("p", { class: "bar" }, button(t("question.delete"), () => close(true), { class: "main" }), button(t("question.keep"), () => close(false)))));
  if (!sure) return;
  try {
    heads = (await del(`/conversations/${open}`)).conversations;
    await choose(null);
    $("question").focus();
    say(t("question.gone"));
  } catch (error) { tellError(error); }
}

/** What keys and buttons do: to the question, about what is chosen or the playhead. */
export const questionActions = {
  "ask-film": () => go(document.activeElement?.closest?.("#line-list") ? "line" : isOpen() ? undefined : "here"),
  "ask-here": () => go("here"),
  "ask-line": () => go("line"),
  "ask-gap": () => go("line"),
};
function go(about) {
  if (isOpen()) $("question").focus();
  else {
    addEventListener("hashchange", () => setTimeout(() => $("question").focus()), { once: true });
    location.hash = "#ask";
  }
  showAbout(about);
}

export async function startQuestions() {
  build();
  on("current", () => showAbout());
  on("lines", () => showAbout());
  on("conversations", () => changed().catch(tellError));
  on("view", (name) => { if (name === "ask") { showAbout(); toEnd(); } });
  $("view-ask").addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !asked) return;
    event.preventDefault();
    stop();
  });
  await loadHeads();
  await choose(Number(sessionStorage.getItem(kept("conversation"))) || null);
  const before = sessionStorage.getItem(kept("asked"));
  if (before) await resume(JSON.parse(before));
}

/** A question that was asked before the page was loaded again. */
async function resume({ number, text }) {
  let question;
  try { question = await get(`/questions/${number}`); } catch { // of a server that is no more
    tab("asked", null);
    const last = [...document.querySelectorAll(".turns h3")].at(-1);
    if (last?.textContent === text) return; // it was answered before
    restore(text);
    status(t("question.lost"));
    return;
  }
  if (question.conversation !== open) await choose(question.conversation);
  follow(question);
}
