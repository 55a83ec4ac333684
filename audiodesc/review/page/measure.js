// How long a text takes in the voice, while it is typed: estimated at once, measured on a pause in typing.

import { client, idPath, post } from "./api.js";
import { state } from "./state.js";
import { words } from "./times.js";

const PAUSE_MS = 220;
let number = 0;
let wait = 0;

/** Words that the measured pace leaves in the room: negative where there are too many. */
export function wordsLeft(text, view, room_ms) {
  if (room_ms === null || room_ms === undefined) return null;
  const known = view && view.length_ms && words(view.line.text) > 2;
  const each = known ? view.length_ms / words(view.line.text) : 60000 / (state.project?.wpm || 160);
  return Math.floor(room_ms / each) - words(text);
}

/** Measure after a pause; `heard(answer)` gets the answer for the newest text alone. */
export function measure(id, text, start_ms, heard) {
  clearTimeout(wait);
  const mine = ++number;
  if (!text.trim()) return;
  wait = setTimeout(async () => {
    try {
      const answer = await post(`${idPath(id || "new")}/measure`, { text: text.trim(), start_ms, client, number: mine });
      if (!answer.dropped && mine === number) heard(answer);
    } catch (error) {
      if (mine === number) heard({ fault: [0, 401, 503].includes(error.status) ? "" : error.message, length_ms: null, fits: null });
    }
  }, PAUSE_MS);
}
