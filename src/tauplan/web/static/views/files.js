// Own files: a model's config.json, an ONNX network, a table of measured cases; kept for this browser alone.

import * as calls from "../calls.js";
import { button, choice, field, make } from "../dom.js";
import { showPage } from "../page.js";
import { nothing, showProblems } from "../problems.js";
import { empty, write } from "../state.js";
import { number, t } from "../words.js";

const MOST_MB = 64;

export async function show(planner, asked) {
  const [files, { parts }] = await Promise.all([calls.files(), calls.parts()]);
  if (asked !== planner.state) return "";
  sideOf(planner, asked, files, parts);
  if (!asked.file) {
    nothing(planner.main, t("Own files"),
      t("Bring along the config.json of a model, a network as ONNX, or a table of measured cases as CSV."),
      t("Files are read on this machine's server, within limits of time and memory, and are seen by this browser alone."));
    return "";
  }
  planner.main.setAttribute("aria-busy", "true");
  const body = { file: asked.file, on: asked.on };
  const made = await calls.page("file", body);
  if (asked !== planner.state) return "";
  planner.main.removeAttribute("aria-busy");
  const use = useOf(asked, made.use ?? {});
  showPage(planner.main, made, { report: () => calls.report("file", body), above: use });
  return made.title;
}

// What a model is planned with: a phone for a language model, a card for a network.
function useOf(asked, { model, network }) {
  const example = model ? "phone" : "vision-kunlun3";
  const changes = new Map([["workload.model", model ?? network]]);
  if (network && asked.on) changes.set("system.accelerator", asked.on);
  const href = write({ ...empty("plan"), language: asked.language, example, changes });
  return model || network ? [make("a", { class: "button main", href }, t("Plan with this model"))] : [];
}

const safe = (name) => name.normalize("NFKD").replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "").replace(/\.{2,}/g, ".").slice(-80);

function sideOf(planner, asked, files, parts) {
  const input = make("input", { id: "bring", type: "file", accept: ".json,.onnx,.csv,.yaml,.yml" });
  input.addEventListener("change", () => input.files[0] && take(planner, input.files[0]));
  const target = make("div", { class: "drop" }, make("label", { for: "bring" }, t("Choose a file, or drop it here")), input,
    make("p", { class: "note" }, t("config.json, .onnx, .csv, .yaml; at most {most} MB", { most: MOST_MB })));
  target.addEventListener("dragover", (event) => { event.preventDefault(); target.classList.add("over"); });
  target.addEventListener("dragleave", () => target.classList.remove("over"));
  target.addEventListener("drop", (event) => {
    event.preventDefault();
    target.classList.remove("over");
    if (event.dataTransfer.files[0]) take(planner, event.dataTransfer.files[0]);
  });
  const rows = files.map((file) => make("li", {},
    make("a", { href: write({ ...asked, file: file.name, on: "" }), "aria-current": file.name === asked.file ? "true" : null },
      file.name, make("span", { class: "note" }, ` ${number(Math.max(Math.round(file.size / 1000), 1))} kB`)),
    button("×", async () => {
      await calls.dropFile(file.name);
      planner.go({ file: file.name === asked.file ? "" : asked.file });
    }, { class: "back", title: t("Forget"), "aria-label": t("Forget {what}", { what: file.name }) })));
  const chips = parts.filter((part) => ["accelerator", "soc"].includes(part.kind)).map((part) => [part.name, part.name]);
  const on = choice("on", [["", t("no chip")], ...chips], asked.on, (value) => planner.go({ on: value }));
  planner.side.replaceChildren(target,
    files.length ? make("section", { class: "runs" }, make("h2", {}, t("Files of this browser")), make("ul", {}, ...rows)) : "",
    /\.onnx$/i.test(asked.file) ? field(t("On"), on) : "");
}

async function take(planner, file) {
  try {
    if (file.size > MOST_MB * 1024 ** 2) throw Object.assign(new Error(), { problems: [{ message: "the file is too large", expected: t("at most {most} MB", { most: MOST_MB }) }] });
    if (/\.ya?ml$/i.test(file.name)) {
      const text = await file.text();
      const view = /^offers:/m.test(text) ? "supply" : /^axes:/m.test(text) ? "explore" : "plan";
      await planner.go({ view, yaml: text });
      return;
    }
    const kept = await calls.bring(file, safe(file.name));
    await planner.go({ file: kept.name, on: "" });
  } catch (error) {
    showProblems(planner.main, error.problems ?? [{ message: error.message }], planner.show);
  }
}
