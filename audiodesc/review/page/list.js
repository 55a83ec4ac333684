// The list: lines and empty gaps in order. A row is a button; the editor opens under the chosen one.
// Rows are made in small portions and drawn only when they are in sight, so that 800 of them are as quick as eight.

import { $, fill, h, sign } from "./dom.js";
import { draftOf } from "./drafts.js";
import { FILTERS, choose, items, shown, state, tell, on } from "./state.js";
import { clock } from "./times.js";
import { translated } from "./translate.js";
import { seconds, t } from "./words.js";

const FIRST = 50;
const PORTION = 50;
const MARKS = { draft: "○", edited: "◐", approved: "●" };
const rows = new Map(); // key → {li, row, stamp}
let turn = 0;

/** How the text of a line fits, in words: "fits, 0.4 s left". */
export function fitWords(length_ms, room_ms, fits, rate) {
  if (fits === null || fits === undefined || room_ms === null || length_ms === null) return "";
  if (!fits) return t("fit.long", { s: seconds(length_ms - room_ms) });
  if (rate && rate > 1) return t("fit.faster", { rate: new Intl.NumberFormat(document.documentElement.lang).format(rate) });
  if (length_ms > room_ms) return t("fit.earlier", { s: seconds(length_ms - room_ms) });
  return t("fit.fits", { s: seconds(room_ms - length_ms) });
}

/** What there is for a line: from its start on or, where it fits only as it begins earlier, all that its gap leaves. */
const roomOf = (view) => (view.fits && view.length_ms > view.room_ms ? view.room.end_ms - view.room.start_ms : view.room_ms);

function facts(view) {
  const { line } = view;
  const length = view.length_ms ?? view.usual_ms;
  const made = [];
  const add = (text, name = "", mark = "") => made.push(h("span", { class: `fact ${name}` }, mark && sign(mark), text));
  if (view.room_ms !== null) add(t(view.length_ms === null ? "list.about" : "list.of", { a: seconds(length), b: seconds(roomOf(view)) }));
  else add(t("list.no_room", { a: seconds(length) }), "warn");
  if (view.fits === false) add(fitWords(length, view.room_ms, false), "bad", "▲");
  else if (view.rate > 1 || roomOf(view) !== view.room_ms) add(fitWords(length, view.room_ms, true, view.rate));
  if (view.findings.length) add(t("list.findings", { n: view.findings.length }), "warn", "⚑");
  if (view.doubts.length) add(t("list.doubts", { n: view.doubts.length }), "warn", "?");
  if (line.locked) add(t("list.locked"), "", "▣");
  if (line.recording) add(t("list.recording"), "", "●");
  if (line.voice) add(`♪ ${t("list.voice", { voice: line.voice })}`);
  if (line.note) add(t("list.note"), "", "✎");
  if (line.reason && !line.is_touched) add(t("list.left_out"), "warn");
  if (draftOf(line.id)) add(t("list.unsaved"), "warn");
  return made;
}

function paint(row, one) {
  if (one.gap) {
    row.className = "row gap";
    fill(row, h("span", { class: "mark", "aria-hidden": "true" }, "┄"), h("span", { class: "time" }, clock(one.start_ms)), " ",
      h("span", { class: "words" }, t("list.gap", { s: seconds(one.gap.end_ms - one.gap.start_ms) })));
    return;
  }
  const { line } = one.view;
  row.className = `row ${line.state}`;
  fill(row,
    h("span", { class: "mark", "aria-hidden": "true" }, MARKS[line.state]),
    h("span", { class: "time" }, clock(line.start_ms)), " ",
    h("span", { class: "words", lang: state.project?.language || null }, line.text), " ",
    h("span", { class: "facts" }, h("span", { class: "fact kind" }, t(`state.${line.state}`)), " ",
      facts(one.view).flatMap((fact) => [fact, " "])));
}

function stampOf(one) {
  return one.gap ? `${one.gap.start_ms}-${one.gap.end_ms}` : JSON.stringify(one.view) + Boolean(draftOf(one.key));
}

function entry(one) {
  let made = rows.get(one.key);
  if (!made) {
    const row = h("button", { type: "button", "data-key": one.key, tabIndex: -1, "aria-expanded": "false" });
    made = { row, li: h("li", { id: `row-${one.key}` }, row), stamp: "" };
    rows.set(one.key, made);
  }
  const stamp = stampOf(one);
  if (made.stamp !== stamp) {
    made.stamp = stamp;
    paint(made.row, one);
  }
  mark(made.row, one.key === state.current);
  return made;
}

function mark(row, chosen) {
  row.tabIndex = chosen ? 0 : -1;
  if (chosen) row.setAttribute("aria-current", "true");
  else row.removeAttribute("aria-current");
}

/** Put the rows in order; the first ones at once, and those to the chosen one where it has none; the rest in portions. Those that the filter and the
 *  search leave out are hidden: they are there again at once. */
export function renderList() {
  const mine = ++turn;
  const list = $("line-list");
  const all = items();
  const left = shown();
  const passes = new Set(left.map((one) => one.key));
  dropRows(new Set(all.map((one) => one.key)), passes);
  const place = (from, to) => {
    for (let at = from; at < Math.min(to, all.length); at++) {
      const { li } = entry(all[at]);
      const there = list.children[at];
      if (there !== li) list.insertBefore(li, there ?? null);
      const hides = !passes.has(all[at].key);
      if (li.hidden !== hides) li.hidden = hides;
    }
  };
  const first = Math.max(FIRST, rows.has(state.current) ? 0 : all.findIndex((one) => one.key === state.current) + 1);
  place(0, first);
  const more = (from) => {
    if (mine !== turn || from >= all.length) { if (mine === turn) tell("listed"); return; }
    place(from, from + PORTION);
    setTimeout(() => more(from + PORTION));
  };
  more(first);
  $("shown").textContent = t("filter.shown", { n: left.length });
  $("list-empty").hidden = left.length > 0;
  $("list-empty").textContent = state.lines.length ? t("list.nothing") : t("list.no_lines");
  if (!passes.has(state.current) && !document.activeElement?.closest?.("#editor")) {
    const first_row = rows.get(left[0]?.key)?.row;
    if (first_row) first_row.tabIndex = 0;
  }
}

/** Take away the rows of what is gone; the editor leaves a row that is not shown any more. */
function dropRows(there, passes) {
  const active = document.activeElement?.closest?.("#line-list li");
  for (const [key, made] of rows) {
    if (passes.has(key)) continue;
    const had = made.li === active;
    if (key === state.current) tell("park");
    if (!there.has(key)) { made.li.remove(); rows.delete(key); }
    if (had) setTimeout(() => rowOf(state.current)?.focus());
  }
}

const seen = (key) => (rows.get(key)?.li.hidden === false ? rows.get(key) : undefined);
export const rowOf = (key) => seen(key)?.row;
export const placeOf = (key) => seen(key)?.li;

function filmFindings() {
  const place = $("film-findings");
  place.hidden = !state.findings.length;
  place.firstElementChild.textContent = t("list.film_findings", { n: state.findings.length });
  fill(place.lastElementChild, state.findings.map((one) => h("li", {}, `${translated(one.message)} – ${translated(one.advice)}`)));
}

export function startList() {
  fill($("filter"), FILTERS.map((name) => h("option", { value: name }, t(`filter.${name}`))));
  $("filter").onchange = (event) => { state.filter = event.target.value; renderList(); };
  let wait = 0;
  $("search").oninput = (event) => {
    clearTimeout(wait);
    wait = setTimeout(() => { state.search = event.target.value; renderList(); }, 150);
  };
  $("filters").onsubmit = (event) => event.preventDefault();
  $("line-list").addEventListener("click", (event) => {
    const row = event.target.closest(".row");
    if (row) choose(row.dataset.key, "text");
  });
  $("line-list").addEventListener("keydown", (event) => {
    if (!event.target.classList.contains("row") || event.ctrlKey || event.altKey || event.metaKey) return;
    const all = shown();
    const at = all.findIndex((one) => one.key === event.target.dataset.key);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1, PageDown: Math.min(all.length - 1, at + 10), PageUp: Math.max(0, at - 10) }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    if (all[to]) choose(all[to].key, "row");
  });
  on("lines", () => { renderList(); filmFindings(); });
  on("draft", (key) => {
    const one = shown().find((item) => item.key === key);
    if (one) entry(one);
  });
  on("current", ({ key, before, focus }) => {
    const old = rowOf(before);
    if (old) mark(old, false);
    if (key && !rows.has(key)) renderList();
    const row = rowOf(key);
    if (!row) return;
    mark(row, true);
    if (focus === "row") row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  });
}
