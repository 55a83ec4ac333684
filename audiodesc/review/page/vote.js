// A page to vote on two lines for a moment, without knowing who wrote which; each vote is kept before the next is asked.

import { $, alarm, calm, fill, h, say } from "./dom.js";
import { clock } from "./times.js";
import { translated } from "./translate.js";
import { loadWords, t } from "./words.js";

const BASE = "/api/v1/poll";
let poll = null;
let number = 0;
let busy = false;

/** What the server answers. Raises an Error with one line for people. */
async function ask(path, side) {
  const sent = side === undefined ? {} : { method: "PUT", body: JSON.stringify({ side }) };
  let answer;
  try {
    answer = await fetch(BASE + path, { ...sent, headers: { "X-Audiodesc": "page", "Content-Type": "application/json" } });
  } catch { throw new Error(t("vote.lost")); }
  if (answer.ok) return answer.json();
  let problem = {};
  try { problem = await answer.json(); } catch { /* no JSON: the status has to do */ }
  throw new Error([problem.fault, problem.remedy].filter(Boolean).map(translated).join(": ") || `HTTP ${answer.status}`);
}

const progress = () => t("vote.progress", { done: poll.done, all: poll.all });

function showLine(place, text) {
  place.textContent = text || t("vote.silent");
  place.classList.toggle("silent", !text);
}

/** Show a moment; `focus` for who comes from another one. */
async function show(wanted, focus) {
  const one = await ask(`/${wanted}`);
  number = wanted;
  $("progress").textContent = progress();
  $("moment").textContent = t("vote.moment", { n: number + 1, all: poll.all, at: clock(one.start_ms) });
  fill($("frames"), one.frames.length
    ? one.frames.map((frame) => h("img", { src: frame.url, alt: t("vote.frame", { at: clock(frame.at_ms) }), width: 320, height: 180 }))
    : h("p", { class: "quiet" }, t("vote.no_frames")));
  showLine($("left"), one.left);
  showLine($("right"), one.right);
  for (const made of document.querySelectorAll("[data-side]")) made.setAttribute("aria-pressed", String(made.dataset.side === one.chosen));
  $("last").hidden = !(poll.done === poll.all - 1 && !one.chosen);
  $("previous").disabled = number === 0;
  $("next").disabled = number === poll.all - 1;
  if (focus) $("moment").focus();
}

const percent = (value) => value.toFixed(1).replace(".", t("decimal"));

function share(found) {
  return found ? t("vote.range", { share: percent(found.value), low: percent(found.low), high: percent(found.high) }) : "–";
}

const row = (tag, cells) => h("tr", {}, cells.map((cell) => h(tag, tag === "th" ? { scope: "col" } : { dir: "auto" }, String(cell))));

async function reveal() {
  const found = await ask("/outcome");
  const heads = ["vote.describers", "vote.first", "vote.second", "vote.equal", "vote.share"].map((one) => t(one));
  const counts = found.outcomes.map((one) => [t("vote.against", one), one.tally.first, one.tally.second, one.tally.equal, share(one.tally.share)]);
  const lines = found.lines.map((one) => [clock(one.start_ms), `${one.first}: ${one.first_line || t("vote.silent")}`, `${one.second}: ${one.second_line || t("vote.silent")}`, one.preferred || t("vote.equal")]);
  const table = (caption, head, rows) => h("table", {}, h("caption", {}, caption), h("thead", {}, row("th", head)), h("tbody", {}, rows.map((cells) => row("td", cells))));
  fill($("tables"),
    table(`${t("vote.result")}. ${t("vote.voters", { n: found.voters })}`, heads, counts),
    table(t("vote.lines"), [t("vote.at"), t("vote.first_line"), t("vote.second_line"), t("vote.preferred")], lines));
  $("progress").textContent = progress();
  $("ballot").hidden = true;
  $("about").hidden = true;
  $("result").hidden = false;
  $("result-title").focus();
}

async function vote(side) {
  if (busy || $("ballot").hidden) return;
  busy = true;
  try {
    poll = await ask(`/${number}`, side);
    calm();
    if (poll.done === poll.all) { await reveal(); return; }
    say(t("vote.kept", { progress: progress() }));
    await show(poll.next, true);
  } catch (error) {
    alarm(t("vote.not_kept", { why: error.message }), t("act.close"));
  } finally { busy = false; }
}

function step(by) {
  const wanted = number + by;
  if (!busy && !$("ballot").hidden && wanted >= 0 && wanted < poll.all) show(wanted, true).catch(tell);
}

const tell = (error) => alarm(error.message, t("act.close"));
const KEYS = { 1: () => vote("left"), 2: () => vote("right"), 0: () => vote("equal"), p: () => step(-1), n: () => step(1) };

async function start() {
  const theme = localStorage.getItem("audiodesc-theme");
  if (theme) document.documentElement.dataset.theme = theme;
  await loadWords("vote-");
  document.title = `${t("vote.title")} – audiodesc`;
  $("keys").checked = localStorage.getItem("audiodesc-vote-keys") !== "off";
  $("keys").addEventListener("change", () => localStorage.setItem("audiodesc-vote-keys", $("keys").checked ? "on" : "off"));
  for (const made of document.querySelectorAll("[data-side]")) made.addEventListener("click", () => vote(made.dataset.side));
  $("previous").addEventListener("click", () => step(-1));
  $("next").addEventListener("click", () => step(1));
  document.addEventListener("keydown", (event) => {
    const run = KEYS[event.key.toLowerCase()];
    if (!run || !$("keys").checked || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    event.preventDefault();
    run();
  });
  poll = await ask("");
  if (poll.done === poll.all) await reveal();
  else await show(poll.next, false);
  document.body.dataset.ready = "yes";
}

start().catch(tell);
