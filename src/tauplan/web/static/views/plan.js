// Evaluate: the form of a scenario beside its answer; a changed field moves the answer.

import * as calls from "../calls.js";
import { button, choice, field, make, say } from "../dom.js";
import { Form } from "../form.js";
import { moved } from "../moved.js";
import { fillPage, showPage } from "../page.js";
import { showProblems } from "../problems.js";
import { changes, designOf, compact, MOST_COMPARED, question } from "../state.js";
import { t } from "../words.js";

const DEVICES = ["infer", "drive", "converse", "spread"]; // tasks of scenarios of a device, which have their own fields

let form = null;
let kept = null; // the data of the base that is not an example: its key and its fields
let before = null; // what the answer said before the last change

export function enter(planner) {
  form = null;
  kept = null;
  before = null;
  planner.side.replaceChildren();
}

export const leave = () => { delete document.documentElement.dataset.following; };

export const refused = (problems) => form?.fields.mark(problems);

export async function show(planner, asked) {
  const lists = Promise.all([calls.examples("scenario", "device"), calls.schema(), calls.schema(true), calls.parts()]);
  if (!asked.example && !asked.yaml) {
    const [examples] = await lists;
    if (asked === planner.state) await planner.go({ example: examples[0].name }, false);
    return "";
  }
  const answering = calls.page("plan", question(asked), "answer");
  answering.catch(() => {}); // it is awaited below, after the form is there
  planner.main.setAttribute("aria-busy", "true");
  const slow = setTimeout(() => say(t("Working …")), 400);
  try {
    const [examples, systems, devices, { parts }] = await lists;
    if (asked !== planner.state) return "";
    form ??= layOut(planner, examples);
    const own = asked.yaml || asked.design !== "";
    const base = own ? null : examples.find((one) => one.name === asked.example);
    form.pick.value = base ? asked.example : "";
    form.text.value = asked.yaml || base?.yaml || form.text.value;
    const fill = (data) => {
      form.fields.show(DEVICES.includes(data.workload?.task) ? devices : systems, data, parts);
      form.fields.sync(asked.changes);
    };
    if (base) fill(base.data);
    const made = await answering;
    if (asked !== planner.state) return "";
    if (!base) {
      const key = JSON.stringify([asked.example, asked.yaml, asked.design]);
      kept = kept?.key === key ? kept : { key, data: made.data };
      fill(kept.data);
    }
    form.fields.mark([]);
    form.count.textContent = asked.changes.size ? t("{count} changes", { count: asked.changes.size }) : t("as it is written");
    form.drop.disabled = !asked.changes.size;
    showProblems(planner.main, [], planner.show);
    showPage(planner.main, made, {
      report: () => calls.report("plan", question(asked)),
      above: DEVICES.includes(made.data.workload?.task) ? [] : [button(t("Add to comparison"), () => compare(planner, asked), { class: "main", "data-take": "compare" })],
      before: [moved(before, made.said)],
    });
    follow(planner, asked, before);
    before = made.said;
    return made.title;
  } finally {
    clearTimeout(slow);
    if (asked === planner.state) {
      say("");
      planner.main.removeAttribute("aria-busy");
    }
  }
}

// Interval, rivals, head-room and odds take as long as the answer itself: they come after it.
async function follow(planner, asked, old) {
  const root = document.documentElement;
  root.dataset.following = "true";
  try {
    const made = await calls.rest("plan", question(asked));
    if (asked !== planner.state) return;
    fillPage(planner.main, made);
    planner.main.querySelector(":scope > .moved")?.replaceWith(moved(old, made.said) ?? "");
    before = made.said;
  } catch (error) {
    if (error.name === "AbortError" || asked !== planner.state) return;
    showProblems(planner.main, error.problems ?? [{ message: error.message }], planner.show);
  } finally {
    if (asked === planner.state) delete root.dataset.following;
  }
}

// The comparison that was left, with this scenario added; alone, it stands beside its own base.
function compare(planner, asked) {
  const here = { example: asked.example, yaml: asked.yaml, design: asked.design, changes: asked.changes };
  const old = [...new URLSearchParams(planner.last.get("compare")?.split("?")[1] ?? "").getAll("d")].map(designOf);
  const others = old.filter((one) => compact(one) !== compact(here));
  const designs = [...others, here].slice(-MOST_COMPARED);
  if (designs.length === 1 && asked.changes.size) designs.unshift({ ...here, changes: new Map() });
  planner.go({ view: "compare", designs });
}

function layOut(planner, examples) {
  const start = (base) => {
    before = null;
    planner.go({ example: "", yaml: "", design: "", ...base, changes: new Map() });
  };
  const options = [["", t("own text")], ...examples.map((one) => [one.name, one.title])];
  const pick = choice("example", options, "", (name) => name && start({ example: name }));
  const text = make("textarea", { id: "yaml", rows: "14", spellcheck: "false", "aria-label": t("Scenario as YAML") });
  const place = make("div", { class: "fields" });
  const count = make("span", { class: "note", role: "status" });
  const drop = button(t("Drop all changes"), () => {
    before = null;
    planner.go({ changes: new Map() });
  });
  const panel = make("details", { class: "panel", open: !matchMedia("(max-width: 60rem)").matches },
    make("summary", {}, t("Scenario")),
    field(t("Start from"), pick),
    make("div", { class: "row" }, count, drop),
    place,
    make("details", { class: "group" }, make("summary", {}, t("Own scenario as YAML")), text,
      button(t("Use this text"), () => start({ yaml: text.value }))));
  planner.side.replaceChildren(panel);
  const fields = new Form(place, (path, value) => {
    const made = new Map(planner.state.changes);
    if (value === null) made.delete(path);
    else made.set(path, value);
    planner.go({ changes: made });
  });
  return { pick, text, fields, count, drop };
}

export const summaryOf = (design) => [design.yaml ? t("own text") : design.example, design.design !== "" ? `#${design.design}` : "", ...changes(design)].filter(Boolean);
