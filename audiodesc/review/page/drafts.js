// Texts that are typed and not yet saved: kept in the browser, so that a reload or a lost server loses nothing.

let kept = {};
let place = "";

/** Those of a project, by its id: others may be shown at the same address, and have lines of the same ids. */
export function openDrafts(project) {
  place = `audiodesc-drafts:${project}`;
  try { kept = JSON.parse(localStorage.getItem(place) ?? "{}"); } catch { kept = {}; }
}
function keep() {
  try { localStorage.setItem(place, JSON.stringify(kept)); } catch { /* full: what is typed still stands in the page */ }
}

export const WHOLE = "whole-script"; // among the keys: the whole script as text
/** The key of a note that is typed. */
export const noteKey = (id) => `note ${id}`;

/** {text, base}: `base` is the version of the line that the typing began from. */
export const draftOf = (key) => kept[key];
export function setDraft(key, text, base) {
  kept[key] = { text, base: kept[key]?.base ?? base };
  keep();
}
export function dropDraft(key) {
  delete kept[key];
  keep();
}
/** An edit of one's own made a newer version: what is being typed goes on from there. */
export function rebase(key, before, after) {
  if (kept[key]?.base === before) kept[key].base = after;
  keep();
}
export const draftKeys = () => Object.keys(kept);
