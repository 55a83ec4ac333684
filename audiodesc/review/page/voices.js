// The choice of a line's voice: the film's, or one of those that can speak here, those of its language first.

import { get } from "./api.js";
import { $, fill, h } from "./dom.js";
import { tellError } from "./edits.js";
import { state } from "./state.js";
import { language, t } from "./words.js";

const PAUSE_MS = 700; // arrow keys go through the choices: the one that is rested on counts

let known = null;
let shownKey = "";
let wait = 0;
let save = null; // keeps what was chosen and is not saved yet

/** The choice; `change(id, voice)` is called when a person has chosen. */
export function voiceSelect(change) {
  return h("select", {
    id: "voice",
    onfocus: load,
    onchange: (event) => {
      const [key, voice] = [shownKey, event.target.value];
      clearTimeout(wait);
      save = () => { clearTimeout(wait); save = null; change(key, voice); };
      wait = setTimeout(() => save?.(), PAUSE_MS);
    },
    onblur: () => save?.(),
  });
}

async function load() {
  if (known) return;
  try {
    known = await get("/voices");
    if ($("voice")) fillVoices(shownKey, $("voice").value); // the editor may be closed by now
  } catch (error) { if (error.status !== 503) tellError(error); }
}

const named = (tag) => new Intl.DisplayNames([language], { type: "language" }).of(tag) ?? tag;

/** Show the voice of a line ("" the film's), with what can be chosen as far as it is known. */
export function fillVoices(key, chosen) {
  if (key !== shownKey) save?.();
  shownKey = key;
  if (save) return;
  const place = $("voice");
  const film = known?.film || state.project?.voice || "";
  const others = (known?.voices ?? []).filter((one) => one.name !== film || one.name === chosen);
  if (chosen && !others.some((one) => one.name === chosen)) others.unshift({ name: chosen });
  const stamp = JSON.stringify([film, others.map((one) => one.name), language]);
  if (place.dataset.stamp !== stamp) {
    place.dataset.stamp = stamp;
    fill(place, h("option", { value: "" }, t("edit.film_voice", { voice: film })),
      others.map((one) => h("option", { value: one.name }, one.language ? `${one.name}, ${named(one.language)}` : one.name)));
  }
  if (place.value !== chosen) place.value = chosen;
}
