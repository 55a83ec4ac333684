// Rendering, with how far it is; and the files to take away.

import { get, post } from "./api.js";
import { $, button, fill, h, say } from "./dom.js";
import { draftKeys } from "./drafts.js";
import { saveText, tellError } from "./edits.js";
import { on, state } from "./state.js";
import { translated } from "./translate.js";
import { has, language, t } from "./words.js";

let parts = null;

function size(bytes) {
  const unit = bytes > 1e6 ? ["megabyte", 1e6] : ["kilobyte", 1e3];
  return new Intl.NumberFormat(language, { style: "unit", unit: unit[0], maximumFractionDigits: 1 }).format(bytes / unit[1]);
}

function build() {
  parts = {
    before: h("p", {}), start: button(t("render.start"), start, { class: "main", id: "render-start" }),
    bar: h("progress", { max: 1, value: 0, "aria-label": t("render.progress") }), stage: h("p", {}), files: h("div", {}),
  };
  parts.work = h("div", { hidden: true, id: "render-work" }, parts.bar, parts.stage);
  $("view-render").querySelector(".place").append(parts.before, h("p", { class: "bar" }, parts.start), parts.work, parts.files);
}

async function load() {
  try {
    const [plan, found] = await Promise.all([get("/render"), get("/files")]);
    const approved = state.lines.filter((one) => one.line.state === "approved").length;
    const words = plan.stale || plan.edited.length ? t("render.will", { n: plan.edited.length, voiced: plan.voiced }) : t("render.fresh");
    parts.before.textContent = `${words} ${t("render.approved", { n: approved, all: state.lines.length })}`;
    const files = found.files.map((one) => h("li", {}, h("a", { href: one.url, download: one.name }, one.name), ` ${translated(one.summary)} `, h("span", { class: "quiet" }, `(${size(one.bytes)})`)));
    fill(parts.files,
      h("h3", {}, t("render.files")), files.length ? h("ul", {}, files) : h("p", {}, t("render.no_files")),
      files.length ? h("p", {}, h("a", { href: "/report", target: "_blank", rel: "noopener" }, t("render.report"))) : null,
      found.formats.length ? [h("h3", {}, t("render.formats")), h("ul", {}, found.formats.map((one) => h("li", {}, h("a", { href: one.url, download: "" }, one.name), ` ${translated(one.summary)}`)))] : null);
  } catch (error) { if (error.status === 503) parts.before.textContent = error.message; else tellError(error); }
}

async function start() {
  try {
    for (const key of draftKeys()) await saveText(key);
    job(await post("/render", {}));
    say(t("render.started"));
  } catch (error) { tellError(error); }
}

let told = 0;
function job(one) {
  if (one.kind !== "render" || !parts) return;
  const runs = one.state === "running" || one.state === "waiting";
  const had = document.activeElement === parts.start;
  parts.work.hidden = !runs;
  parts.start.setAttribute("aria-disabled", String(runs));
  if (runs) {
    parts.bar.value = one.share;
    const percent = Math.round(one.share * 100);
    const stage = t(has(`stage.${one.stage}`) ? `stage.${one.stage}` : "stage.");
    parts.stage.textContent = `${stage}: ${percent} %${one.left_s ? `, ${t("render.left", { n: Math.ceil(one.left_s) })}` : ""}`;
    if (percent >= told + 25) { told = percent; say(`${percent} %`); }
    return;
  }
  told = 0;
  if (one.state === "failed") { tellError(new Error(translated(one.fault))); return; }
  say(t("render.done"));
  load().then(() => { if (had) parts.start.focus(); });
}

export function startRender() {
  build();
  on("view", (name) => { if (name === "render") load(); });
  on("changed", () => { if (!$("view-render").hidden) load(); });
  on("job", job);
}
