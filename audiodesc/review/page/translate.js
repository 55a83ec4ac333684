// What the server says in English, in the reader's language: by the templates under "server" in the language's file.
// {name} stands for any text, {at} for a time; {name*} for one that is translated itself.

import { serverWords, t } from "./words.js";

const HOLE = /\{(\w+)(\*?)\}/;
const TIME = /^[\d:.]+$/;
const MOST_KEPT = 2000;
const known = new Map();
let templates = null;

function template([from, to]) {
  const parts = from.split(/\{\w+\*?\}/);
  const holes = [...from.matchAll(new RegExp(HOLE, "g"))].map(([, name, deep]) => ({ name, deep: Boolean(deep) }));
  return { parts, holes, to, letters: parts.join("").length };
}

/** The texts in the holes of a template, as short as can be; null where it is another text. */
function inHoles(text, parts) {
  const end = parts.at(-1);
  if (parts.length === 1) return text === end ? [] : null;
  if (!text.startsWith(parts[0]) || !text.endsWith(end)) return null;
  const found = [];
  let at = parts[0].length;
  for (const part of parts.slice(1)) {
    const next = found.length === parts.length - 2 ? text.length - end.length : text.indexOf(part, at + 1);
    if (next <= at) return null;
    found.push(text.slice(at, next));
    at = next + part.length;
  }
  return found;
}

/** A figure as the language writes it, and a quotation in its marks. */
function value(text) {
  if (/^-?\d+\.\d+$/.test(text)) return text.replace(".", t("decimal"));
  const [, quoted] = /^'([^']*)'$|^"([^"]*)"$|^“([^”]*)”$/.exec(text)?.filter((one) => one !== undefined) ?? [];
  return quoted === undefined ? text : t("quoted", { text: quoted });
}

function byTemplate(text) {
  for (const { parts, holes, to } of templates) {
    const found = inHoles(text, parts);
    if (!found || holes.some(({ name }, n) => name === "at" && !TIME.test(found[n]))) continue;
    const values = new Map(holes.map(({ name, deep }, n) => [name, deep ? translated(found[n]) : value(found[n])]));
    return to.replace(new RegExp(HOLE, "g"), (whole, name) => values.get(name) ?? whole);
  }
  return null;
}

/** "fault: remedy", and several of such in one line; null where the first is none, or `last` gives none for the others. */
function byParts(text, last) {
  for (const between of [": ", "; "]) {
    for (let at = text.indexOf(between); at > 0; at = text.indexOf(between, at + 1)) {
      const first = byTemplate(text.slice(0, at));
      const others = first === null ? null : last(text.slice(at + between.length));
      if (others !== null) return `${first}${between}${others}`;
    }
  }
  return null;
}

const whole = (text) => byParts(text, whole) ?? byTemplate(text);

/** A text of the server in the reader's language; as it is where nobody has translated it. */
export function translated(text) {
  templates ??= Object.entries(serverWords()).map(template).sort((a, b) => b.letters - a.letters);
  if (!text || !templates.length) return text ?? "";
  if (!known.has(text)) {
    if (known.size > MOST_KEPT) known.clear();
    known.set(text, whole(text) ?? byParts(text, translated) ?? value(text));
  }
  return known.get(text);
}
