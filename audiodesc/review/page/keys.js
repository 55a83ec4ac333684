// Keys: one table of what can be done. Single keys count only where the focus is in the list or the timeline,
// so that they never get in the way of a screen reader or of typing. A person can change each.

import { ask, button, fill, h, isText } from "./dom.js";
import { has, t } from "./words.js";

const STORE = "audiodesc-keys";
/** name → keys. "Ctrl+…"/"Alt+…" count everywhere; single ones in list and timeline. */
export const DEFAULTS = {
  approve: ["a", "Ctrl+Enter"], hear: ["p", "Alt+Enter"], loop: ["o"], edit: ["e", "Enter"], save: ["Ctrl+s"],
  next: ["Alt+ArrowDown"], previous: ["Alt+ArrowUp"], "next-open": ["u"], "next-finding": ["n"], "previous-finding": ["Shift+N"],
  earlier: ["["], later: ["]"], "frame-earlier": ["{"], "frame-later": ["}"], "start-here": ["s"],
  split: ["w", "Ctrl+Shift+Enter"], join: ["m"], add: ["i"], delete: ["Delete"], lock: ["x"], note: ["t"], candidates: ["c"], "ask-another": ["d"], "ask-shorter": ["Shift+D"], "ask-hint": ["h"], "ask-film": ["Shift+A", "Alt+q"], say: ["y"],
  "record-line": ["r"], undo: ["Ctrl+z"], redo: ["Ctrl+Shift+Z", "Ctrl+y"], replace: ["f"],
  play: ["Space", "k"], back: ["j"], on: ["l"], "frame-back": [","], "frame-on": ["."], "sound-film": ["1"], "sound-mix": ["2"], "sound-narration": ["3"], captions: ["v"],
  "zoom-in": ["+"], "zoom-out": ["-"], "zoom-all": ["0"], stop: ["Escape"], list: ["g"], timeline: ["b"], shortcuts: ["?", "Ctrl+/"],
};
let changed = {};
try { changed = JSON.parse(localStorage.getItem(STORE) ?? "{}"); } catch { changed = {}; }
const keysOf = (name) => changed[name] ?? DEFAULTS[name];

/** A key press as text: "Ctrl+Shift+Z", "a", "Space". */
export function pressed(event) {
  const key = event.key === " " ? "Space" : event.key;
  if (["Control", "Shift", "Alt", "Meta", "AltGraph", "Dead"].includes(key)) return "";
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push("Ctrl");
  if (event.altKey) parts.push("Alt");
  if (event.shiftKey && (key.length > 1 || /\p{Lu}/u.test(key))) parts.push("Shift");
  return [...parts, key].join("+");
}

const isSingle = (keys) => !/^(Ctrl|Alt)\+/.test(keys);
const NATIVE_IN_TEXT = ["Ctrl+z", "Ctrl+Shift+Z", "Ctrl+y"];

/** Listen; `actions[name]()` does it. */
export function startKeys(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    const keys = pressed(event);
    const name = Object.keys(DEFAULTS).find((one) => keysOf(one).includes(keys));
    if (!name || !actions[name]) return;
    const active = document.activeElement;
    if (isSingle(keys)) {
      const works = active?.closest?.("#line-list .row, #timeline");
      if (keys === "Escape" ? isText(active) && active.id !== "line-text" : !works) return;
      if (active.classList?.contains("row") && ["Enter", "Space"].includes(keys)) {
        if (keys === "Enter") return; // the row's own click
      }
    } else if (isText(active) && NATIVE_IN_TEXT.includes(keys)) return;
    event.preventDefault();
    actions[name]();
  });
}

const shown = (keys) => keys.map((one) => one.split("+").map((part) => (has(`key.${part}`) ? t(`key.${part}`) : part)).join(" + ")).join(` ${t("keys.or")} `);

/** The list of all keys: to search in, and to change. */
export function showKeys() {
  return ask(t("act.shortcuts"), t("act.close"), (body) => {
    const search = h("input", { id: "keys-search", type: "search", autocomplete: "off", oninput: () => list() });
    const rows = h("tbody", {});
    const told = h("p", { role: "status" });
    let waiting = "";
    const list = () => {
      const sought = search.value.toLocaleLowerCase();
      fill(rows, Object.keys(DEFAULTS).filter((name) => `${t(`do.${name}`)} ${shown(keysOf(name))}`.toLocaleLowerCase().includes(sought)).map((name) =>
        h("tr", { "data-name": name }, h("th", { scope: "row" }, t(`do.${name}`)), h("td", {}, h("kbd", {}, shown(keysOf(name)))),
          h("td", {}, button(waiting === name ? t("keys.press") : t("keys.change"), () => { waiting = name; told.textContent = t("keys.press_for", { what: t(`do.${name}`) }); list(); rows.querySelector(`[data-name="${name}"] button`).focus(); },
            { "aria-label": t("keys.change_for", { what: t(`do.${name}`) }) })))));
    };
    body.addEventListener("keydown", (event) => {
      if (!waiting) return;
      const keys = pressed(event);
      if (!keys || keys === "Tab") return;
      event.preventDefault();
      event.stopPropagation();
      const name = waiting;
      waiting = "";
      if (keys !== "Escape") {
        const other = Object.keys(DEFAULTS).find((one) => one !== name && keysOf(one).includes(keys));
        if (other) told.textContent = t("keys.taken", { keys, what: t(`do.${other}`) });
        else {
          changed[name] = [keys];
          localStorage.setItem(STORE, JSON.stringify(changed));
          told.textContent = t("keys.set", { keys: shown([keys]), what: t(`do.${name}`) });
        }
      } else told.textContent = "";
      list();
      rows.querySelector(`[data-name="${name}"] button`)?.focus();
    }, true);
    body.append(h("p", {}, t("keys.told")), h("p", {}, h("label", { for: "keys-search" }, t("keys.search")), " ", search), told,
      h("div", { class: "wide-table", tabIndex: 0, role: "region", "aria-label": t("act.shortcuts") },
        h("table", {}, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("keys.what")), h("th", { scope: "col" }, t("keys.keys")), h("th", { scope: "col" }, t("keys.change")))), rows)),
      h("p", {}, button(t("keys.reset"), () => { changed = {}; localStorage.removeItem(STORE); told.textContent = t("keys.was_reset"); list(); })));
    list();
  }, "keys");
}
