// Elements, dialogs, and what is said to a screen reader. All text goes in as text, never as HTML.

export const $ = (id) => document.getElementById(id);

/** An element: `props` sets properties, "on…" listeners, "aria-…"/"data-…"/"role"/"for"/"lang" attributes. */
export function h(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "class") made.className = value;
    else if (/^(aria-|data-|role$|for$|lang$|scope$|colspan$|download$)/.test(name)) made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children.flat().filter((one) => one !== null && one !== undefined && one !== false));
  return made;
}

export const button = (text, run, props = {}) => h("button", { type: "button", onclick: run, ...props }, text);

/** Put `children` in place of what is in an element. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat().filter((one) => one !== null && one !== undefined && one !== false));
}

let wait = 0;
/** Say one thing politely; the last one said wins. `lang` is its language, where it is not the page's: "" if not known. */
export function say(text, lang = null) {
  clearTimeout(wait);
  const place = $("said");
  place.textContent = "";
  wait = setTimeout(() => {
    if (lang === null) place.removeAttribute("lang"); else place.setAttribute("lang", lang);
    place.textContent = text;
  }, 120);
}

/** Show what went wrong, until it is closed or something else goes wrong. */
export function alarm(text, close) {
  const place = $("alert");
  const before = document.activeElement;
  fill(place, h("span", {}, text), " ", button(close, () => {
    fill(place);
    if (before && before.isConnected) before.focus();
  }));
}
export const calm = () => fill($("alert"));

/** A mark for the eye, before words that say the same. */
export const sign = (text) => h("span", { "aria-hidden": "true" }, `${text} `);

let number = 0;
/**
 * A modal dialog with a heading; focus goes to its first field, closes with Escape, and goes back where it was.
 * `build(body, close)` fills it. Answers what `close(value)` was given, undefined where it was left.
 */
export function ask(title, closeText, build, name = "") {
  const before = document.activeElement;
  const id = `dialog-${++number}`;
  return new Promise((answer) => {
    let value;
    const body = h("div", { class: "body" });
    const close = (given) => { value = given; dialog.close(); };
    const dialog = h("dialog", { "aria-labelledby": id, class: name },
      h("div", { class: "headline" }, h("h2", { id }, title), button(closeText, () => close(), { class: "plain" })), body);
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (before && before.isConnected) before.focus();
      answer(value);
    });
    build(body, close);
    fill($("said")); // or it is spoken again when the dialog is gone
    document.body.append(dialog);
    dialog.showModal();
    body.querySelector("input, select")?.focus(); // one comes to write; what only asks is read first
  });
}

/** Whether keys that are typed go into a text. */
export function isText(element) {
  if (!element) return false;
  if (element.tagName === "TEXTAREA") return true;
  return element.tagName === "INPUT" && !["checkbox", "radio", "range", "button", "submit"].includes(element.type);
}
