// Candidates of a line or an empty gap: what describers offer, asking for more, and taking one.

import { get, idPath, post } from "./api.js";
import { $, button, fill, h, say } from "./dom.js";
import { loadLines, merge, run, saveText, tellError } from "./edits.js";
import { fitWords } from "./list.js";
import { choose, gapOf, lineOf, on, state, tell } from "./state.js";
import { translated } from "./translate.js";
import { seconds, t } from "./words.js";

let use = () => {};
let taking = false;
let newest = 0; // the number of the last question that an event told of

const path = (key) => (lineOf(key) ? idPath(key) : "/lines/new");
const at = (key) => gapOf(key)?.start_ms;

/** The part of the editor; `edit(text)` puts a text into its field, to be changed there. */
export function candidatesPart(edit) {
  use = edit;
  return h("details", { id: "candidates", ontoggle: (event) => event.target.open && load() },
    h("summary", {}),
    h("div", { class: "bar" },
      ...["ask-another", "ask-shorter"].map((name) => h("button", { type: "button", "data-action": name }, t(`act.${name}`))),
      h("button", { type: "button", id: "ask-hint", "data-action": "ask-hint", "aria-expanded": "false", "aria-controls": "hint-form" }, t("act.ask-hint"))),
    h("form", { id: "hint-form", class: "bar", hidden: true, onsubmit: (event) => { event.preventDefault(); askWithHint(); } },
      h("label", { for: "hint" }, t("ask.hint")),
      h("input", { id: "hint", class: "wide", maxLength: 200, autocomplete: "off" }),
      h("label", {}, h("input", { id: "look-again", type: "checkbox" }), " ", t("ask.look_again")),
      h("button", { type: "submit", class: "main" }, t("ask.ask"))),
    h("p", { id: "asking", role: "status" }),
    h("div", { id: "offered" }));
}

/** Show which line or gap it is about. */
export function showCandidates(isLine) {
  $("candidates").firstElementChild.textContent = t(isLine ? "edit.candidates" : "ask.gap");
}

/** Close it: another line is chosen. */
export function closeCandidates() {
  $("candidates").open = false;
  showHint(false);
  $("asking").textContent = "";
  fill($("offered"));
}

function showHint(is) {
  $("hint-form").hidden = !is;
  $("ask-hint").setAttribute("aria-expanded", String(is));
}

function status(question) {
  const words = !question || question.state === "dropped" ? ""
    : question.state === "failed" ? t("ask.failed", { why: translated(question.fault) })
    : question.state === "done" ? (question.found ? t("ask.found", { n: question.found }) : t("ask.nothing"))
    : t("ask.asking", { what: t(`ask.stage.${question.stage || "load"}`) });
  if ($("asking").textContent !== words) $("asking").textContent = words;
}

async function load() {
  const key = state.current;
  try {
    const found = await get(`${path(key)}/candidates${at(key) === undefined ? "" : `?start_ms=${at(key)}`}`);
    if (key !== state.current || !$("candidates")) return;
    fill($("offered"), found.facts ? h("p", { class: "quiet" }, t("edit.facts", { facts: found.facts })) : null,
      h("ol", { class: "plain" }, found.candidates.map((one) => shown(key, one))));
    if (found.question && ["waiting", "running"].includes(found.question.state)) status(found.question);
  } catch (error) {
    if (key !== state.current) return;
    refused(error);
  }
}

/** Of a line without room, or a film that is still opened: said where one reads. */
function refused(error) {
  if ([400, 503].includes(error.status)) $("asking").textContent = error.message; else tellError(error);
}

/** What is typed is saved as its field loses the focus, and that moves what is below: the button would be gone before the
 * mouse is up. */
const keepsFocus = (event) => event.preventDefault();

function shown(key, one) {
  const long = t("list.of", { a: seconds(one.length_ms ?? one.usual_ms), b: seconds(one.room_ms) });
  const fit = fitWords(one.length_ms, one.room_ms, one.fits, one.rate) || translated(one.reason);
  return h("li", {},
    button(one.text, () => use(one.text), { class: "candidate", lang: state.project?.language ?? "", onmousedown: keepsFocus }), " ",
    h("span", { class: "quiet" }, `${long}${fit ? `, ${fit}` : ""}`), " ",
    lineOf(key)?.line.locked ? null : button(t("act.take"), () => take(key, one.text), { "aria-label": t("ask.take_it", { text: one.text }), onmousedown: keepsFocus }),
    one.findings.length + one.doubts.length ? h("ul", { class: "of-candidate" },
      one.findings.map((finding) => h("li", { class: finding.severity }, `${t(`severity.${finding.severity}`)}: ${translated(finding.message)} – ${translated(finding.advice)}`)),
      one.doubts.map((doubt) => h("li", { class: "warning" }, `${t("edit.doubt")}: ${translated(doubt)}`))) : null);
}

async function ask(wanted) {
  const key = state.current;
  if (!lineOf(key) && !gapOf(key)) return;
  $("candidates").open = true;
  try {
    const question = await post(`${path(key)}/candidates`, { ...wanted, start_ms: at(key) });
    if (key === state.current && question.number > newest) status(question);
  } catch (error) {
    if (key === state.current) refused(error); else tellError(error);
  }
}

function askWithHint() {
  const hint = $("hint").value.trim();
  if (!hint) { $("hint").focus(); return; }
  ask({ hint, look_again: $("look-again").checked });
}

/** Have the line say it as it is; what is typed there is saved before, so that undo has it. */
async function take(key, text) {
  if (taking) return;
  taking = true;
  try {
    if (!(await saveText(key))) return;
    const isLine = Boolean(lineOf(key));
    const changed = await run(async () => merge(await post(`${path(key)}/take`, { text, base: lineOf(key)?.line.version, start_ms: at(key) })));
    if (!changed) return;
    if (!isLine) await loadLines();
    tell("reset", key);
    choose(isLine ? key : changed.lines[0].line.id, "text");
    closeCandidates();
    say(t("said.taken"));
  } finally { taking = false; }
}

/** What the keys and buttons do. */
export const candidateActions = {
  "ask-another": () => ask({}),
  "describe-gap": () => ask({}),
  "ask-shorter": () => ask({ shorter: true }),
  "ask-hint": () => {
    if (!state.current) return;
    const opens = $("hint-form").hidden || !$("candidates").open;
    $("candidates").open = true;
    showHint(opens);
    (opens ? $("hint") : $("ask-hint")).focus();
  },
  candidates: () => { if (state.current) { $("candidates").open = true; $("candidates").firstElementChild.focus(); } },
};

export function startCandidates() {
  on("question", (question) => {
    newest = Math.max(newest, question.number);
    if (question.line !== state.current || !$("candidates")) return;
    status(question);
    if (question.state === "done" && $("candidates").open) load();
  });
}
