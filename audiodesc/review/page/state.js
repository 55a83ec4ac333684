// What the page knows, and who wants to hear when it changes.

export const state = {
  project: null,
  lines: [], // LineView, in order of time
  gaps: [],
  findings: [], // those of no line
  change: 0,
  current: "", // the id of the chosen line, or "gap-START"
  timeline: null,
  jobs: new Map(),
  filter: "all",
  search: "",
};

const ears = new Map();
export function on(name, run) {
  if (!ears.has(name)) ears.set(name, []);
  ears.get(name).push(run);
}
export function tell(name, data) {
  for (const run of ears.get(name) ?? []) run(data);
}

export const lineOf = (id) => state.lines.find((one) => one.line.id === id);
export const currentLine = () => lineOf(state.current);
export const gapOf = (key) => state.gaps.find((one) => `gap-${one.start_ms}` === key);
export const startOf = (key) => lineOf(key)?.line.start_ms ?? gapOf(key)?.start_ms ?? 0;

/** Lines and empty gaps in order of time, as {key, start_ms, view} or {key, start_ms, gap}. */
export function items() {
  const made = state.lines.map((view) => ({ key: view.line.id, start_ms: view.line.start_ms, view }));
  for (const gap of state.gaps) {
    if (!gap.line_ids.length) made.push({ key: `gap-${gap.start_ms}`, start_ms: gap.start_ms, gap });
  }
  return made.sort((a, b) => a.start_ms - b.start_ms || (a.key < b.key ? -1 : 1));
}

const TESTS = {
  all: () => true,
  unapproved: (one) => one.view && one.view.line.state !== "approved",
  findings: (one) => one.view && one.view.findings.length,
  doubts: (one) => one.view && one.view.doubts.length,
  long: (one) => one.view && one.view.fits === false,
  gaps: (one) => one.gap,
  person: (one) => one.view && one.view.line.is_touched,
  notes: (one) => one.view && one.view.line.note,
  locked: (one) => one.view && one.view.line.locked,
};
export const FILTERS = Object.keys(TESTS);

/** Those of `items` that the filter and the search leave. */
export function shown() {
  const sought = state.search.trim().toLocaleLowerCase();
  const test = TESTS[state.filter];
  return items().filter((one) => test(one)
    && (!sought || (one.view && `${one.view.line.text}\n${one.view.line.note}`.toLocaleLowerCase().includes(sought))));
}

/** Choose a line or gap; `focus` says where the focus goes: "row", "text" or nothing. */
export function choose(key, focus = "") {
  const before = state.current;
  state.current = key;
  tell("current", { key, before, focus });
}

/** The next (step 1) or previous (-1) shown item from the chosen one that passes; undefined where there is none. */
export function beside(step, passes = () => true) {
  const all = shown();
  const at = all.findIndex((one) => one.key === state.current);
  let next = at + step;
  if (at < 0) { // it is filtered out: go by its time
    const after = all.findIndex((one) => one.start_ms > startOf(state.current));
    next = step > 0 ? (after < 0 ? all.length : after) : (after < 0 ? all.length : after) - 1;
  }
  for (; next >= 0 && next < all.length; next += step) if (passes(all[next])) return all[next];
  return undefined;
}
