// A question and its answer, as they stand in a conversation: all as text, its times as buttons that go there.

import { button, h, say } from "./dom.js";
import { seek } from "./player.js";
import { state } from "./state.js";
import { clock, parseClock } from "./times.js";
import { translated } from "./translate.js";
import { moment, t } from "./words.js";

const TIME = /(?<![\d:.,])\d{1,3}:[0-5]\d(?::[0-5]\d)?(?:\.\d{1,3})?(?![\d:])/g;
const NEAR_MS = 1000;

/** A button that goes to a time of the film; `text` is how it is written there. */
export const timeButton = (ms, text = clock(ms)) => button(text, () => { seek(ms); say(t("question.at", { at: clock(ms) })); },
  { class: "link time", "aria-label": t("question.go", { at: text }) });

/** The words of an answer, each row a paragraph. A time in them is a button where the answer is about it: other figures
 *  that look like one, such as those of a clock on a wall, are not. Answers [paragraphs, the times that have a button]. */
function paragraphs(turn) {
  const has = [];
  const isMeant = (ms) => ms <= (state.project?.duration_ms ?? 0)
    && (!turn.by || turn.times_ms.some((one) => Math.abs(one - ms) < NEAR_MS)
      || (turn.span && turn.span.start_ms - NEAR_MS < ms && ms < turn.span.end_ms + NEAR_MS));
  const made = turn.answer.split("\n").filter((row) => row.trim()).map((row) => {
    const parts = [];
    let at = 0;
    for (const found of row.matchAll(TIME)) {
      const ms = parseClock(found[0]);
      if (ms === null || !isMeant(ms)) continue;
      has.push(ms);
      parts.push(row.slice(at, found.index), timeButton(ms, found[0]));
      at = found.index + found[0].length;
    }
    return h("p", {}, ...parts, row.slice(at));
  });
  return [made, has];
}

function about({ span, found_by }) {
  if (!span) return [];
  const to = span.end_ms > span.start_ms ? ` – ${clock(span.end_ms)}` : "";
  return [t("question.about_time"), " ", timeButton(span.start_ms, `${clock(span.start_ms)}${to}`), found_by ? ` (${translated(found_by)})` : "", " · "];
}

/** An entry of the list of a conversation. */
export function turnEntry(turn) {
  const [words, has] = paragraphs(turn);
  const rests = turn.times_ms.filter((ms) => !has.some((one) => Math.abs(one - ms) < NEAR_MS));
  return h("li", {},
    h("h3", { lang: "" }, turn.question),
    h("p", { class: "quiet" }, ...about(turn), t("question.by_whom", { who: turn.author, when: moment(turn.asked_at) })),
    h("div", { class: "answer", lang: "" }, words),
    rests.length ? h("p", {}, t("question.rests"), " ", rests.flatMap((ms, n) => [n ? ", " : "", timeButton(ms)])) : null,
    turn.by ? h("p", { class: "quiet" }, t("question.answered_by", { by: turn.by })) : null);
}
