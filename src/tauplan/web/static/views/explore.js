// Explore: a study runs with its progress; its designs are brushed together in a scatter, in parallel axes, in a table.

import { Brush } from "../brush.js";
import * as calls from "../calls.js";
import { ended, list, starter, stop, watch } from "../jobs.js";
import { showPage } from "../page.js";
import { nothing } from "../problems.js";
import { t } from "../words.js";

export const leave = stop;
let shown = null; // the job whose page is shown

export function enter() {
  shown = null;
}

export async function show(planner, asked) {
  const examples = await calls.examples("study");
  if (asked !== planner.state) return "";
  if (shown?.id === asked.job && shown.brush) {
    shown.brush.select(asked.brush);
    return shown.title;
  }
  const runs = await list(planner, "study", asked.job);
  if (asked !== planner.state) return "";
  planner.side.replaceChildren(...starter(planner, "study", examples, asked, t("Run the study")), runs ?? "");
  shown = null;
  if (!asked.job) {
    stop();
    nothing(planner.main, t("Explore"), t("A study varies a scenario along axes and keeps the designs that nothing beats."),
      t("Choose one at the side, change its text where you like, and run it."));
    return "";
  }
  const job = await watch(planner, asked.job);
  if (!job || asked.job !== planner.state.job) return "";
  if (job.state !== "done") {
    ended(planner, job);
    return job.title;
  }
  const made = await calls.jobPage(job.id);
  if (asked.job !== planner.state.job) return "";
  const source = job.example ? { example: job.example } : { yaml: job.yaml };
  const brush = new Brush(made.study, {
    source: job.changes?.length ? null : source,
    onbrush: (text) => planner.go({ brush: text }, false),
  });
  showPage(planner.main, made, { report: () => calls.jobReport(job.id) });
  const heading = planner.main.querySelector(".page h1");
  const counts = heading?.nextElementSibling;
  (counts ?? heading).after(brush.element);
  brush.select(planner.state.brush);
  shown = { id: job.id, brush, title: made.title };
  const after = await list(planner, "study", asked.job);
  if (after) planner.side.querySelector(".runs")?.replaceWith(after);
  return made.title;
}
