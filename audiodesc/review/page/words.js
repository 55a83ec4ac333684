// The words of the page in the reader's language: one JSON file a language, English where a word is missing.

export const LANGUAGES = { en: "English", de: "Deutsch" };
let words = {};
let english = {};
let plural = new Intl.PluralRules("en");
export let language = "en";

function wanted() {
  const chosen = localStorage.getItem("audiodesc-language");
  const all = [chosen, ...navigator.languages].filter(Boolean).map((one) => one.slice(0, 2));
  return all.find((one) => one in LANGUAGES) ?? "en";
}

/** Load the words, and put them into everything that stands in the page; `part` is what their files' names begin with. */
export async function loadWords(part = "") {
  language = wanted();
  const get = async (name) => (await fetch(`/page/${part}${name}.json`)).json();
  english = await get("en");
  words = language === "en" ? english : await get(language);
  plural = new Intl.PluralRules(language);
  document.documentElement.lang = language;
  for (const one of document.querySelectorAll("[data-t]")) one.textContent = t(one.dataset.t);
  for (const one of document.querySelectorAll("[data-t-label]")) one.setAttribute("aria-label", t(one.dataset.tLabel));
}

/** The words for a key with {values} put in; `n` chooses between one and many. */
export function t(key, values = {}) {
  let found = words[key] ?? english[key] ?? key;
  if (typeof found === "object") found = found[plural.select(values.n ?? 0)] ?? found.other;
  return found.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** The templates of what the server says, with what it says in the reader's language; none where that is English. */
export const serverWords = () => words.server ?? {};

export const has = (key) => key in words || key in english;

/** When something was done, as the reader's country writes it: of two that share a language, the browser says which. */
export function moment(at) {
  const place = navigator.languages.find((one) => one.slice(0, 2) === language);
  return new Date(at).toLocaleString(place ?? language);
}

/** Seconds with one digit, as the language writes them. */
export function seconds(ms, digits = 1) {
  const form = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(language, form).format(ms / 1000);
}
