// The editor of one line: it opens under the chosen row, and follows when another is chosen.

import { linkState } from "./api.js";
import { candidateActions, candidatesPart, closeCandidates, showCandidates, startCandidates } from "./candidates.js";
import { $, button, fill, h, say } from "./dom.js";
import { draftOf, dropDraft, noteKey, setDraft } from "./drafts.js";
import { add, approve, edit, join, lineHistory, remove, saveNote, saveText, split, tellError } from "./edits.js";
import { fitWords, placeOf, rowOf } from "./list.js";
import { measure, wordsLeft } from "./measure.js";
import { fillVoices, voiceSelect } from "./voices.js";
import { hear, now, stopHearing } from "./player.js";
import { choose, currentLine, gapOf, lineOf, on, state, tell } from "./state.js";
import { clock, parseClock, words } from "./times.js";
import { translated } from "./translate.js";
import { moment, seconds, t } from "./words.js";

let box = null;
let shownKey = "";
let idle = 0;
const lengths = new Map(); // voice and text → measured answer

const text = () => box.querySelector("#line-text"); // also while the editor is closed: answers come later
const act = (name, props = {}) => h("button", { type: "button", "data-action": name, ...props }, t(`act.${name}`));

/** Where the text of a line is written: another element for each line, so that a screen reader reads it as such. Its
 *  description says how much room there is, and stays while one types. */
const field = () => h("textarea", { id: "line-text", rows: 2, spellcheck: true, oninput: typed, onblur: () => leave() });

function build() {
  box = h("div", { id: "editor", role: "group" },
    h("label", { for: "line-text", id: "text-label" }),
    field(),
    h("p", { class: "measures" }, h("span", { id: "left" }), " ", h("span", { id: "fit" })),
    h("p", { id: "meanwhile", class: "warn", hidden: true }),
    h("div", { class: "bar", id: "main-acts" },
      act("approve", { class: "main" }), act("hear"), act("loop", { "aria-pressed": "false", id: "loop" }), act("save"), act("split"), act("join"),
      act("lock", { "aria-pressed": "false", id: "lock" }), act("record-line"), act("ask-line"), act("delete")),
    h("div", { class: "bar", id: "gap-acts", hidden: true }, act("add-here", { class: "main" }), act("hear"), act("describe-gap"), act("ask-gap")),
    h("div", { class: "bar", id: "times" },
      h("label", {}, h("span", {}, t("edit.start")), " ", h("input", { id: "start", size: 9, autocomplete: "off", onchange: (event) => typedStart(event.target) })),
      act("earlier"), act("later"), act("frame-earlier"), act("frame-later"), act("start-here")),
    h("p", { class: "bar of-line" }, h("label", { for: "voice" }, t("edit.voice")), " ",
      voiceSelect(changeVoice)),
    h("label", { for: "note", class: "of-line" }, t("edit.note")),
    h("input", { id: "note", class: "of-line wide", autocomplete: "off", maxLength: 2000, oninput: typedNote, onchange: () => saveNote(shownKey) }),
    h("ul", { id: "problems" }),
    candidatesPart(use),
    h("details", { id: "line-history", class: "of-line", ontoggle: (event) => event.target.open && loadHistory() },
      h("summary", {}, t("edit.history")), h("div", {})),
    h("p", { id: "about", class: "quiet of-line" }));
  return box;
}

/** Show what is known of the chosen line; what is being typed stays. */
function show() {
  const view = lineOf(shownKey);
  const gap = gapOf(shownKey);
  const isLine = Boolean(view);
  const at = view?.line.start_ms ?? gap?.start_ms ?? 0;
  const draft = draftOf(shownKey);
  const wanted = draft?.text ?? view?.line.text ?? "";
  if (text().value !== wanted) text().value = wanted;
  text().lang = state.project?.language ?? "";
  text().readOnly = Boolean(view?.line.locked);
  $("text-label").textContent = isLine ? t("edit.text", { at: clock(at) }) : t("edit.gap_text", { at: clock(at) });
  box.setAttribute("aria-label", isLine ? t("edit.label", { at: clock(at) }) : t("edit.gap_label", { at: clock(at) }));
  for (const one of box.querySelectorAll(".of-line")) one.hidden = !isLine;
  $("main-acts").hidden = $("times").hidden = !isLine;
  $("gap-acts").hidden = isLine;
  $("lock").setAttribute("aria-pressed", String(Boolean(view?.line.locked)));
  box.querySelector("[data-action=record-line]").hidden = !state.project?.recordings;
  if (document.activeElement !== $("start")) $("start").value = clock(at, 3);
  fillVoices(shownKey, view?.line.voice ?? "");
  if (document.activeElement !== $("note")) $("note").value = draftOf(noteKey(shownKey))?.text ?? view?.line.note ?? "";
  $("meanwhile").hidden = !(draft && view && view.line.version > draft.base && draft.text !== view.line.text);
  $("meanwhile").textContent = t("edit.meanwhile", { text: view?.line.text ?? "" });
  fill($("problems"), [
    ...(view?.findings ?? []).map((one) => h("li", { class: one.severity }, `${t(`severity.${one.severity}`)}: ${translated(one.message)} – ${translated(one.advice)}`)),
    ...(view?.doubts ?? []).map((one) => h("li", { class: "warning" }, `${t("edit.doubt")}: ${translated(one.message)}`)),
    ...(view?.line.reason && !view.line.is_touched ? [h("li", { class: "warning" }, t("edit.left_out", { why: translated(view.line.reason) }))] : [])]);
  showCandidates(isLine);
  $("about").textContent = view ? t("edit.about", { state: t(`state.${view.line.state}`), author: view.line.author === "human" ? t("edit.person") : view.line.author }) : "";
  count();
}

function room() {
  const view = lineOf(shownKey);
  const gap = gapOf(shownKey);
  return view ? view.room_ms : gap ? gap.end_ms - gap.start_ms : null;
}

function count() {
  const view = lineOf(shownKey);
  const typedText = text().value;
  const left = wordsLeft(typedText, view, room());
  const n = words(typedText);
  $("left").textContent = left === null ? t("edit.words", { n })
    : left < 0 ? `${t("edit.words", { n })}, ${t("edit.over", { n: -left })}` : `${t("edit.words", { n })}, ${t("edit.left", { n: left })}`;
  const known = lengths.get(spoken(typedText.trim()));
  if (known) showFit(known);
  else if (view && typedText === view.line.text) showFit(view);
  else showFit(null);
}

function showFit(answer) {
  const words = answer ? fitWords(answer.length_ms, answer.room_ms ?? room(), answer.fits, answer.rate) || translated(answer.fault || answer.reason) || "" : "";
  const place = $("fit");
  if (place.textContent !== words) place.textContent = words;
  place.className = answer?.fits === false ? "bad" : "good";
}

function typed() {
  const view = lineOf(shownKey);
  if (view && text().value === view.line.text) dropDraft(shownKey);
  else setDraft(shownKey, text().value, view?.line.version ?? 0);
  tell("draft", shownKey);
  $("fit").textContent = "";
  count();
  ask();
  clearTimeout(idle);
  const key = shownKey;
  idle = setTimeout(() => { if (lineOf(key)) saveText(key); }, 4000);
}

function typedNote(event) {
  setDraft(noteKey(shownKey), event.target.value, 0);
  tell("draft", shownKey);
}

function ask() {
  const key = shownKey;
  const value = text().value.trim();
  const said = spoken(value);
  const view = lineOf(key);
  measure(view ? key : "", value, view?.line.start_ms ?? gapOf(key)?.start_ms ?? null, (answer) => {
    if (!answer.fault) {
      if (lengths.size > 300) lengths.clear();
      lengths.set(said, answer);
    }
    if (!box.isConnected || key !== shownKey || text().value.trim() !== value) return;
    showFit(answer);
    if ($("fit").textContent) say($("fit").textContent);
  });
}

/** A text with the voice that speaks it: the same words take their time by the voice. */
const spoken = (words) => `${lineOf(shownKey)?.line.voice ?? ""}\n${words}`;

async function changeVoice(key, voice) {
  if (await edit(key, { voice })) say(voice ? t("said.voice", { voice }) : t("said.film_voice"));
  if (key === shownKey) ask();
}

function leave() {
  clearTimeout(idle);
  const key = shownKey;
  if (lineOf(key) && !document.querySelector("dialog[open]")) saveText(key).then(() => tell("draft", key));
}

async function typedStart(field) {
  const start_ms = parseClock(field.value);
  if (start_ms === null) {
    field.setAttribute("aria-invalid", "true");
    say(t("edit.no_time"));
    return;
  }
  field.removeAttribute("aria-invalid");
  await move({ to: start_ms });
}

/** Move the chosen line by some ms or to a time. */
export async function move({ by = 0, to = null, key = shownKey }) {
  const changed = await edit(key, ({ line }) => {
    const start_ms = Math.max(0, Math.round(to ?? line.start_ms + by));
    return start_ms === line.start_ms ? null : { start_ms };
  });
  const after = changed?.lines?.find((one) => one.line.id === key);
  if (after) say(t("said.moved", { at: clock(after.line.start_ms, 2), fit: fitWords(after.length_ms, after.room_ms, after.fits, after.rate) }));
}

function use(words) {
  text().value = words;
  typed();
  text().focus();
}

async function loadHistory() {
  try {
    const { entries } = await lineHistory(shownKey);
    if (!box.isConnected) return;
    fill($("line-history").lastElementChild, h("ol", { class: "plain" }, entries.toReversed().map((one) =>
      h("li", {}, `${moment(one.at)}, ${one.author}: ${translated(one.text)} `,
        one.before && one.before.text !== text().value ? button(t("edit.use_before"), () => use(one.before.text)) : null))));
  } catch (error) { tellError(error); }
}

async function addHere() {
  const gap = gapOf(shownKey);
  if (!gap || !text().value.trim()) { say(t("edit.no_words")); text().focus(); return; }
  const key = shownKey;
  const made = await add(text().value.trim(), gap.start_ms);
  if (!made) return;
  dropDraft(key);
  choose(made, "text");
  say(t("said.added"));
}

/** What the keys and buttons of a line do. */
export const lineActions = {
  approve: () => approve(state.current),
  hear: () => { const sound = wanted(); if (sound) hear(sound); },
  loop: () => { const sound = wanted(); if (sound) hear({ ...sound, loop: true }); },
  save: async () => {
    if (!lineOf(shownKey)) return;
    if (await saveText(shownKey)) { tell("draft", shownKey); say(t("said.saved")); } else if (linkState()) say(t("top.lost"));
  },
  split: () => { if (currentLine()) split(state.current, splitAt()); },
  join: () => { if (currentLine()) join(state.current); },
  lock: async () => {
    const view = currentLine();
    if (view && await saveText(state.current) && await edit(state.current, ({ line }) => ({ locked: !line.locked }))) say(t(currentLine()?.line.locked ? "said.locked" : "said.unlocked"));
  },
  delete: () => remove(state.current),
  "add-here": addHere,
  earlier: () => move({ by: -100 }),
  later: () => move({ by: 100 }),
  "frame-earlier": () => move({ by: -1000 / (state.project?.fps || 25) }),
  "frame-later": () => move({ by: 1000 / (state.project?.fps || 25) }),
  "start-here": () => move({ to: now() }),
  edit: () => { if (!state.current) return; text().focus(); },
  note: () => { if (currentLine()) $("note").focus(); },
  ...candidateActions,
};

function wanted() {
  const view = currentLine();
  if (!view) return null;
  return { id: state.current, text: text().value.trim() || view.line.text, start_ms: view.line.start_ms, version: view.line.version };
}

/** Where to split: at the cursor or, where that says nothing, behind the sentence in the middle. */
function splitAt() {
  const value = text().value;
  const at = text().selectionStart;
  if (document.activeElement !== document.body && at > 0 && at < value.length) return at;
  const ends = [...value.matchAll(/[.!?…]\s+/g)].map((one) => one.index + one[0].length);
  const spaces = [...value.matchAll(/\s+/g)].map((one) => one.index + one[0].length);
  const near = (all) => all.reduce((best, one) => (Math.abs(one - value.length / 2) < Math.abs(best - value.length / 2) ? one : best), all[0]);
  return near(ends.length ? ends : spaces) ?? value.length;
}

function close() {
  box.parentNode?.classList.remove("open");
  box.remove();
}

/** Open under a row. */
function put(place) {
  if (box.parentNode === place) return;
  box.parentNode?.classList.remove("open");
  place.append(box);
  place.classList.add("open");
}

export function startEditor() {
  build();
  startCandidates();
  on("park", close);
  on("current", ({ key, before, focus }) => {
    if (before && before !== key && lineOf(before)) saveText(before);
    if (before !== key) stopHearing();
    rowOf(before)?.setAttribute("aria-expanded", "false");
    shownKey = key;
    const place = placeOf(key);
    if (!place) { close(); return; }
    put(place);
    if (before !== key) text().replaceWith(field());
    rowOf(key)?.setAttribute("aria-expanded", "true");
    box.querySelector("#line-history").open = false;
    if (before !== key) closeCandidates();
    show();
    text().setAttribute("aria-description", $("left").textContent);
    if (focus === "text") text().focus({ preventScroll: true });
    const large = matchMedia("(min-width: 64em)").matches;
    if (focus) place.scrollIntoView({ block: large ? "nearest" : "start" });
  });
  on("lines", () => {
    const place = placeOf(shownKey);
    if (!place) { if (box.isConnected && !box.contains(document.activeElement)) close(); return; }
    if (box.parentNode !== place) { put(place); rowOf(shownKey).setAttribute("aria-expanded", "true"); }
    show();
  });
  on("reset", (key) => { if (key === shownKey && box.isConnected) show(); });
}
