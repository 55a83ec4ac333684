// What a person chooses for this browser: name, language, colours.

import { ask, h } from "./dom.js";
import { state, tell } from "./state.js";
import { LANGUAGES, language, t } from "./words.js";

export function setTheme() {
  const chosen = localStorage.getItem("audiodesc-theme");
  if (chosen) document.documentElement.dataset.theme = chosen;
  else delete document.documentElement.dataset.theme;
  tell("theme");
}

function select(id, options, chosen, change) {
  return h("select", { id, onchange: (event) => change(event.target.value) }, Object.entries(options).map(([value, text]) => h("option", { value, selected: value === chosen }, text)));
}

export async function showSettings() {
  let again = false;
  await ask(t("act.settings"), t("act.close"), (body) => {
    const keep = (name, value) => (value ? localStorage.setItem(`audiodesc-${name}`, value) : localStorage.removeItem(`audiodesc-${name}`));
    body.append(
      h("p", {}, h("label", { for: "my-name" }, t("settings.name")), " ", h("input", { id: "my-name", autocomplete: "name", maxLength: 100, value: localStorage.getItem("audiodesc-author") ?? "", placeholder: state.project?.author ?? "", onchange: (event) => { keep("author", event.target.value.trim()); again = true; } })),
      h("p", {}, h("label", { for: "my-language" }, t("settings.language")), " ", select("my-language", LANGUAGES, language, (value) => { keep("language", value); again = true; })),
      h("p", {}, h("label", { for: "my-theme" }, t("settings.colours")), " ", select("my-theme", { "": t("settings.system"), light: t("settings.light"), dark: t("settings.dark") }, localStorage.getItem("audiodesc-theme") ?? "", (value) => { keep("theme", value); setTheme(); })),
      h("h3", {}, t("settings.film")),
      h("p", {}, t("settings.about", { voice: state.project.voice_label || state.project.voice || "–", language: state.project.language, wpm: state.project.wpm, folder: state.project.folder })));
  });
  if (again) location.reload();
}
