// How a word is spoken: kept in the project's lexicon, and heard at once.

import { del, get, post } from "./api.js";
import { $, ask, button, fill, h } from "./dom.js";
import { t } from "./words.js";

export async function showLexicon() {
  const field = $("line-text");
  const picked = field ? field.value.slice(field.selectionStart, field.selectionEnd).trim() : "";
  return ask(t("act.say"), t("act.close"), (body) => {
    const words = h("input", { id: "say-words", required: true, autocomplete: "off", value: picked, maxLength: 200 });
    const how = h("input", { id: "say-how", required: true, autocomplete: "off", maxLength: 200 });
    const told = h("p", { role: "status" });
    const list = h("ul", {});
    const sound = h("audio", { id: "say-sound" });
    const show = (entries) => fill(list, entries.map((one) => h("li", {}, `${one.words}: ${one.say || one.ipa} `,
      button(t("say.remove"), async () => { show((await del(`/lexicon?words=${encodeURIComponent(one.words)}`)).entries); words.focus(); }, { "aria-label": t("say.remove_it", { words: one.words }) }))));
    get("/lexicon").then((found) => show(found.entries)).catch((error) => { told.textContent = error.message; });
    async function keep(event) {
      event.preventDefault();
      try {
        const found = await post("/lexicon", { words: words.value.trim(), say: how.value.trim() });
        show(found.entries);
        told.textContent = t("say.kept", { words: words.value });
        if (found.clip) { sound.src = found.clip; await sound.play(); }
      } catch (error) { told.textContent = error.message; }
    }
    body.append(h("form", { onsubmit: keep }, h("p", {}, h("label", { for: "say-words" }, t("say.words")), " ", words), h("p", {}, h("label", { for: "say-how" }, t("say.how")), " ", how),
      h("p", {}, h("button", { type: "submit", class: "main" }, t("say.keep")))), told, list, sound);
  });
}
