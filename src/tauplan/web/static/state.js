// The whole state lives in the hash: "#/plan?example=phone&set=system.count%3D2", "#/catalogue?q=hbm&part=…".

export function read(hash = location.hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?");
  const given = new URLSearchParams(query);
  const changes = new Map();
  for (const change of given.getAll("set")) {
    const cut = change.indexOf("=");
    if (cut > 0) changes.set(change.slice(0, cut), change.slice(cut + 1));
  }
  return {
    view: path === "catalogue" ? "catalogue" : "plan",
    example: given.get("example") ?? "",
    yaml: given.get("yaml") ?? "",
    changes,
    kind: given.get("kind") ?? "",
    query: given.get("q") ?? "",
    part: given.get("part") ?? "",
  };
}

export function write(state) {
  const query = new URLSearchParams();
  const put = (key, value) => value && query.append(key, value);
  if (state.view === "catalogue") {
    put("kind", state.kind);
    put("q", state.query);
    put("part", state.part);
  } else {
    put(state.yaml ? "yaml" : "example", state.yaml || state.example);
    for (const change of changes(state)) put("set", change);
  }
  const text = query.toString();
  return `#/${state.view}${text ? `?${text}` : ""}`;
}

// Changes as the server takes them. A section is named before its fields: a new accelerator, then its memory.
export function changes(state) {
  return [...state.changes]
    .sort(([one], [other]) => one.split(".").length - other.split(".").length)
    .map(([path, value]) => `${path}=${value}`);
}

export function question(state) {
  const base = state.yaml ? { yaml: state.yaml } : { example: state.example };
  return { ...base, changes: changes(state) };
}
