// Recording again from a place within a take (punch-in): what was good before it is kept up to the nearest silence, and
// the new sound follows there, so that its first word comes where the old one came.

const STEP_S = 0.01;
const NEAR_S = 0.4; // from the place that was chosen to the silence
const FADE_S = 2 * STEP_S;
const LONGEST_PAUSE_S = 0.4;
const ABOVE_FLOOR = 4; // 12 dB over the quietest tenth, and
const BELOW_PEAK = 0.05; // 26 dB under the loudest: from there on it is speech

/** The level of each hundredth of a second, and from which level on it is speech. */
function measured(samples, rate) {
  const step = Math.round(STEP_S * rate);
  const levels = Array.from({ length: Math.floor(samples.length / step) }, (_, at) => {
    let sum = 0;
    for (let i = at * step; i < (at + 1) * step; i++) sum += samples[i] * samples[i];
    return Math.sqrt(sum / step);
  });
  const sorted = levels.toSorted((a, b) => a - b);
  const speech = Math.max((sorted[Math.floor(sorted.length / 10)] ?? 0) * ABOVE_FLOOR, (sorted.at(-1) ?? 0) * BELOW_PEAK, 1e-4);
  return { step, levels, speech };
}

/** The first sample of speech from a sample on; the end where there is none. */
function onset({ step, levels, speech }, from, end) {
  const at = levels.findIndex((level, i) => i * step >= from && level > speech);
  return at < 0 ? end : at * step;
}

/** The quietest place near a sample, with the fade before it; of those that are as quiet, the nearest. */
function quietest({ step, levels }, at, near) {
  let best = { at, level: Infinity };
  for (let i = 2; i < levels.length; i++) {
    const level = Math.max(levels[i - 2], levels[i - 1], levels[i]);
    const far = Math.abs(i * step - at);
    if (far <= near && (level < best.level || (level === best.level && far < Math.abs(best.at - at)))) best = { at: i * step, level };
  }
  return best.at;
}

/** A take up to the silence nearest to the sample `at`, and another from its first word on. */
export function joined(before, after, at, rate) {
  const [old, fresh] = [measured(before, rate), measured(after, rate)];
  const cut = quietest(old, Math.round(at), NEAR_S * rate);
  const fade = Math.min(Math.round(FADE_S * rate), cut, after.length);
  const pause = Math.min(onset(old, cut, before.length) - cut, LONGEST_PAUSE_S * rate);
  const from = Math.max(0, Math.round(onset(fresh, 0, 0) - pause - fade));
  const made = new Float32Array(cut - fade + after.length - from);
  made.set(before.subarray(0, cut));
  for (let i = 0; i < after.length - from; i++) {
    const share = i < fade ? (i + 0.5) / fade : 1;
    const place = cut - fade + i;
    made[place] = share === 1 ? after[from + i] : made[place] * Math.cos((share * Math.PI) / 2) + after[from + i] * Math.sin((share * Math.PI) / 2);
  }
  return made;
}

/** About where each word of a text is spoken in a take: {word, at} in seconds. */
export function wordPlaces(samples, rate, text) {
  const known = measured(samples, rate);
  const first = onset(known, 0, 0);
  const last = (known.levels.findLastIndex((level) => level > known.speech) + 1) * known.step;
  const found = text.split(/\s+/).filter(Boolean);
  const letters = found.reduce((sum, one) => sum + one.length, 0);
  let before = 0;
  return found.map((word, number) => {
    const about = first + ((last - first) * before) / letters;
    before += word.length;
    return { word, at: (number ? quietest(known, about, NEAR_S / 2 * rate) : first) / rate };
  });
}
