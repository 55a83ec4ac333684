// A line is dragged in the timeline: it snaps to the edges of gaps, to cuts and to the playhead, and says meanwhile
// where it would start and whether it fits. It is one edit, when it is let go; Escape gives up.

import { $, say } from "./dom.js";
import { move } from "./editor.js";
import { fitWords } from "./list.js";
import { now } from "./player.js";
import { choose, state } from "./state.js";
import { clock } from "./times.js";
import { t } from "./words.js";

const SNAP_PX = 8;
const RATE_STEP = 0.05;
const SEPARATION_MS = 250; // between two lines, as planning/fit.py has it
let held = null; // {line, length_ms, grip_ms, x, start_ms, snap_ms}: the line under the pointer
let dropped = null; // {id, start_ms} while its edit is saved

export const lengthOf = (view) => view.length_ms ?? view.usual_ms;

/** The line as it is drawn meanwhile, {id, start_ms, snap_ms}; null where none is moved. */
export function dragged() {
  if (held?.far) return { id: held.view.line.id, start_ms: held.start_ms, snap_ms: held.snap_ms };
  return dropped;
}
export const isDragging = () => Boolean(held);

/** What its gap and the lines around would leave for a line, as the server's list has it; null in no gap. */
function roomAt(start_ms, id) {
  const gap = state.timeline?.gaps.find((one) => one.start_ms <= start_ms && start_ms < one.end_ms);
  if (!gap) return null;
  const others = state.lines.filter((one) => one.line.id !== id);
  const before = others.findLast((one) => one.line.start_ms <= start_ms);
  const after = others.find((one) => one.line.start_ms > start_ms);
  const free_ms = before ? before.line.start_ms + lengthOf(before) + SEPARATION_MS : 0;
  return { start_ms: Math.min(start_ms, Math.max(gap.start_ms, free_ms)), end_ms: Math.min(gap.end_ms, after?.line.start_ms ?? Infinity) };
}

function fitAt(start_ms, view) {
  const room = roomAt(start_ms, view.line.id);
  if (!room) return t("drag.no_gap");
  const length_ms = lengthOf(view);
  const needed = length_ms / Math.max(1, room.end_ms - room.start_ms);
  const rate = Math.max(1, Math.ceil(needed / RATE_STEP - 1e-9) * RATE_STEP);
  return fitWords(length_ms, room.end_ms - start_ms, needed <= Math.max(1, state.project.fastest), Math.min(rate, state.project.fastest));
}

/** The nearest place where the line starts, or ends, with something: {start_ms, snap_ms}; as it is where none is near. */
function snapped(start_ms, length_ms, near_ms) {
  const gaps = state.timeline?.gaps ?? [];
  const starts = [...gaps.map((one) => one.start_ms), ...(state.timeline?.cuts ?? []), now()].map((ms) => ({ start_ms: ms, snap_ms: ms }));
  const ends = gaps.map((one) => ({ start_ms: one.end_ms - length_ms, snap_ms: one.end_ms }));
  let best = { start_ms, snap_ms: null };
  for (const one of [...starts, ...ends]) {
    const far = Math.abs(one.start_ms - start_ms);
    if (one.start_ms >= 0 && far <= near_ms && (best.snap_ms === null || far < Math.abs(best.start_ms - start_ms))) best = one;
  }
  return best;
}

/** The pointer went down on a line, at that time and place on the screen. */
export function grip(view, ms, x) {
  held = { view, grip_ms: ms - view.line.start_ms, x, far: false, start_ms: view.line.start_ms, snap_ms: null };
}

/** The pointer is there now; `ms_px` is how long a pixel is, `free` where nothing is to be snapped to. */
export function pull(ms, x, ms_px, free) {
  if (Math.abs(x - held.x) > 3) held.far = true;
  if (!held.far) return;
  const { view } = held;
  if (view.line.locked) { show(x, t("drag.locked")); return; }
  const last = (state.project?.duration_ms ?? Infinity) - 1;
  const start_ms = Math.min(Math.max(0, ms - held.grip_ms), last);
  Object.assign(held, free ? { start_ms, snap_ms: null } : snapped(start_ms, lengthOf(view), SNAP_PX * ms_px));
  show(x, [clock(held.start_ms, 2), fitAt(held.start_ms, view)].filter(Boolean).join(", "));
}

function show(x, words) {
  const tip = $("drag-said");
  tip.hidden = false;
  tip.textContent = words;
  const most = Math.max(0, tip.parentNode.clientWidth - tip.offsetWidth);
  tip.style.left = `${Math.min(most, Math.max(0, x - tip.offsetWidth / 2))}px`;
}

/** The pointer let go: answers the line that was clicked, where it was not dragged. */
export async function letGo() {
  const { view, far, start_ms } = held;
  giveUp();
  if (!far) return view;
  if (view.line.locked) return undefined;
  dropped = { id: view.line.id, start_ms, snap_ms: null };
  choose(view.line.id, "");
  try { await move({ key: view.line.id, to: start_ms }); } finally { dropped = null; }
  return undefined;
}

/** Nothing is moved; answers whether anything was. */
export function giveUp() {
  const had = Boolean(held?.far);
  held = null;
  $("drag-said").hidden = true;
  return had;
}

/** Escape while a line is dragged, whatever has the focus. */
export function startDragging(redraw) {
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !held) return;
    event.preventDefault();
    event.stopPropagation();
    if (giveUp()) say(t("drag.left"));
    redraw();
  }, true);
}
