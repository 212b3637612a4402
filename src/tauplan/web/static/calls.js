// Calls to the server. A refusal carries problems: message, place, path, found, expected, hint.

import { language, t } from "./words.js";

export class Refused extends Error {
  constructor(problems) {
    super(problems.map((problem) => problem.message).join("; "));
    this.problems = problems;
  }
}

async function ask(path, options = {}) {
  let answer;
  options.headers = { ...options.headers, "accept-language": language };
  try {
    answer = await fetch(`/api/v1/${path}`, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused([{ message: t("the server does not answer"), hint: t("is tauplan serve still running?") }]);
  }
  if (answer.ok) return answer;
  const data = await answer.json().catch(() => null);
  throw new Refused(data?.problems ?? [{ message: t("the server answered {status}", { status: answer.status }) }]);
}

const json = async (path, options) => (await ask(path, options)).json();

const posted = (body, signal) => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
  signal,
});

const kept = new Map();

// What does not change while the page is open is asked once.
function once(path) {
  if (!kept.has(path)) {
    const asked = json(path);
    asked.catch(() => kept.delete(path));
    kept.set(path, asked);
  }
  return kept.get(path);
}

export const examples = (...kinds) => once("examples").then((data) => data.examples.filter((one) => kinds.includes(one.kind)));
export const schema = (devices = false) => once(devices ? "schema?devices=true" : "schema");
export const parts = () => once("catalog/parts");
export const series = () => once("market").then((data) => data.series);

let under_way = null;

// A page of a view, all of it or its first part; a new question ends the one before it.
export function page(view, body, parts = "") {
  under_way?.abort();
  under_way = new AbortController();
  return json(`page/${view}${parts && `?parts=${parts}`}`, posted(body, under_way.signal));
}

// What follows on the first part of a page; a new question ends it too.
export const rest = (view, body) => json(`page/${view}?parts=rest`, posted(body, under_way.signal));

export const report = async (view, body) =>
  (await ask(`page/${view}?whole=true`, posted(body))).blob();

export const sheet = async (body) => (await ask("sheet", posted(body))).blob();

export const jobs = () => json("jobs").then((data) => data.jobs);
export const start = (kind, source) => json("jobs", posted({ kind, source }));
export const job = (id) => json(`jobs/${encodeURIComponent(id)}`);
export const cancel = (id) => json(`jobs/${encodeURIComponent(id)}/cancel`, { method: "POST" });
export const resume = (id) => json(`jobs/${encodeURIComponent(id)}/resume`, { method: "POST" });
export const forget = (id) => json(`jobs/${encodeURIComponent(id)}`, { method: "DELETE" });
export const jobPage = (id) => json(`jobs/${encodeURIComponent(id)}/page`);
export const jobReport = async (id) => (await ask(`jobs/${encodeURIComponent(id)}/page?whole=true`)).blob();

export const files = () => json("files").then((data) => data.files);
export const bring = (file, name) => json(`files/${encodeURIComponent(name)}`, { method: "PUT", body: file });
export const dropFile = (name) => json(`files/${encodeURIComponent(name)}`, { method: "DELETE" });
