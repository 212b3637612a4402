// The fields of a scenario, from its JSON Schema and the data of the base: what to show, with which choices.

import { t } from "./words.js";

const GROUPS = {
  workload: "Workload",
  system: "System",
  accelerator: "What if the accelerator had",
  network: "Network",
  site: "Site",
  phone: "Phone",
  plan: "Plan",
  reliability: "Reliability",
  supply: "Supply",
  other: "Other",
};

// fields that name a part of the catalogue: the kinds to offer
const KINDS = {
  "workload.model": ["model"], // of a network on a device: described networks, which are no parts
  "workload.framework": ["framework"],
  "workload.engine": ["engine"],
  "system.accelerator": ["accelerator", "soc"],
  "system.accelerator.part": ["accelerator", "soc"],
  "system.accelerator.design.node": ["node"],
  "system.server": ["server"],
  "system.scale_up.link": ["link"],
  "system.scale_out.link": ["link"],
  "system.scale_out.switch": ["switch"],
};

export function at(data, path) {
  return path.split(".").reduce((here, key) => (here === null || here === undefined ? undefined : here[key]), data);
}

export function fieldsOf(schema, data) {
  const found = [];

  function resolved(node) {
    return node.$ref ? { ...schema.$defs[node.$ref.split("/").pop()], ...node, $ref: undefined } : node;
  }

  function visit(given, path, inherited) {
    if (path === "system.phone" && data.workload?.task !== "converse") return;
    let node = resolved(given);
    const value = at(data, path);
    const described = given.description || inherited || "";
    if (node.discriminator) {
      const target = node.discriminator.mapping[value?.[node.discriminator.propertyName]];
      if (target) visit({ $ref: target }, path);
      return;
    }
    const options = (node.anyOf ?? [node]).map(resolved).filter((option) => option.type !== "null");
    const section = options.find((option) => option.properties || option.propertyNames);
    const plain = options.filter((option) => option !== section && option.type !== "array" && option.type !== "object");
    const optional = node.anyOf?.some((option) => option.type === "null") && !value;
    if (section && !optional && (!plain.length || (value && typeof value === "object"))) {
      const names = section.properties ? Object.keys(section.properties) : section.propertyNames.enum;
      for (const name of names) {
        if (path === "workload" && name === "task") continue;
        visit(section.properties?.[name] ?? section.additionalProperties, `${path}.${name}`);
      }
      return;
    }
    if (!plain.length) return;
    found.push(field(path, plain, described, node));
    if (path === "system.accelerator" && section) {
      for (const [name, below] of Object.entries(section.properties)) {
        if (name !== "part" && name !== "design") visit(below, `${path}.${name}`);
      }
    }
  }

  for (const [name, node] of Object.entries(schema.properties)) if (name !== "name") visit(node, name);
  visit(schema.properties.name, "name");
  return found;
}

function field(path, options, description, node) {
  const choices = options.flatMap((option) => option.enum ?? (option.const !== undefined ? [option.const] : []));
  const free = options.some((option) => !option.enum && option.const === undefined && option.type !== "boolean");
  const example = options.flatMap((option) => option.examples ?? [])[0];
  const truth = options.some((option) => option.type === "boolean");
  return {
    path,
    group: GROUPS[groupOf(path)],
    label: labelOf(path),
    description: t(description),
    choices: truth ? ["true", "false"] : free ? [] : choices.map(String),
    suggestions: free ? choices.map(String) : [],
    kinds: KINDS[path] ?? [],
    standard: node.default === null || node.default === undefined ? "" : String(node.default),
    hint: example ? t("such as {value}", { value: example }) : "",
    numeric: options.some((option) => option.type === "integer"),
  };
}

function groupOf(path) {
  if (/^system\.accelerator\.(?!part$)/.test(path)) return "accelerator";
  if (/^system\.scale_/.test(path)) return "network";
  if (path.startsWith("system.site.")) return "site";
  if (path.startsWith("system.phone.")) return "phone";
  const first = path.split(".")[0];
  return first in GROUPS ? first : "other";
}

const NAMED = { "workload.drive": "simulated time" }; // where the name of a field means something else elsewhere

function labelOf(path) {
  if (NAMED[path]) return t(NAMED[path]);
  const keys = path.split(".");
  const inner = /^(scale_|lead_times|precision|design|adapter|load)/.test(keys.at(-2) ?? "") ? keys.slice(-2) : keys.slice(-1);
  const whole = inner.join(" ").replaceAll("_", " ");
  const told = t(whole);
  return told === whole ? inner.map((key) => t(key.replaceAll("_", " "))).join(" ") : told;
}

// A value of the base as a person would write it.
export function written(value) {
  if (value === null || value === undefined) return "";
  if (typeof value !== "number" || Math.abs(value) < 1e6) return String(value);
  const power = 3 * Math.floor(Math.log10(Math.abs(value)) / 3);
  return `${Number((value / 10 ** power).toPrecision(12))}e${power}`;
}
