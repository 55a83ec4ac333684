// Find and replace over the whole script, seen before it is done.

import { post } from "./api.js";
import { ask, button, fill, h, say } from "./dom.js";
import { merge, run, saveText } from "./edits.js";
import { state, tell } from "./state.js";
import { t } from "./words.js";

/** A text with the stretches that were found marked. */
function marked(text, spans, tag) {
  const made = [];
  let at = 0;
  for (const [start, end] of spans) {
    made.push(text.slice(at, start), h(tag, {}, text.slice(start, end)));
    at = end;
  }
  made.push(text.slice(at));
  return made;
}

export async function showReplace() {
  if (state.current) await saveText(state.current);
  return ask(t("act.replace"), t("act.close"), (body, close) => {
    const find = h("input", { id: "find", required: true, autocomplete: "off", maxLength: 1000 });
    const by = h("input", { id: "by", autocomplete: "off", maxLength: 1000 });
    const exact = h("input", { type: "checkbox", id: "exact" });
    const whole = h("input", { type: "checkbox", id: "whole" });
    const told = h("p", { role: "status" });
    const list = h("ol", { class: "preview" });
    const apply = button(t("replace.apply"), () => done(), { class: "main", disabled: true });
    let preview = null;
    const wanted = () => ({ find: find.value, replace: by.value, case: exact.checked, words: whole.checked });
    const stale = () => { preview = null; apply.disabled = true; fill(list); told.textContent = ""; };
    for (const one of [find, by, exact, whole]) one.addEventListener("input", stale);
    async function look(event) {
      event.preventDefault();
      try { preview = await post("/replace", { ...wanted(), apply: false }); } catch (error) { told.textContent = error.message; return; }
      const free = preview.lines.filter((one) => !one.locked);
      told.textContent = t("replace.found", { n: preview.count }) + (free.length < preview.lines.length ? ` ${t("replace.locked", { n: preview.lines.length - free.length })}` : "");
      fill(list, preview.lines.map((one) => h("li", {}, h("div", {}, marked(one.before, one.spans, "del")),
        one.locked ? h("div", { class: "quiet" }, t("replace.stays")) : h("div", {}, marked(one.after, one.after_spans, "ins")))));
      apply.disabled = !free.length;
    }
    async function done() {
      if (!preview) return;
      const lines = preview.lines.filter((one) => !one.locked).map((one) => ({ id: one.id, base: one.version }));
      const changed = await run(async () => merge(await post("/replace", { ...wanted(), apply: true, lines })));
      if (!changed) { close(); return; }
      for (const one of changed.lines) tell("reset", one.line.id);
      close();
      setTimeout(() => say(t("replace.done", { n: changed.lines.length })), 200);
    }
    body.append(h("form", { onsubmit: look },
      h("p", {}, h("label", { for: "find" }, t("replace.find")), " ", find), h("p", {}, h("label", { for: "by" }, t("replace.by")), " ", by),
      h("p", {}, h("label", { class: "check" }, exact, " ", t("replace.case")), " ", h("label", { class: "check" }, whole, " ", t("replace.words"))),
      h("p", { class: "bar" }, h("button", { type: "submit" }, t("replace.look")), apply)), told, list);
  }, "replace");
}
