// The page: reads its state from the hash, shows the view, and writes every change back into the hash.

import * as calls from "./calls.js";
import { forget, showAnswer, showProblems } from "./answer.js";
import { showCatalogue } from "./catalogue.js";
import { make, say } from "./dom.js";
import { Form } from "./form.js";
import { question, read, write } from "./state.js";

const side = document.getElementById("side");
const main = document.getElementById("main");
const root = document.documentElement;

let state = read();
let plan = "#/plan"; // where the link to the planner leads back to
let catalogue = "#/catalogue";
let planner = null;
let shown = ""; // the view that the page shows

function go(next, push = true) {
  state = { ...state, ...next };
  const hash = write(state);
  if (hash !== location.hash) history[push ? "pushState" : "replaceState"](null, "", hash);
  show();
}

async function show() {
  const asked = state;
  if (asked.view !== shown) {
    shown = asked.view;
    side.replaceChildren();
    main.replaceChildren(make("p", { class: "note" }, "Loading …"));
    planner = null;
    forget();
  }
  for (const view of ["plan", "catalogue"]) {
    const link = document.getElementById(`to-${view}`);
    if (view === asked.view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (asked.view === "plan") plan = write(asked);
  else catalogue = write(asked);
  document.getElementById("to-plan").href = plan;
  document.getElementById("to-catalogue").href = catalogue;
  try {
    if (asked.view === "plan") await showPlan(asked);
    else {
      await showCatalogue(side, main, asked, go);
      document.title = `${asked.part || "Catalogue"} · tauplan`;
      root.dataset.ready = location.hash;
    }
  } catch (error) {
    if (error.name === "AbortError" || asked !== state) return;
    const problems = error.problems ?? [{ message: `a fault in the page: ${error.message}` }];
    main.querySelector(":scope > .note")?.remove();
    main.removeAttribute("aria-busy");
    showProblems(main, problems, show);
    if (asked.view === "plan") planner?.form.mark(problems);
    root.dataset.ready = location.hash;
  }
}

async function showPlan(asked) {
  const [examples, schema, { parts }] = await Promise.all([calls.examples(), calls.schema(), calls.parts()]);
  if (asked !== state) return;
  if (!asked.example && !asked.yaml) {
    state = { ...asked, example: examples[0].name };
    history.replaceState(null, "", write(state));
    await show();
    return;
  }
  planner ??= layOut(examples);
  planner.pick.value = asked.yaml ? "" : asked.example;
  const base = examples.find((example) => example.name === asked.example);
  const fill = (data) => {
    planner.form.show(schema, data, parts);
    planner.form.sync(asked.changes);
  };
  if (base && !asked.yaml) fill(base.data);
  planner.text.value = asked.yaml || base?.yaml || "";
  main.setAttribute("aria-busy", "true");
  const slow = setTimeout(() => say("Working …"), 400);
  try {
    const made = await calls.report(question(asked));
    if (asked !== state) return;
    if (asked.yaml) {
      planner.data = planner.source === asked.yaml ? planner.data : made.data;
      planner.source = asked.yaml;
      fill(planner.data);
    }
    planner.form.mark([]);
    showProblems(main, [], show);
    showAnswer(main, made);
    document.title = `${made.answer.name} · tauplan`;
    root.dataset.ready = location.hash;
  } finally {
    clearTimeout(slow);
    if (asked === state) {
      say("");
      main.removeAttribute("aria-busy");
    }
  }
}

function layOut(examples) {
  const pick = make("select", { id: "example", onchange: () => pick.value && start({ example: pick.value, yaml: "" }) },
    make("option", { value: "" }, "own text"),
    ...examples.map((example) => make("option", { value: example.name }, example.title)));
  const text = make("textarea", { id: "yaml", rows: "14", spellcheck: "false", "aria-label": "Scenario as YAML" });
  const fields = make("div", { class: "fields" });
  const start = (base) => { forget(); go({ ...base, changes: new Map() }); };
  const panel = make("details", { class: "panel", open: !matchMedia("(max-width: 60rem)").matches },
    make("summary", {}, "Scenario"),
    make("div", { class: "field" }, make("label", { for: "example" }, "Start from"), pick),
    make("button", { type: "button", onclick: () => start({}) }, "Drop all changes"),
    fields,
    make("details", { class: "group" }, make("summary", {}, "Own scenario as YAML"), text,
      make("button", { type: "button", onclick: () => start({ example: "", yaml: text.value }) }, "Use this text")));
  side.replaceChildren(panel);
  const form = new Form(fields, (path, value) => {
    const changes = new Map(state.changes);
    if (value === null) changes.delete(path);
    else changes.set(path, value);
    go({ changes });
  });
  return { pick, text, form, data: null, source: "" };
}

const THEMES = ["system", "light", "dark"];

function colour(name) {
  if (name === "system") delete root.dataset.theme;
  else root.dataset.theme = name;
  document.getElementById("theme").textContent = `Colours: ${name}`;
}

let theme = localStorage.getItem("theme") ?? "system";
colour(theme);
document.getElementById("theme").addEventListener("click", () => {
  theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
  localStorage.setItem("theme", theme);
  colour(theme);
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the hash is the state
  main.focus();
});
addEventListener("hashchange", () => {
  state = read();
  show();
});
show();
