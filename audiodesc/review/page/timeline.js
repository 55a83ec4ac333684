// The timeline: what is where in the film, drawn on a canvas, and moved by mouse or keys. `table.js` says the same in words.

import { address, get } from "./api.js";
import { $, fill, h } from "./dom.js";
import { dragged, giveUp, grip, isDragging, lengthOf, letGo, pull, startDragging } from "./drag.js";
import { now, seek } from "./player.js";
import { choose, lineOf, on, state } from "./state.js";
import { draw, LANES } from "./draw.js";
import { clock } from "./times.js";
import { seconds, t } from "./words.js";

const FRAMES_SHOWN = 8;
const view = { start: 0, span: 60_000, width: 0, height: 0 };
let dirty = false;
let scrubs = false; // the playhead follows the pointer

export const levels = new Map(); // level → {bin_ms, values}
export const stills = new Map(); // ms → Image, or null where there is none

const end = () => Math.max(1, state.project?.duration_ms ?? 1);
const shortest = () => (FRAMES_SHOWN * 1000) / (state.project?.fps || 25);

export function redraw() {
  if (dirty) return;
  dirty = true;
  requestAnimationFrame(() => { dirty = false; draw($("canvas"), view, dragged(), { levels, stills, needLevel, needStill }); });
}

function clampView() {
  view.span = Math.min(Math.max(view.span, shortest()), end());
  view.start = Math.min(Math.max(0, view.start), end() - view.span);
}

export function zoom(factor, around = now()) {
  const share = Math.min(1, Math.max(0, (around - view.start) / view.span));
  const inside = around >= view.start && around <= view.start + view.span ? share : 0.5;
  view.span *= factor;
  clampView();
  view.start = around - inside * view.span;
  clampView();
  $("zoom-said").textContent = t("timeline.shows", { s: seconds(view.span, view.span < 10_000 ? 1 : 0) });
  redraw();
}
export const zoomAll = () => zoom(Infinity);

function reveal(ms, margin = 0.1) {
  if (ms >= view.start && ms <= view.start + view.span) return;
  view.start = ms - view.span * margin;
  clampView();
}

/** What is at a time, in words, for the slider. */
function at(ms) {
  const inside = (one) => one.start_ms <= ms && ms < one.end_ms;
  const words = [clock(ms, 2)];
  const found = state.lines.find((one) => one.line.start_ms <= ms && ms < one.line.start_ms + (lengthOf(one)));
  if (found) words.push(t("timeline.in_line", { text: found.line.text }));
  const said = state.timeline?.dialogue.find(inside);
  if (said) words.push(t("timeline.in_dialogue", { text: said.text }));
  else if (state.timeline?.voices.find(inside)) words.push(t("timeline.in_voice"));
  else if (state.gaps.find(inside)) words.push(t("timeline.in_gap"));
  return words.join(", ");
}

function sayTime(ms) {
  const slider = $("timeline");
  slider.setAttribute("aria-valuenow", Math.round(ms) / 1000);
  slider.setAttribute("aria-valuetext", at(ms));
}

const timeAt = (x) => view.start + (x / view.width) * view.span;

function lineAt(ms, y) {
  if (y < LANES.lines.top || y > LANES.lines.top + LANES.lines.height) return undefined;
  return state.lines.findLast((one) => one.line.start_ms <= ms && ms < one.line.start_ms + Math.max(lengthOf(one), (8 / view.width) * view.span));
}

function point(event) {
  const box = $("canvas").getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

function down(event) {
  if (event.button) return;
  const [x, y] = point(event);
  const found = lineAt(timeAt(x), y);
  $("canvas").setPointerCapture(event.pointerId);
  if (found) grip(found, timeAt(x), x);
  else { scrubs = true; seek(timeAt(x)); }
}
function pulled(event) {
  const [x] = point(event);
  if (scrubs) seek(timeAt(x));
  if (!isDragging()) return;
  pull(timeAt(x), x, view.span / view.width, event.altKey);
  redraw();
}
async function up() {
  scrubs = false;
  if (!isDragging()) return;
  const clicked = await letGo();
  if (clicked) { choose(clicked.line.id, ""); seek(clicked.line.start_ms); }
  redraw();
}

function wheel(event) {
  if (!event.ctrlKey && !event.shiftKey && Math.abs(event.deltaX) <= Math.abs(event.deltaY)) return; // the page scrolls
  event.preventDefault();
  if (event.ctrlKey) { zoom(event.deltaY > 0 ? 1.25 : 0.8, timeAt(point(event)[0])); return; }
  view.start += ((event.deltaX || event.deltaY) / view.width) * view.span;
  clampView();
  redraw();
}

function key(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const frame = 1000 / (state.project?.fps || 25);
  const step = event.shiftKey ? 1000 : 100;
  const to = { ArrowLeft: now() - step, ArrowRight: now() + step, Home: 0, End: end(), PageUp: now() - view.span * 0.9, PageDown: now() + view.span * 0.9 }[event.key];
  if (to !== undefined) { event.preventDefault(); seek(event.key === "End" ? to - frame : to); return; }
  if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
  event.preventDefault();
  const all = state.lines;
  const ahead = all.findIndex((one) => one.line.start_ms > now() + 1);
  const next = event.key === "ArrowDown" ? all[ahead] : all.findLast((one) => one.line.start_ms < now() - 1);
  if (!next) return;
  choose(next.line.id, "");
  seek(next.line.start_ms);
}

const asking = new Set();
function needLevel(level) {
  if (asking.has(level)) return;
  asking.add(level);
  fetch(address("/peaks", { level })).then(async (answer) => {
    if (!answer.ok) { setTimeout(() => { asking.delete(level); redraw(); }, 2000); return; }
    levels.set(level, { bin_ms: Number(answer.headers.get("X-Bin-Ms")), values: new Int8Array(await answer.arrayBuffer()) });
    if (answer.headers.get("X-Complete") === "0") setTimeout(() => { asking.delete(level); redraw(); }, 3000);
    redraw();
  }).catch(() => setTimeout(() => asking.delete(level), 5000));
}

let loading = 0;
function needStill(ms) {
  if (stills.has(ms) || loading > 3) return;
  loading += 1;
  const picture = new Image();
  stills.set(ms, picture);
  picture.onload = () => { loading -= 1; redraw(); };
  picture.onerror = () => { loading -= 1; stills.set(ms, null); redraw(); };
  picture.src = address(`/thumbnails/${ms}.jpg`);
}

export async function loadTimeline() {
  try {
    const found = await get("/timeline");
    const flat = (one) => ({ ...one, ...one.span });
    state.timeline = { ...found, dialogue: found.dialogue.map(flat), gaps: found.gaps.map(flat) };
  } catch (error) { if (error.status !== 503) throw error; return; }
  redraw();
}

export function startTimeline() {
  const canvas = $("canvas");
  new ResizeObserver(() => {
    const ratio = devicePixelRatio || 1;
    view.width = $("timeline").clientWidth;
    view.height = LANES.height;
    canvas.width = Math.round(view.width * ratio);
    canvas.height = Math.round(view.height * ratio);
    redraw();
  }).observe($("timeline"));
  canvas.addEventListener("pointerdown", down);
  canvas.addEventListener("pointermove", pulled);
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", () => { scrubs = false; giveUp(); redraw(); });
  startDragging(redraw);
  canvas.addEventListener("wheel", wheel, { passive: false });
  $("timeline").addEventListener("keydown", key);
  for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) matchMedia(query).addEventListener("change", redraw);
  fill($("legend"), ["dialogue", "voice", "gap", "draft", "edited", "approved", "ducking"].map((name) =>
    h("li", {}, h("span", { class: `swatch ${name}`, "aria-hidden": "true" }), t(`legend.${name}`))));
  on("project", () => {
    $("timeline").setAttribute("aria-valuemax", end() / 1000);
    if (view.span > end() || !view.known) { view.known = true; view.span = Math.min(end(), 120_000); }
    clampView();
    sayTime(now());
    redraw();
  });
  on("lines", redraw);
  on("time", (ms) => { if (!scrubs && !isDragging()) reveal(ms); sayTime(ms); redraw(); });
  on("current", ({ key: id }) => { const found = lineOf(id); if (found) reveal(found.line.start_ms, 0.3); redraw(); });
  on("theme", redraw);
}
