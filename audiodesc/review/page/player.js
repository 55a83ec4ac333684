// The film with its original, described or narration sound; a line mixed with the film; steps, speed, loop.

import { ApiError, address, client, idPath, request } from "./api.js";
import { $, say } from "./dom.js";
import { tellError } from "./edits.js";
import { on, state, tell } from "./state.js";
import { clock } from "./times.js";
import { translated } from "./translate.js";
import { t } from "./words.js";

const AROUND_MS = 2000;
const DRIFT_S = 0.08;
const video = () => $("video");
const other = () => $("other-sound");
const line = () => $("line-sound");
let heardNow = null; // {id, start_ms, loop} of the line that sounds
let url = "";
let place_ms = 0; // the playhead where there is no picture yet

export const now = () => (video().readyState ? video().currentTime * 1000 : place_ms);
export const isPlaying = () => !video().paused;

export function seek(ms) {
  const end = state.project?.duration_ms ?? 0;
  place_ms = Math.min(Math.max(0, ms), end);
  stopHearing();
  if (video().readyState) video().currentTime = place_ms / 1000;
  if (usesOther()) other().currentTime = place_ms / 1000;
  moved();
}

function moved() {
  $("clock").textContent = `${clock(now(), 2)} / ${clock(state.project?.duration_ms ?? 0)}`;
  tell("time", now());
}

const usesOther = () => $("sound").value !== "film" && other().src;

function setSound() {
  const { mix, narration } = state.project;
  const wanted = { film: "", mix, narration }[$("sound").value];
  if (wanted && !other().src.endsWith(wanted)) other().src = wanted;
  video().muted = Boolean(wanted);
  if (!wanted) other().pause();
  else if (isPlaying()) { other().currentTime = video().currentTime; other().play().catch(() => {}); }
  for (const option of $("sound").options) option.disabled = option.value !== "film" && !state.project[option.value];
}

export function play() {
  stopHearing();
  if (isPlaying()) { video().pause(); return; }
  video().play().catch(() => say(t("film.not_yet")));
}

export function frames(step) {
  video().pause();
  seek(now() + (step * 1000) / (state.project?.fps || 25));
}

/** J K L: back, stop, on and faster. */
export const shuttle = {
  back() { seek(now() - 1000); },
  stop() { video().pause(); stopHearing(); },
  on() {
    if (!isPlaying()) { setSpeed(1); play(); return; }
    setSpeed(Math.min(2, video().playbackRate + 0.5));
  },
};
function setSpeed(rate) {
  const options = [...$("speed").options];
  const best = options.find((one) => Number(one.value) >= rate) ?? options.at(-1);
  $("speed").value = best.value;
  video().playbackRate = other().playbackRate = Number(best.value);
}

/** Play a line as it will be mixed, two seconds before and after, with the picture; `loop` again and again. */
export async function hear({ id, text, start_ms, version, loop = false }) {
  if (heardNow && heardNow.id === id && heardNow.loop === loop) { stopHearing(); return; }
  stopHearing();
  video().pause();
  heardNow = { id, start_ms: Math.max(0, start_ms - AROUND_MS), loop };
  const mine = heardNow;
  showLoop();
  tell("hearing", id);
  try {
    const answer = await request("GET", address(`${idPath(id)}/mixed.wav`, { before_ms: AROUND_MS, after_ms: AROUND_MS, text, start_ms, version, client }).replace("/api/v1", ""));
    const sound = await answer.blob();
    if (mine !== heardNow) return;
    mine.start_ms = Number(answer.headers.get("X-Start-Ms") ?? mine.start_ms);
    if (answer.headers.get("X-Line-Start-Ms") === null && answer.headers.get("X-Reason")) say(answer.headers.get("X-Reason"));
    if (url) URL.revokeObjectURL(url);
    url = URL.createObjectURL(sound);
    line().src = url;
    await start();
  } catch (error) {
    if (mine !== heardNow) return;
    stopHearing();
    if (error instanceof ApiError) tellError(error);
    else if (error.name !== "AbortError") tellError(new ApiError(-1, { detail: t("film.no_sound") }));
  }
}

async function start() {
  const mine = heardNow;
  if (video().readyState) {
    video().muted = true;
    video().playbackRate = 1;
    video().currentTime = mine.start_ms / 1000;
    video().play().catch(() => {});
  }
  line().currentTime = 0;
  await line().play();
}

export function stopHearing() {
  if (!heardNow) return;
  heardNow = null;
  line().pause();
  video().pause();
  video().muted = $("sound").value !== "film";
  video().playbackRate = Number($("speed").value);
  showLoop();
  tell("hearing", "");
}

function showLoop() {
  $("loop")?.setAttribute("aria-pressed", String(Boolean(heardNow?.loop)));
}

function setFilm() {
  const { playback } = state.project;
  const playable = playback.playable || playback.proxy === "ready";
  $("no-picture").hidden = playable;
  $("no-picture").textContent = playback.proxy === "making" ? t("film.proxy", { why: translated(playback.why) }) : t("film.unplayable", { why: translated(playback.why) });
  if (playable && !video().src.endsWith(playback.film)) {
    video().src = playback.film;
    const track = document.createElement("track");
    Object.assign(track, { kind: "captions", srclang: state.project.film_language || "und", label: t("film.captions"), src: address("/captions.vtt") });
    video().replaceChildren(track);
    setCaptions();
  }
  setSound();
}

function setCaptions() {
  for (const one of video().textTracks) one.mode = $("captions").checked ? "showing" : "hidden";
}

export const toggleCaptions = () => { $("captions").checked = !$("captions").checked; setCaptions(); };
export function chooseSound(value) {
  const option = [...$("sound").options].find((one) => one.value === value);
  if (option.disabled) { say(t("film.after_render")); return; }
  $("sound").value = value;
  setSound();
  say(option.textContent);
}

export function startPlayer() {
  const film = video();
  on("project", setFilm);
  film.addEventListener("play", () => {
    $("play").textContent = t("film.pause");
    if (usesOther() && !heardNow) { other().currentTime = film.currentTime; other().play().catch(() => {}); }
    requestAnimationFrame(follow);
  });
  film.addEventListener("pause", () => { $("play").textContent = t("film.play"); other().pause(); moved(); });
  film.addEventListener("seeked", moved);
  film.addEventListener("loadedmetadata", () => { if (place_ms) film.currentTime = place_ms / 1000; moved(); });
  film.addEventListener("click", play);
  line().addEventListener("ended", () => {
    if (heardNow?.loop) start().catch(() => stopHearing());
    else stopHearing();
  });
  $("sound").onchange = setSound;
  $("speed").onchange = (event) => setSpeed(Number(event.target.value));
  $("captions").onchange = setCaptions;
  $("captions").checked = localStorage.getItem("audiodesc-captions") === "on";
  $("captions").addEventListener("change", () => localStorage.setItem("audiodesc-captions", $("captions").checked ? "on" : "off"));
  moved();
}

function follow() {
  if (!isPlaying()) return;
  if (usesOther() && !heardNow && Math.abs(other().currentTime - video().currentTime) > DRIFT_S) other().currentTime = video().currentTime;
  moved();
  requestAnimationFrame(follow);
}
