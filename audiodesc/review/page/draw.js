// Drawing the timeline. State is told by shape (dashed, half filled, filled with a tick), not by colour alone.

import { currentLine, state } from "./state.js";
import { now } from "./player.js";
import { clock } from "./times.js";

export const LANES = {
  ruler: { top: 0, height: 18 },
  stills: { top: 20, height: 36 },
  wave: { top: 60, height: 46 },
  speech: { top: 109, height: 18 },
  lines: { top: 130, height: 26 },
  height: 158,
};
const STEPS = [40, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000];

function colours() {
  const style = getComputedStyle(document.getElementById("timeline"));
  const get = (name) => style.getPropertyValue(name).trim();
  return { text: style.color, back: style.backgroundColor, wave: get("--wave"), dialogue: get("--dialogue"), voice: get("--warn"), gap: get("--gap"), line: get("--accent"), bad: get("--bad"), quiet: get("--border"), head: get("--head") };
}

export function draw(canvas, view, moved, found) {
  const pen = canvas.getContext("2d");
  const ratio = canvas.width / Math.max(1, view.width);
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, view.width, view.height);
  if (!view.width || !state.project) return;
  const look = { pen, view, ink: colours(), x: (ms) => ((ms - view.start) / view.span) * view.width };
  gaps(look);
  ruler(look);
  stillsAndCuts(look, found);
  wave(look, found);
  ducking(look);
  speech(look);
  const chosen = currentLine();
  for (const one of state.lines) drawLine(look, one, moved, one === chosen);
  if (moved?.snap_ms != null) snapLine(look, moved.snap_ms);
  pen.fillStyle = look.ink.head;
  const head = look.x(now());
  pen.fillRect(head - 1, 0, 2, view.height);
  pen.beginPath();
  pen.moveTo(head - 6, 0); pen.lineTo(head + 6, 0); pen.lineTo(head, 8); pen.fill();
}

const isSeen = (view, start, end) => end >= view.start && start <= view.start + view.span;

function gaps({ pen, view, ink, x }) {
  for (const one of state.gaps) {
    if (!isSeen(view, one.start_ms, one.end_ms)) continue;
    const [left, width] = [x(one.start_ms), x(one.end_ms) - x(one.start_ms)];
    pen.fillStyle = ink.gap;
    pen.fillRect(left, LANES.wave.top, width, view.height - LANES.wave.top);
    pen.strokeStyle = ink.quiet;
    pen.setLineDash([2, 3]);
    pen.strokeRect(left + 0.5, LANES.speech.top, width, view.height - LANES.speech.top - 1);
    pen.setLineDash([]);
  }
}

function ruler({ pen, view, ink, x }) {
  const step = STEPS.find((one) => (one / view.span) * view.width > 70) ?? STEPS.at(-1);
  pen.fillStyle = ink.text;
  pen.font = "11px system-ui, sans-serif";
  pen.textBaseline = "middle";
  for (let ms = Math.floor(view.start / step) * step; ms <= view.start + view.span; ms += step) {
    pen.fillRect(Math.round(x(ms)), 12, 1, 6);
    pen.fillText(clock(ms, step < 1000 ? 2 : 0), x(ms) + 4, 8);
  }
}

function stillsAndCuts({ pen, view, ink, x }, { stills, needStill }) {
  const cuts = state.timeline?.cuts ?? [];
  const { top, height } = LANES.stills;
  const marks = [0, ...cuts];
  let free = -Infinity;
  for (let at = 0; at < marks.length; at++) {
    const until = marks[at + 1] ?? state.project.duration_ms;
    if (!isSeen(view, marks[at], until)) continue;
    const left = x(marks[at]);
    const width = Math.min(80, x(until) - left);
    if (left >= free && width > 24) {
      free = left + width;
      const picture = stills.get(marks[at]);
      if (picture === undefined) needStill(marks[at]);
      if (picture?.complete && picture.naturalWidth) {
        const part = Math.min(picture.naturalWidth, (picture.naturalHeight * width) / height);
        pen.drawImage(picture, 0, 0, part, picture.naturalHeight, left, top, Math.min(width, (part * height) / picture.naturalHeight), height);
      }
    }
    pen.fillStyle = ink.text;
    if (marks[at]) pen.fillRect(Math.round(left), top, 1, height);
  }
}

function wave({ pen, view, ink, x }, { levels, needLevel }) {
  const each = view.span / view.width;
  const level = Math.max(0, Math.min(4, Math.floor(Math.log(Math.max(1, each / 10)) / Math.log(4))));
  let known = levels.get(level);
  if (!known) {
    needLevel(level);
    known = [...levels.entries()].sort((a, b) => Math.abs(a[0] - level) - Math.abs(b[0] - level))[0]?.[1];
  }
  const middle = LANES.wave.top + LANES.wave.height / 2;
  pen.fillStyle = ink.wave;
  if (!known) { pen.fillRect(0, middle, view.width, 1); return; }
  const { bin_ms, values } = known;
  const half = LANES.wave.height / 2;
  for (let px = 0; px < view.width; px++) {
    const from = Math.floor((view.start + px * each) / bin_ms);
    const to = Math.max(from + 1, Math.ceil((view.start + (px + 1) * each) / bin_ms));
    let [low, high] = [0, 0];
    for (let at = from; at < to && 2 * at + 1 < values.length; at++) {
      if (values[2 * at] < low) low = values[2 * at];
      if (values[2 * at + 1] > high) high = values[2 * at + 1];
    }
    pen.fillRect(px, middle - (high / 127) * half, 1, Math.max(1, ((high - low) / 127) * half));
  }
}

function ducking({ pen, view, ink, x }) {
  const corners = state.timeline?.ducking ?? [];
  if (!corners.length) return;
  pen.strokeStyle = ink.line;
  pen.lineWidth = 1.5;
  pen.beginPath();
  const y = (db) => LANES.wave.top + 2 + Math.min(1, -db / 24) * (LANES.wave.height - 4);
  pen.moveTo(0, y(0));
  for (const [ms, db] of corners) pen.lineTo(x(ms), y(db));
  pen.lineTo(view.width, y(0));
  pen.stroke();
  pen.lineWidth = 1;
}

function speech({ pen, view, ink, x }) {
  const { top, height } = LANES.speech;
  pen.textBaseline = "middle";
  pen.font = "11px system-ui, sans-serif";
  for (const one of state.timeline?.dialogue ?? []) {
    if (!isSeen(view, one.start_ms, one.end_ms)) continue;
    const [left, width] = [x(one.start_ms), Math.max(1, x(one.end_ms) - x(one.start_ms))];
    pen.fillStyle = ink.dialogue;
    pen.fillRect(left, top, width, height);
    pen.strokeStyle = ink.quiet;
    pen.strokeRect(left + 0.5, top + 0.5, Math.max(0, width - 1), height - 1);
    if (width > 40) label(pen, one.text, left + 3, top + height / 2 + 1, width - 6, ink.text);
  }
  pen.strokeStyle = ink.voice;
  for (const one of state.timeline?.voices ?? []) {
    if (!isSeen(view, one.start_ms, one.end_ms)) continue;
    const [left, right] = [x(one.start_ms), x(one.end_ms)];
    pen.beginPath();
    for (let at = left; at < right; at += 5) { pen.moveTo(at, top + height); pen.lineTo(Math.min(right, at + 5), top); }
    pen.stroke();
    pen.strokeRect(left, top + 0.5, right - left, height - 1);
  }
}

/** Where a dragged line snapped to. */
function snapLine({ pen, view, ink, x }, ms) {
  pen.strokeStyle = ink.head;
  pen.setLineDash([6, 4]);
  pen.beginPath();
  pen.moveTo(Math.round(x(ms)) + 0.5, LANES.stills.top);
  pen.lineTo(Math.round(x(ms)) + 0.5, view.height);
  pen.stroke();
  pen.setLineDash([]);
}

function label(pen, text, left, middle, width, ink) {
  pen.save();
  pen.beginPath();
  pen.rect(left, middle - 12, width, 24);
  pen.clip();
  pen.fillStyle = ink;
  pen.fillText(text, left, middle);
  pen.restore();
}

function drawLine({ pen, view, ink, x }, one, moved, chosen) {
  const start = moved?.id === one.line.id ? moved.start_ms : one.line.start_ms;
  const length = one.length_ms ?? one.usual_ms;
  if (!isSeen(view, start, start + length)) return;
  const { top, height } = LANES.lines;
  const [left, width] = [x(start), Math.max(3, (length / view.span) * view.width)];
  pen.fillStyle = ink.back;
  pen.fillRect(left, top, width, height);
  pen.fillStyle = ink.dialogue;
  if (one.line.state === "approved") pen.fillRect(left, top, width, height);
  if (one.line.state === "edited") pen.fillRect(left, top + height / 2, width, height / 2);
  pen.strokeStyle = one.fits === false ? ink.bad : ink.line;
  pen.lineWidth = chosen ? 3 : 1.5;
  if (one.line.state === "draft") pen.setLineDash([4, 3]);
  pen.strokeRect(left + 1, top + 1, width - 2, height - 2);
  pen.setLineDash([]);
  pen.lineWidth = 1;
  const signs = ({ approved: "✓", edited: "◐" }[one.line.state] ?? "") + (one.line.locked ? "▣" : "") + (one.fits === false ? "▲" : "") + (one.findings.length ? "⚑" : "");
  if (width > 14) label(pen, `${signs} ${one.line.text}`.trim(), left + 5, top + height / 2 + 1, width - 8, ink.text);
}
