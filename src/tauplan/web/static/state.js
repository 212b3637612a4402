// The whole state lives in the hash: "#/plan?example=phone&set=system.count%3D2", "#/market?series=ic_exports", …

export const VIEWS = ["plan", "compare", "explore", "supply", "market", "catalogue", "accuracy", "files"];
export const MOST_COMPARED = 4;

// What each view keeps in the address, in this order.
const KEYS = {
  plan: ["example", "yaml", "design", "changes"],
  compare: ["designs"],
  explore: ["example", "yaml", "changes", "job", "brush"],
  supply: ["example", "yaml", "job"],
  market: ["series", "entity", "query"],
  catalogue: ["kind", "query", "part"],
  accuracy: ["device", "family"],
  files: ["file", "on"],
};
const SHORT = { changes: "set", designs: "d", query: "q" };

export function empty(view = "plan") {
  return {
    view, language: "", example: "", yaml: "", design: "", changes: new Map(), designs: [], job: "", brush: "",
    series: "", entity: "", kind: "", query: "", part: "", device: "", family: "", file: "", on: "",
  };
}

export function read(hash = location.hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?");
  const given = new URLSearchParams(query);
  const state = empty(VIEWS.includes(path) ? path : "plan");
  state.language = given.get("lang") ?? "";
  for (const key of KEYS[state.view]) {
    const name = SHORT[key] ?? key;
    if (key === "changes") state.changes = changesOf(given.getAll(name));
    else if (key === "designs") state.designs = given.getAll(name).slice(0, MOST_COMPARED).map(designOf);
    else state[key] = given.get(name) ?? "";
  }
  return state;
}

export function write(state) {
  const query = new URLSearchParams();
  if (state.language) query.append("lang", state.language);
  put(query, state, KEYS[state.view]);
  const text = query.toString();
  return `#/${state.view}${text ? `?${text}` : ""}`;
}

function put(query, state, keys) {
  for (const key of keys) {
    const name = SHORT[key] ?? key;
    if (key === "changes") for (const change of changes(state)) query.append(name, change);
    else if (key === "designs") for (const design of state.designs) query.append(name, compact(design));
    else if (key === "example" && state.yaml) continue;
    else if (state[key]) query.append(name, state[key]);
  }
}

// One scenario of a comparison, as the part of an address after the question mark.
export function compact(design) {
  const query = new URLSearchParams();
  put(query, design, KEYS.plan);
  return query.toString();
}

export function designOf(text) {
  const { example, yaml, design, changes: made } = read(`#/plan?${text}`);
  return { example, yaml, design, changes: made };
}

function changesOf(texts) {
  const found = new Map();
  for (const change of texts) {
    const cut = change.indexOf("=");
    if (cut > 0) found.set(change.slice(0, cut), change.slice(cut + 1));
  }
  return found;
}

// Changes as the server takes them. A section is named before its fields: a new accelerator, then its memory.
export function changes(state) {
  return [...state.changes]
    .sort(([one], [other]) => one.split(".").length - other.split(".").length)
    .map(([path, value]) => `${path}=${value}`);
}

export function question(state) {
  const base = state.yaml ? { yaml: state.yaml } : { example: state.example };
  if (state.design !== "" && state.design !== undefined) base.design = Number(state.design);
  return { ...base, changes: changes(state) };
}
