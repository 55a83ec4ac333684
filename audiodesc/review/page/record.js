// Recording: the line to read and the two after it, a count-in with the film's sound, takes to keep or drop.

import { idPath, request } from "./api.js";
import { $, button, fill, h, say } from "./dom.js";
import { merge, run, tellError } from "./edits.js";
import { openMicrophone, wav } from "./microphone.js";
import { seek } from "./player.js";
import { choose, currentLine, lineOf, on, state } from "./state.js";
import { clock } from "./times.js";
import { seconds, t } from "./words.js";

const COUNT = 3; // seconds of the film before the line
let parts = null;
let mic = null;
let busy = ""; // "count" | "take"
let timer = 0;
const takes = new Map(); // id → [{samples, rate, url, …}]

const candidates = () => (parts.run.checked ? state.lines.filter((one) => one.line.state !== "approved" || one.line.id === state.current) : state.lines);
const wanted = () => currentLine() ?? candidates()[0];

function build() {
  const label = (text, field) => h("label", { class: "check" }, field, " ", text);
  parts = {
    open: button(t("record.open"), open, { class: "main" }),
    take: button(t("record.start"), toggle, { class: "main", disabled: true, id: "take" }),
    run: h("input", { type: "checkbox", onchange: show }), film: h("input", { type: "checkbox", checked: true }),
    meter: h("meter", { min: -60, max: 0, low: -30, high: -3, optimum: -15, value: -60, "aria-label": t("record.level") }),
    level: h("span", {}), said: h("p", { role: "status", class: "count" }), prompt: h("div", { class: "prompt" }), list: h("ol", { class: "takes" }),
  };
  $("view-record").querySelector(".place").append(
    h("p", { class: "bar" }, parts.open, parts.take, button(t("record.previous"), () => step(-1)), button(t("record.next"), () => step(1))),
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
    h("p", { class: "quiet" }, t("record.room", { at: clock(view.line.start_ms), s: view.room_ms === null ? "–" : seconds(view.room_ms) })),
    h("p", { class: "read", lang }, view.line.text),
    all.slice(at + 1, at + 3).map((one) => h("p", { class: "then", lang }, one.line.text)));
  const mine = takes.get(view.line.id) ?? [];
  fill(parts.list, mine.map((one, number) => h("li", { class: "bar" },
    h("audio", { controls: true, src: one.url, "aria-label": t("record.take", { n: number + 1 }) }),
    h("span", {}, t("record.take_is", { n: number + 1, s: seconds(one.samples.length / one.rate * 1000), peak: Math.round(one.peak_db) }), one.clipped ? h("strong", { class: "bad" }, ` ▲ ${t("record.clipped")}`) : null,
      view.room_ms !== null && one.samples.length / one.rate * 1000 > view.room_ms ? h("strong", { class: "bad" }, ` ▲ ${t("record.long")}`) : null),
    button(t("record.keep"), () => keep(view.line.id, number), { class: "main", "aria-label": t("record.keep_it", { n: number + 1 }) }),
    button(t("record.drop"), () => { mine.splice(number, 1); show(); parts.take.focus(); }, { "aria-label": t("record.drop_it", { n: number + 1 }) }))));
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
  if (clips) words.push(`▲ ${t("record.clipping")}`);
  if (clipped && busy === "take" && !hasClipped) { hasClipped = true; say(t("record.clipping")); }
  parts.level.textContent = words.join(", ");
  parts.level.className = clips ? "bad" : "";
}

function toggle() {
  if (busy === "take") { stop(); return; }
  if (busy === "count") { cancel(); return; }
  const view = wanted();
  if (!view || !mic) return;
  busy = "count";
  parts.take.textContent = t("record.cancel");
  seek(view.line.start_ms - COUNT * 1000);
  const film = $("video");
  if (parts.film.checked) film.play().catch(() => {});
  let left = Math.max(1, Math.min(COUNT, Math.floor(view.line.start_ms / 1000)));
  const count = () => {
    if (busy !== "count") return;
    if (left === 0) {
      busy = "take";
      hasClipped = false;
      mic.start();
      parts.said.textContent = t("record.speak");
      parts.take.textContent = t("record.stop");
      return;
    }
    parts.said.textContent = String(left--);
    timer = setTimeout(count, 1000);
  };
  count();
}

function cancel() {
  clearTimeout(timer);
  busy = "";
  $("video").pause();
  parts.take.textContent = t("record.start");
  parts.said.textContent = "";
}

function stop() {
  const take = mic.stop();
  cancel();
  const id = wanted().line.id;
  if (!takes.has(id)) takes.set(id, []);
  takes.get(id).push({ ...take, url: URL.createObjectURL(wav(take.samples, take.rate)) });
  parts.take.textContent = t("record.again");
  show();
  parts.said.textContent = t("record.took", { s: seconds(take.samples.length / take.rate * 1000) });
}

async function keep(id, number) {
  const take = takes.get(id)[number];
  await run(async () => {
    const answer = await (await request("POST", `${idPath(id)}/recordings?name=${encodeURIComponent(`take-${number + 1}.wav`)}`, wav(take.samples, take.rate))).json();
    merge(answer.changed);
    takes.delete(id);
    parts.take.textContent = t("record.start");
    say([t("record.kept"), ...answer.faults].join(". "));
    if (parts.run.checked) step(1);
    show();
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
    else if (mic) { if (busy) cancel(); open(); }
  });
  on("current", () => { if (busy === "count") cancel(); show(); });
  on("lines", () => { if (!busy && lineOf(state.current)) show(); });
}
