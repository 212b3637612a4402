// The form: one control for each field; a change goes to the state, a refused value is marked at its field.

import { make } from "./dom.js";
import { t } from "./words.js";
import { at, fieldsOf, written } from "./fields.js";

const OPEN = new Set(["Workload", "System", "Plan"]);

export class Form {
  constructor(place, onchange) {
    this.place = place;
    this.onchange = onchange;
    this.controls = new Map();
    this.base = null;
  }

  // Show the fields of a base; what was open stays open.
  show(schema, data, parts) {
    if (this.base === data) return;
    this.base = data;
    this.controls.clear();
    const groups = new Map();
    for (const field of fieldsOf(schema, data)) {
      if (!groups.has(field.group)) groups.set(field.group, []);
      groups.get(field.group).push(this.row(field));
    }
    const lists = [...lists_of(parts)];
    const sections = [...groups].map(([title, rows]) =>
      make("details", { class: "group", open: OPEN.has(title) }, make("summary", {}, t(title)), ...rows));
    this.place.replaceChildren(...lists, ...sections);
  }

  row(field) {
    const id = `f-${field.path.replaceAll(".", "-")}`;
    const control = field.choices.length ? select(field, id) : input(field, id);
    const problem = make("p", { class: "problem", id: `${id}-problem`, hidden: true });
    const back = make("button", {
      type: "button", class: "back", hidden: true, title: t("Back to the scenario's own value"),
      "aria-label": t("{label}: back to the scenario's own value", { label: field.label }),
      onclick: () => { this.onchange(field.path, null); control.focus(); },
    }, "↺");
    control.addEventListener("change", () => {
      const value = control.value.trim();
      const own = this.own(field);
      this.onchange(field.path, value === own ? null : value === "" ? "null" : value);
    });
    this.controls.set(field.path, { field, control, problem, back });
    return make("div", { class: "field" },
      make("label", { for: id, title: field.description }, field.label),
      make("span", { class: "control" }, control, back),
      problem);
  }

  own(field) {
    const value = at(this.base, field.path);
    if (typeof value === "object" && value !== null) return "";
    const text = written(value);
    return text === "" && field.choices.length ? field.standard : text;
  }

  // Put the values of base and changes into the controls.
  sync(changes) {
    for (const [path, { field, control, back }] of this.controls) {
      const changed = changes.has(path);
      const value = changed ? changes.get(path) : this.own(field);
      const shown = value === "null" ? "" : value;
      if (control.value !== shown) control.value = shown;
      back.hidden = !changed;
      control.classList.toggle("changed", changed);
    }
  }

  // Mark the fields that problems speak of; return the problems that belong to no field.
  mark(problems) {
    for (const { control, problem } of this.controls.values()) {
      control.removeAttribute("aria-invalid");
      control.removeAttribute("aria-describedby");
      problem.hidden = true;
    }
    return problems.filter((one) => {
      const entry = this.controls.get(one.path);
      if (!entry) return true;
      entry.control.setAttribute("aria-invalid", "true");
      entry.control.setAttribute("aria-describedby", entry.problem.id);
      const words = [one.message, one.expected && `${t("expected")} ${one.expected}`, one.hint].filter(Boolean);
      entry.problem.textContent = words.join("; ");
      entry.problem.hidden = false;
      entry.problem.closest("details").open = true;
      return false;
    });
  }
}

function select(field, id) {
  const control = make("select", { id });
  if (!field.standard) control.append(make("option", { value: "" }, t("automatic")));
  for (const choice of field.choices) control.append(make("option", { value: choice, lang: "en" }, t(choice)));
  return control;
}

function input(field, id) {
  const list = field.kinds.length ? `list-${field.kinds.join("-")}` : null;
  return make("input", {
    id, list, autocomplete: "off", spellcheck: "false", inputmode: field.numeric ? "numeric" : null,
    placeholder: field.standard || field.hint || t("automatic"),
  });
}

// What a part is found by beside its name: its maker, its node, when it can be had.
function aboutOf({ vendor, node, weeks }) {
  return [vendor, node, weeks && t("in {weeks} weeks", { weeks })].filter(Boolean).join(" · ") || null;
}

function* lists_of(parts) {
  for (const kinds of [["accelerator", "soc"], ["model"], ["server"], ["link"], ["switch"], ["framework"], ["engine"], ["node"]]) {
    const known = parts.filter((part) => kinds.includes(part.kind));
    yield make("datalist", { id: `list-${kinds.join("-")}` }, ...known.map((part) => make("option", { value: part.name, label: aboutOf(part) })));
  }
}
