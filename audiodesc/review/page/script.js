// The plain text view: the whole script as WebVTT in one text field. What is changed there is the same edits.

import { get, post, put } from "./api.js";
import { $, button, fill, h, say } from "./dom.js";
import { draftKeys, draftOf, dropDraft, setDraft, WHOLE as KEY } from "./drafts.js";
import { merge, run, saveText } from "./edits.js";
import { on, state, tell } from "./state.js";
import { translated } from "./translate.js";
import { t } from "./words.js";

let text = null;
let loaded = null; // {change, text} as the server gave it
let wait = 0;

function place(line) {
  const before = text.value.split("\n").slice(0, line - 1);
  const start = before.reduce((sum, one) => sum + one.length + 1, 0);
  text.focus();
  text.setSelectionRange(start, start + (text.value.split("\n")[line - 1] ?? "").length);
  text.scrollTop = Math.max(0, (line - 4) * parseFloat(getComputedStyle(text).lineHeight));
}

function faults(list, told) {
  fill($("script-faults"), list.map((one) => h("li", {}, button(t("script.line", { n: one.number }), () => place(one.number), { class: "link" }), ` ${translated(one.message)}`, one.words ? h("code", {}, ` ${one.words}`) : null)));
  fill($("script-told"), (told ?? []).map((one) => h("li", {}, translated(one))));
}

const status = (words) => { $("script-status").textContent = words; };

async function check() {
  if (!loaded || text.value === loaded.text) { faults([]); status(""); return; }
  const sent = text.value;
  try {
    const answer = await post("/script/check", { text: sent, change: loaded.change });
    if (sent !== text.value) return;
    faults(answer.faults, answer.told);
    status(answer.faults.length ? t("script.faults", { n: answer.faults.length }) : t("script.good", { n: answer.told.length }));
  } catch (error) { problem(error); }
}

function problem(error) {
  const list = error.answer?.faults ?? [];
  faults(list);
  status(list.length ? t("script.faults", { n: list.length }) : error.status === 409 ? t("script.changed") : error.message);
}

export async function saveScript() {
  if (!loaded) return;
  if (text.value === loaded.text) { say(t("script.same")); return; }
  await run(async () => {
    const sent = text.value;
    try {
      const answer = await put("/script", { text: sent, change: loaded.change });
      if (answer.changed) {
        merge(answer.changed);
        for (const one of answer.changed.lines) tell("reset", one.line.id);
      }
      if (text.value === sent) { dropDraft(KEY); await load(); }
      faults(answer.faults, answer.told);
      status(t("script.saved", { n: answer.told.length }));
    } catch (error) {
      if (!error.status) throw error;
      problem(error);
    }
  });
}

async function load() {
  loaded = await get("/script");
  text.value = draftOf(KEY)?.text ?? loaded.text;
  faults([]);
  $("script-stale").hidden = true;
}

async function again() {
  dropDraft(KEY);
  await load();
  status(t("script.loaded"));
  text.focus();
}

export function startScript() {
  on("view", async (name) => {
    if (name !== "text") return;
    const part = $("view-text").querySelector(".place");
    if (!text) {
      text = h("textarea", { id: "script-text", spellcheck: true, wrap: "soft", "aria-describedby": "script-how", oninput: () => {
        setDraft(KEY, text.value, loaded?.change ?? 0);
        clearTimeout(wait);
        wait = setTimeout(check, 700);
      } });
      part.append(h("p", { id: "script-how", class: "quiet" }, t("script.how")), h("label", { for: "script-text" }, t("script.label")), text,
        h("p", { class: "bar" }, button(t("script.save"), saveScript, { class: "main" }), button(t("script.reload"), again)),
        h("p", { id: "script-stale", class: "warn", hidden: true }, t("script.changed")),
        h("p", { id: "script-status", role: "status" }), h("ul", { id: "script-faults" }), h("ul", { id: "script-told", class: "quiet" }));
    }
    text.lang = state.project.language;
    for (const key of draftKeys()) if (key !== KEY) await saveText(key);
    await load();
  });
  on("changed", () => { // by somebody else, or in another view
    if (!text || !loaded || $("view-text").hidden || state.change === loaded.change) return;
    if (text.value === loaded.text) { const at = text.selectionStart; load().then(() => text.setSelectionRange(at, at)); } else $("script-stale").hidden = false;
  });
}
export const scriptIsOpen = () => Boolean(text) && !$("view-text").hidden;
