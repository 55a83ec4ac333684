// What was done, by whom and when; and back to before it.

import { get } from "./api.js";
import { $, button, fill, h, say } from "./dom.js";
import { tellError, undoTo } from "./edits.js";
import { on, state } from "./state.js";
import { translated } from "./translate.js";
import { has, moment, t } from "./words.js";

const AT_ONCE = 200;

async function load() {
  const place = $("view-history").querySelector(".place");
  try {
    const { entries } = await get(`/history?after=${Math.max(0, state.change - AT_ONCE)}&limit=${AT_ONCE}`);
    const list = entries.toReversed();
    fill(place, list.length ? h("ol", { class: "history", reversed: true }, list.map((one, at) => h("li", {},
      h("div", { class: "words" }, one.kind === "undo" ? `${t("history.undo")} ${translated(one.text)}` : translated(one.text)),
      h("div", { class: "quiet" }, [moment(one.at), one.author, has(`source.${one.source}`) ? t(`source.${one.source}`) : one.source].filter(Boolean).join(", ")),
      at && one.kind !== "make" ? button(t("history.back"), () => back(one), { "aria-label": t("history.back_to", { what: translated(one.text) }) }) : null)))
      : h("p", {}, t("history.none")));
  } catch (error) { tellError(error); }
}

async function back(one) {
  if (!(await undoTo(one.number))) return;
  await load();
  $("history-title").focus();
  say(t("history.went", { what: translated(one.text) }));
}

export function startHistory() {
  const isOpen = () => !$("view-history").hidden;
  on("view", (name) => { if (name === "history") load(); });
  on("changed", () => { if (isOpen()) load(); });
}
