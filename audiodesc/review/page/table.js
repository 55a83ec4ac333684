// What the timeline draws, as a table: a hundred rows at a time around the playhead.

import { $, button, fill, h } from "./dom.js";
import { now, seek } from "./player.js";
import { choose, on, state } from "./state.js";
import { clock } from "./times.js";
import { seconds, t } from "./words.js";

const ROWS = 100;
const KINDS = ["line", "dialogue", "voice", "gap", "cut"];
let first = 0;
let kind = "all";

function rows() {
  const film = state.timeline ?? { dialogue: [], voices: [], cuts: [] };
  const made = [
    ...state.lines.map((one) => ({ kind: "line", start: one.line.start_ms, end: one.line.start_ms + (one.length_ms ?? one.usual_ms), text: one.line.text, language: state.project?.language, state: one.line.state, id: one.line.id })),
    ...film.dialogue.map((one) => ({ kind: "dialogue", start: one.start_ms, end: one.end_ms, text: one.speaker ? `${one.speaker}: ${one.text}` : one.text, language: state.project?.film_language || "und" })),
    ...film.voices.map((one) => ({ kind: "voice", start: one.start_ms, end: one.end_ms, text: "" })),
    ...state.gaps.map((one) => ({ kind: "gap", start: one.start_ms, end: one.end_ms, text: one.line_ids.length ? "" : t("table.empty") })),
    ...film.cuts.map((ms) => ({ kind: "cut", start: ms, end: ms, text: "" })),
  ];
  return made.filter((one) => kind === "all" || one.kind === kind).sort((a, b) => a.start - b.start);
}

function go(one) {
  if (one.id) choose(one.id, "");
  seek(one.start);
}

function render() {
  const all = rows();
  first = Math.min(Math.max(0, first), Math.max(0, all.length - 1));
  const part = all.slice(first, first + ROWS);
  const page = (to) => { first = to; render(); $("table-said").focus(); };
  fill($("table-place"),
    h("p", { class: "bar" }, h("label", {}, h("span", {}, t("table.kind")), " ", h("select", { id: "table-kind", onchange: (event) => { kind = event.target.value; first = 0; render(); $("table-kind").focus(); } },
      ["all", ...KINDS].map((one) => h("option", { value: one, selected: one === kind }, t(`table.${one}`))))),
    button(t("table.here"), () => { first = Math.max(0, all.findIndex((one) => one.end >= now())); page(first); }),
    first ? button(t("table.before"), () => page(first - ROWS)) : null,
    first + ROWS < all.length ? button(t("table.after"), () => page(first + ROWS)) : null),
    h("p", { id: "table-said", tabIndex: -1 }, t("table.shows", { from: all.length ? first + 1 : 0, to: first + part.length, n: all.length })),
    h("div", { class: "wide-table", tabIndex: 0, role: "region", "aria-label": t("timeline.table") }, h("table", {},
      h("thead", {}, h("tr", {}, ["start", "length", "what", "text"].map((one) => h("th", { scope: "col" }, t(`table.${one}`))))),
      h("tbody", {}, part.map((one) => h("tr", {}, h("td", {}, button(clock(one.start), () => go(one), { class: "link" })), h("td", {}, one.kind === "cut" ? "" : t("edit.seconds", { s: seconds(one.end - one.start) })),
        h("td", {}, t(`table.${one.kind}`)), h("td", {}, h("span", { lang: one.language || null }, one.text), one.state ? ` (${t(`state.${one.state}`)})` : "")))))));
}

export function startTable() {
  const part = $("table-part");
  part.ontoggle = () => { if (part.open) render(); else fill($("table-place")); };
  on("lines", () => { if (part.open && !$("table-place").contains(document.activeElement)) render(); });
}
