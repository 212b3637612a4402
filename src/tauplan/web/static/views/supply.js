// Supply: an order plan is solved; orders, prices, levers and limits.

import * as calls from "../calls.js";
import { button, save } from "../dom.js";
import { ended, list, starter, stop, watch } from "../jobs.js";
import { showPage } from "../page.js";
import { nothing } from "../problems.js";
import { t } from "../words.js";

export const leave = stop;

export async function show(planner, asked) {
  const [examples, runs] = await Promise.all([calls.examples("supply"), list(planner, "supply", asked.job)]);
  if (asked !== planner.state) return "";
  planner.side.replaceChildren(...starter(planner, "supply", examples, asked, t("Solve the plan")), runs ?? "");
  if (!asked.job) {
    stop();
    nothing(planner.main, t("Supply"), t("An order plan says what is to be built by when, from which parts, and who offers them on which terms."),
      t("Choose one at the side, change its text where you like, and solve it: what to order, from whom, when, at which risk."));
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
  const orders = made.csv ? [button(t("Save orders"), () => save("orders.csv", made.csv, "text/csv"), { "data-take": "orders" })] : [];
  const after = await list(planner, "supply", asked.job);
  if (after) planner.side.querySelector(".runs")?.replaceWith(after);
  showPage(planner.main, made, { report: () => calls.jobReport(job.id), above: orders });
  return made.title;
}
