// The takes of a line: heard, kept, dropped, or recorded again from a place in one. A line's recording is one of them.

import { address, idPath, request } from "./api.js";
import { button, fill, h, sign } from "./dom.js";
import { asTake, RATE } from "./microphone.js";
import { wordPlaces } from "./punch.js";
import { seconds, t } from "./words.js";

const takes = new Map(); // id of the line → its takes {samples, rate, url, peak_db, clipped}
const recordings = new Map(); // name of a recording → its take
let listed = ""; // the id of the line whose takes are listed
let stamp = "";

export const takesOf = (id) => takes.get(id) ?? [];
export const lastsMs = (take) => (take.samples.length / take.rate) * 1000;

export function addTake(id, take) {
  takes.set(id, [...takesOf(id), take]);
}
function dropTake(id, take) {
  URL.revokeObjectURL(take.url);
  takes.set(id, takesOf(id).filter((one) => one !== take));
}
export function dropTakes(id) {
  for (const take of takesOf(id)) dropTake(id, take);
}

/** The recording that a line has, as a take; null while it is fetched. */
function recordingOf({ line }, again) {
  if (!recordings.has(line.recording)) {
    recordings.set(line.recording, null);
    fetched(line).then((take) => { recordings.set(line.recording, take); again(); }).catch(() => recordings.delete(line.recording));
  }
  return recordings.get(line.recording);
}
async function fetched(line) {
  const answer = await request("GET", `${idPath(line.id)}/recording.wav`);
  const sound = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(await answer.arrayBuffer());
  return { ...asTake(sound.getChannelData(0), RATE), url: address(`${idPath(line.id)}/recording.wav`, { name: line.recording }) };
}

/** List them; `runs` are keep(take, number), again(take, seconds, audio) and dropped(). What stands as it was stays. */
export function listTakes(place, view, runs) {
  const mine = takesOf(view.line.id);
  listed = view.line.id;
  const again = () => { if (listed === view.line.id) listTakes(place, view, runs); };
  const old = view.line.recording ? recordingOf(view, again) : null;
  const now = JSON.stringify([view.line.id, view.line.text, view.room_ms, old?.url, mine.map((one) => one.url)]);
  if (now === stamp) return;
  stamp = now;
  const entry = (take, name, about, ...more) => {
    const audio = h("audio", { controls: true, src: take.url, "aria-label": name });
    return h("li", { class: "take" }, h("div", { class: "bar" }, audio, h("span", {}, about), marks(take, view), more),
      h("div", { class: "bar" }, words(take, view, audio, name), button(t("record.from_here"), () => runs.again(take, audio.currentTime, audio), { "aria-label": `${t("record.from_here")}: ${name}` })));
  };
  fill(place, old ? entry(old, t("record.old"), t("record.old_is", { s: seconds(lastsMs(old)) })) : null, mine.map((take, at) => {
    const n = at + 1;
    return entry(take, t("record.take", { n }), t("record.take_is", { n, s: seconds(lastsMs(take)), peak: Math.round(take.peak_db) }),
      button(t("record.keep"), () => runs.keep(take, n), { class: "main", "aria-label": t("record.keep_it", { n }) }),
      button(t("record.drop"), () => { dropTake(view.line.id, take); again(); runs.dropped(); }, { "aria-label": t("record.drop_it", { n }) }));
  }));
}

function marks(take, view) {
  const made = [];
  if (take.clipped) made.push(t("record.clipped"));
  if (view.room_ms !== null && lastsMs(take) > view.room_ms) made.push(t("record.long"));
  return made.map((one) => h("strong", { class: "bad" }, sign("▲"), one));
}

/** Choosing a word goes there in the take. */
function words(take, view, audio, name) {
  const places = wordPlaces(take.samples, take.rate, view.line.text);
  return h("label", {}, h("span", {}, t("record.word")), " ", h("select", { "aria-label": `${t("record.word")}: ${name}`, onchange: (event) => { audio.currentTime = places[event.target.selectedIndex].at; } },
    places.map((one) => h("option", {}, one.word))));
}
