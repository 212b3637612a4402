// Calls to the server. A refusal carries problems: message, place, path, found, expected, hint.

export class Refused extends Error {
  constructor(problems) {
    super(problems.map((problem) => problem.message).join("; "));
    this.problems = problems;
  }
}

async function call(path, options = {}) {
  let answer;
  try {
    answer = await fetch(`/api/v1/${path}`, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused([{ message: "the server does not answer", hint: "is tauplan serve still running?" }]);
  }
  const data = await answer.json().catch(() => null);
  if (answer.ok && data !== null) return data;
  throw new Refused(data?.problems ?? [{ message: `the server answered ${answer.status}` }]);
}

const kept = new Map();

// What does not change while the page is open is asked once.
function once(path) {
  if (!kept.has(path)) {
    const asked = call(path);
    asked.catch(() => kept.delete(path));
    kept.set(path, asked);
  }
  return kept.get(path);
}

export const examples = () => once("examples").then((data) => data.examples);
export const schema = () => once("schema");
export const parts = () => once("catalog/parts");
export const part = (name) => once(`catalog/parts/${encodeURIComponent(name)}`);

let under_way = null;

// A new question ends the one before it.
export function report(question) {
  under_way?.abort();
  under_way = new AbortController();
  return call("report", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(question),
    signal: under_way.signal,
  });
}
