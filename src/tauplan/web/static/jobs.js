// Jobs: started, watched with their progress, cancelled, resumed; the address names the job.

import * as calls from "./calls.js";
import { button, make } from "./dom.js";
import { showProblems } from "./problems.js";
import { number, t } from "./words.js";

const EVERY_MS = 400;
const ENDED = ["done", "refused", "cancelled"];
let watched = 0;

export const stop = () => { watched += 1; };

// Watch a job until it ends; show how far it is. Returns the job as it ended, or null where another view came.
export async function watch(planner, id) {
  const own = ++watched;
  const began = performance.now();
  let first = null;
  for (;;) {
    const job = await calls.job(id);
    if (own !== watched) return null;
    if (ENDED.includes(job.state)) return job;
    first ??= { done: job.done, at: performance.now() };
    progress(planner, job, (job.done - first.done) / ((performance.now() - first.at) / 1000), began);
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    if (own !== watched) return null;
  }
}

function progress(planner, job, rate, began) {
  let box = planner.main.querySelector(".progress");
  if (!box) {
    box = make("section", { class: "progress" },
      make("h1", {}, t(job.title)), make("progress", { "aria-label": t("Progress") }),
      make("p", { class: "count", role: "status" }),
      button(t("Cancel"), async (event) => {
        event.currentTarget.disabled = true;
        await calls.cancel(job.id);
      }, { "data-take": "cancel" }));
    planner.main.replaceChildren(box);
    document.documentElement.dataset.ready = "running";
  }
  const bar = box.querySelector("progress");
  if (job.state === "waiting" || !job.total) bar.removeAttribute("value");
  else [bar.max, bar.value] = [job.total, job.done];
  const left = rate > 0 ? Math.ceil((job.total - job.done) / rate) : 0;
  const seconds = Math.round((performance.now() - began) / 1000);
  const parts = job.state === "waiting"
    ? [t("waits in line")]
    : [job.total ? t("{done} of {total}", { done: number(job.done), total: number(job.total) }) : t("working"),
      t("{seconds} s", { seconds }), left > 1 ? t("about {seconds} s left", { seconds: number(left) }) : "", t(job.words)];
  box.querySelector(".count").textContent = parts.filter(Boolean).join(" · ");
}

// What is shown of a job that ended without a result.
export function ended(planner, job) {
  planner.main.replaceChildren(make("div", { class: "empty" },
    make("h1", {}, t(job.title)),
    make("p", {}, job.state === "cancelled" ? t("This was cancelled. What it had done is kept.") : t("This could not be done.")),
    button(t("Resume"), async () => {
      await calls.resume(job.id);
      planner.show();
    }, { "data-take": "resume" })));
  if (job.state === "refused") showProblems(planner.main, job.problems, async () => {
    await calls.resume(job.id);
    planner.show();
  });
}

// The jobs of this browser, for the side.
export async function list(planner, kind, current) {
  const jobs = (await calls.jobs()).filter((job) => job.kind === kind);
  if (!jobs.length) return null;
  const row = (job) => make("li", {},
    make("a", { href: `#/${planner.state.view}?job=${job.id}`, "aria-current": job.id === current ? "true" : null },
      t(job.title), make("span", { class: "note" }, ` ${t(job.state)}, ${new Date(1000 * job.created).toLocaleString(document.documentElement.lang)}`)),
    button("×", async () => {
      await calls.forget(job.id);
      if (job.id === current) planner.go({ job: "" });
      else planner.show();
    }, { class: "back", title: t("Forget"), "aria-label": t("Forget {what}", { what: job.title }) }));
  return make("section", { class: "runs" }, make("h2", {}, t("Runs of this browser")), make("ul", {}, ...jobs.map(row)));
}

// A text to start from, its YAML to change, and a button that starts it.
export function starter(planner, kind, examples, asked, words) {
  const chosen = asked.yaml ? "" : asked.example || examples[0]?.name || "";
  const text = make("textarea", { id: "yaml", rows: "18", spellcheck: "false", "aria-label": t("Text as YAML") });
  text.value = asked.yaml || examples.find((one) => one.name === chosen)?.yaml || "";
  const pick = make("select", { id: "example", onchange: () => {
    text.value = examples.find((one) => one.name === pick.value)?.yaml ?? text.value;
    planner.go({ example: pick.value, yaml: "", job: "" });
  } }, ...examples.map((one) => make("option", { value: one.name }, one.title)), asked.yaml ? make("option", { value: "" }, t("own text")) : null);
  pick.value = chosen;
  const run = button(words, async () => {
    const own = text.value !== examples.find((one) => one.name === pick.value)?.yaml;
    const source = own ? { yaml: text.value } : { example: pick.value };
    try {
      const job = await calls.start(kind, source);
      await planner.go({ example: source.example ?? "", yaml: source.yaml ?? "", job: job.id, brush: "" });
    } catch (error) {
      showProblems(planner.main, error.problems ?? [{ message: error.message }], () => run.click());
    }
  }, { class: "main", "data-take": "run" });
  return [make("div", { class: "field" }, make("label", { for: "example" }, t("Start from")), pick), run,
    make("details", { class: "group" }, make("summary", {}, t("Text as YAML")), text)];
}
