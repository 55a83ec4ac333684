// Asking the server. Errors come back as ApiError with one line for people.

import { translated } from "./translate.js";

export class ApiError extends Error {
  constructor(status, answer) {
    super([answer.fault, answer.remedy].filter(Boolean).map(translated).join(": ") || answer.detail || answer.title || `HTTP ${status}`);
    this.status = status;
    this.answer = answer;
  }
}

/** How the server answers: "" well, "lost" not at all, "session" as one that was started anew. `hear(link)` at each change. */
let link = "";
let told = () => {};
let waiting = 0;
export const linkState = () => link;
export const onLink = (hear) => { told = hear; };
function linked(now) {
  if (now === link) return;
  link = now;
  told(link);
  if (link) again();
}
/** While it does not answer: ask now and then. */
async function probe() {
  if (!link) return;
  try { await request("GET", "/project"); linked(""); } catch { again(); }
}
function again() {
  clearTimeout(waiting);
  waiting = setTimeout(probe, RETRY_MS);
}
addEventListener("online", probe);

const RETRY_MS = 2000;
const LISTEN_MS = 1500;
export const BASE = "/api/v1";
/** Whose requests drop each other's: those of this page alone. */
export const client = crypto.randomUUID?.() ?? String(Math.random());
export const myName = () => localStorage.getItem("audiodesc-author") ?? "";

function headers(extra = {}) {
  const made = { "X-Audiodesc": "page", ...extra };
  if (myName()) made["X-Author"] = encodeURIComponent(myName());
  return made;
}

/** The answer of a request as it is. Raises ApiError; status 0 where the server is not there. */
export async function request(method, path, body, options = {}) {
  const given = body === undefined ? {} : body instanceof Blob ? { "Content-Type": body.type } : { "Content-Type": "application/json" };
  let answer;
  try {
    answer = await fetch(BASE + path, {
      method, signal: options.signal, headers: headers({ ...given, ...options.headers }),
      body: body === undefined || body instanceof Blob ? body : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    linked("lost");
    throw new ApiError(0, { detail: "" });
  }
  if (answer.ok || answer.status === 304) return answer;
  let problem = {};
  try { problem = await answer.json(); } catch { /* no JSON: the status has to do */ }
  if (answer.status === 401) linked("session");
  throw new ApiError(answer.status, problem);
}

export const get = async (path, options) => (await request("GET", path, undefined, options)).json();
export const post = async (path, body = {}, options = {}) => (await request("POST", path, body, options)).json();
export const put = async (path, body) => (await request("PUT", path, body)).json();
export const patch = async (path, body) => (await request("PATCH", path, body)).json();
export const del = async (path) => (await request("DELETE", path)).json();
export const idPath = (id) => `/lines/${encodeURIComponent(id)}`;

/** The address of a sound or picture with its values. */
export function address(path, values = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined && value !== null) query.set(name, value);
  const text = query.toString();
  return BASE + path + (text ? `?${text}` : "");
}

/** Server-sent events: `hear(name, data)` for each; `missed()` when some may have been, as the line was broken. The promise
 * is kept when nothing is missed from now on, or that has to be waited for too long. */
export function listen(hear, missed) {
  let broken = false;
  return new Promise((done) => {
    const late = () => { broken = true; done(); };
    const open = () => {
      const source = new EventSource(address("/events", { author: myName() || undefined }));
      for (const name of ["change", "job", "ready", "length", "people", "question", "conversations"]) {
        source.addEventListener(name, (event) => {
          if (name === "people") { // the first that the server says to everyone who begins to listen
            clearTimeout(waited);
            if (broken) missed();
            broken = false;
            done();
          }
          hear(name, JSON.parse(event.data));
        });
      }
      source.onerror = () => {
        late();
        request("GET", "/project").catch(() => {}); // why?
        if (source.readyState === EventSource.CLOSED) setTimeout(open, RETRY_MS);
      };
    };
    const waited = setTimeout(late, LISTEN_MS);
    open();
  });
}
