// Recording: the line to read and the two after it, a count-in with the film's sound, or with the take that goes on.

import { idPath, request } from "./api.js";
import { $, button, fill, h, say } from "./dom.js";
import { merge, run, tellError } from "./edits.js";
import { asTake, openMicrophone, wav } from "./microphone.js";
import { seek } from "./player.js";
import { joined } from "./punch.js";
import { choose, currentLine, lineOf, on, state } from "./state.js";
import { addTake, dropTakes, lastsMs, listTakes, takesOf } from "./takes.js";
import { clock } from "./times.js";
import { translated } from "./translate.js";
import { seconds, t } from "./words.js";

const COUNT = 3; // seconds of the film before the line
const BEFORE = 2; // seconds of a take before the place from which it is recorded again
let parts = null;
let mic = null;
let busy = ""; // "count" | "take"
let timer = 0;
let reading = ""; // the id of the line that is recorded
let base = null; // {take, at, audio} where a take is recorded again from `at` seconds on

const candidates = () => (parts.run.checked ? state.lines.filter((one) => one.line.state !== "approved" || one.line.id === state.current) : state.lines);
const wanted = () => currentLine() ?? candidates()[0];

function build() {
  const label = (text, field) => h("label", { class: "check" }, field, " ", text);
  parts = {
    open: button(t("record.open"), open, { class: "main" }),
    take: button(t("record.start"), toggle, { class: "main", disabled: true, id: "take" }),
    keep: button(t("record.keep"), () => keep(takesOf(wanted().line.id).at(-1)), { disabled: true, id: "keep" }),
    run: h("input", { type: "checkbox", onchange: show }), film: h("input", { type: "checkbox", checked: true }),
    meter: h("meter", { min: -60, max: 0, low: -30, high: -3, optimum: -15, value: -60, "aria-label": t("record.level") }),
    level: h("span", {}), said: h("p", { role: "status", class: "count" }), prompt: h("div", { class: "prompt" }), list: h("ol", { class: "takes" }),
  };
  $("view-record").querySelector(".place").append(
    h("p", { class: "bar" }, parts.open, parts.take, parts.keep, button(t("record.previous"), () => step(-1)), button(t("record.next"), () => step(1))),
    h("p", { class: "bar" }, label(t("record.unapproved"), parts.run), label(t("record.film"), parts.film)),
    h("p", {}, parts.meter, " ", parts.level), parts.said, parts.prompt, h("h3", {}, t("record.takes")), parts.list);
}

function step(by) {
  const all = candidates();
  const at = all.findIndex((one) => one.line.id === wanted()?.line.id);
  const next = all[at + by];
  if (!next) { say(t("record.end")); return; }
  choose(next.line.id, "");
}

function show() {
  if (!parts || $("view-record").hidden) return;
  const view = wanted();
  if (!view) { fill(parts.prompt, h("p", {}, t("list.no_lines"))); return; }
  if (state.current !== view.line.id) { choose(view.line.id, ""); return; }
  const all = candidates();
  const at = all.findIndex((one) => one.line.id === view.line.id);
  const lang = state.project.language;
  fill(parts.prompt,
    h("p", { class: "quiet" }, t("record.room", { at: clock(view.line.start_ms), s: view.room_ms === null ? "–" : seconds(view.room_ms) }), " · ", t("record.of", { n: at + 1, all: all.length })),
    h("p", { class: "read", lang }, view.line.text),
    all.slice(at + 1, at + 3).map((one) => h("p", { class: "then", lang }, one.line.text)));
  parts.keep.disabled = Boolean(busy) || !takesOf(view.line.id).length;
  listTakes(parts.list, view, { keep, again, dropped: () => { show(); parts.take.focus(); } });
}

async function open() {
  if (mic) { mic.close(); mic = null; parts.take.disabled = true; parts.open.textContent = t("record.open"); return; }
  if (!state.project.recordings) { say(t("record.cannot")); return; }
  try { mic = await openMicrophone(levels); } catch (error) { tellError(new Error(t("record.refused", { why: error.message }))); return; }
  parts.open.textContent = t("record.shut");
  parts.take.disabled = false;
  parts.take.focus();
}

let clippedAt = 0;
let hasClipped = false; // said once for a take
function levels({ rms_db, peak_db, noise_db, clipped }) {
  parts.meter.value = peak_db;
  const words = [t("record.db", { level: Math.round(rms_db), peak: Math.round(peak_db), noise: Math.round(noise_db) })];
  if (noise_db > -50) words.push(t("record.noisy"));
  if (clipped) clippedAt = Date.now();
  const clips = Date.now() - clippedAt < 2000;
  if (clips) words.push(t("record.clipping"));
  if (clipped && busy === "take" && !hasClipped) { hasClipped = true; say(t("record.clipping")); }
  parts.level.textContent = words.join(", ");
  parts.level.className = clips ? "bad" : "";
}

function toggle() {
  if (busy === "take") { stop(); return; }
  if (busy === "count") { cancel(); return; }
  const view = wanted();
  if (!view || !mic) return;
  begin(view.line.start_ms - COUNT * 1000);
  let left = Math.max(1, Math.min(COUNT, Math.floor(view.line.start_ms / 1000)));
  const count = () => {
    if (busy !== "count") return;
    if (left === 0) { speak(); return; }
    parts.said.textContent = String(left--);
    timer = setTimeout(count, 1000);
  };
  count();
}

/** Go on from a place in a take: what is before it is heard, then one speaks. */
function again(take, at, audio) {
  if (busy) return;
  if (!mic) { parts.said.textContent = t("record.open_first"); parts.open.focus(); return; }
  if (at <= 0) { parts.said.textContent = t("record.no_place"); return; }
  base = { take, at, audio };
  const from = Math.max(0, at - BEFORE);
  begin(wanted().line.start_ms + from * 1000);
  parts.said.textContent = t("record.listen");
  parts.take.focus();
  audio.currentTime = from;
  const follow = () => {
    if (busy !== "count") return;
    if (audio.currentTime >= at || audio.ended) { audio.pause(); speak(); return; }
    timer = setTimeout(follow, 10);
  };
  audio.play().then(follow).catch(cancel);
}

function begin(film_ms) {
  busy = "count";
  reading = wanted().line.id;
  parts.take.textContent = t("record.cancel");
  parts.keep.disabled = true;
  seek(film_ms);
  if (parts.film.checked) $("video").play().catch(() => {});
}

function speak() {
  busy = "take";
  hasClipped = false;
  mic.start();
  parts.said.textContent = t("record.speak");
  parts.take.textContent = t("record.stop");
}

function cancel() {
  clearTimeout(timer);
  busy = "";
  base?.audio.pause();
  base = null;
  $("video").pause();
  parts.take.textContent = t("record.start");
  parts.said.textContent = "";
  show();
}

/** Another line or view is chosen: what was recorded stays a take of its line. */
function halt() {
  if (busy === "take") stop();
  else if (busy) cancel();
}

function stop() {
  const fresh = mic.stop();
  const take = base ? asTake(joined(base.take.samples, fresh.samples, base.at * fresh.rate, fresh.rate), fresh.rate) : fresh;
  addTake(reading, { ...take, url: URL.createObjectURL(wav(take.samples, take.rate)) });
  cancel();
  parts.take.textContent = t("record.again");
  parts.said.textContent = t("record.took", { s: seconds(lastsMs(take)) });
}

async function keep(take, number = takesOf(wanted().line.id).length) {
  const { id } = wanted().line;
  await run(async () => {
    const sent = wav(take.samples, take.rate);
    const { changed, recording } = await (await request("POST", `${idPath(id)}/recordings?name=take-${number}.wav&number=${number}`, sent)).json();
    dropTakes(id);
    merge(changed);
    parts.take.textContent = t("record.start");
    if (parts.run.checked) step(1);
    show();
    parts.said.textContent = [t("record.kept"), ...recording.faults.map(translated)].join(". ");
    parts.take.focus();
  });
}

export function recordLine() {
  if (!currentLine() || !state.project.recordings) return;
  location.hash = "#record";
}

export function startRecord() {
  build();
  on("view", (name) => {
    if (name === "record") show();
    else if (mic) { halt(); open(); }
  });
  on("current", ({ key }) => { if (key !== reading) halt(); show(); });
  on("lines", () => { if (!busy && lineOf(state.current)) show(); });
}
