// Accuracy: the measured cases that ship, predicted; filtered by device and family.

import * as calls from "../calls.js";
import { choice, field, make } from "../dom.js";
import { ended, stop, watch } from "../jobs.js";
import { showPage } from "../page.js";
import { menu } from "../tables.js";
import { t } from "../words.js";

export const leave = stop;
let made = null;

export function enter() {
  made = null;
}

export async function show(planner, asked) {
  if (!made || made.language !== document.documentElement.lang) {
    const started = await calls.start("accuracy", {});
    const job = await watch(planner, started.id);
    if (!job || planner.state.view !== "accuracy") return "";
    if (job.state !== "done") {
      ended(planner, job);
      return job.title;
    }
    made = { ...(await calls.jobPage(job.id)), id: job.id, language: document.documentElement.lang };
    if (planner.state.view !== "accuracy") return "";
    sideOf(planner);
  }
  const { device, family } = planner.state;
  planner.side.querySelector("#device").value = device;
  planner.side.querySelector("#family").value = family;
  const fits = (one) => (!device || one.device === device) && (!family || one.family === family);
  const few = made.cases.filter(fits);
  summary(planner, few);
  showPage(planner.main, device || family ? filtered(made, few) : made, { report: () => calls.jobReport(made.id) });
  if (device || family) {
    const cases = table(few);
    planner.main.querySelector(".page").append(menu(t("cases"), cases.querySelector("table"), null), cases);
  }
  return made.title;
}

const values = (key) => [...new Set(made.cases.map((one) => one[key]))].sort();

function sideOf(planner) {
  const pick = (key, all) => choice(key, [["", all], ...values(key).map((name) => [name, t(name)])], "", (value) => planner.go({ [key]: value }));
  planner.side.replaceChildren(
    field(t("Device"), pick("device", t("every device"))), field(t("Family"), pick("family", t("every family"))),
    make("div", { id: "sum", role: "status" }),
    make("p", { class: "note" }, t("Measured cases of your own: bring a CSV table along under Own files.")));
}

const share = (value) => (Number.isFinite(value) ? `${(100 * value).toFixed(1)} %` : "–");

function quantile(sorted, q) {
  if (!sorted.length) return NaN;
  const place = q * (sorted.length - 1);
  const below = Math.floor(place);
  return sorted[below] + (place - below) * ((sorted[below + 1] ?? sorted[below]) - sorted[below]);
}

function summary(planner, few) {
  const errors = few.map((one) => one.error).filter((error) => error !== null).map(Math.abs).sort((a, b) => a - b);
  const rows = [[t("cases"), few.length], [t("answered"), share(errors.length / few.length)],
    [t("median error"), share(quantile(errors, 0.5))], [t("nine in ten within"), share(quantile(errors, 0.9))]];
  planner.side.querySelector("#sum").replaceChildren(make("dl", { class: "facts" },
    ...rows.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, String(value))])));
}

// The page with its chart cut to the cases that are wanted; the summaries of all are left out.
function filtered(whole, few) {
  const names = new Set(few.map((one) => `${one.case}|${one.device}`));
  const charts = structuredClone(whole.charts);
  for (const chart of charts) {
    chart.data.values = chart.data.values.filter((row) => names.has(`${row.case}|${row.device}`));
    chart.height = 44 * Math.max(new Set(chart.data.values.map((row) => row.family)).size, 1);
  }
  const page = new DOMParser().parseFromString(whole.html, "text/html");
  const keep = page.querySelector("article");
  keep.querySelectorAll("figure details, .verdict").forEach((one) => one.remove());
  const figure = keep.querySelector("figure");
  keep.replaceChildren(keep.querySelector("h1"), ...(figure && charts[0]?.data.values.length ? [figure] : []));
  return { ...whole, html: keep.outerHTML, charts };
}

function table(few) {
  const digits = (value) => (value === null ? "–" : Number(value.toPrecision(4)).toLocaleString("en", { maximumSignificantDigits: 4 }));
  const columns = ["case", "family", "device", "metric", "measured", "predicted", "error"];
  return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("cases") },
    make("table", { class: "wide" },
      make("thead", {}, make("tr", {}, ...columns.map((name, place) => make("th", { scope: "col", class: place > 3 ? "number" : null }, t(name))))),
      make("tbody", {}, ...few.map((one) => make("tr", {},
        make("th", { scope: "row" }, one.case), make("td", {}, t(one.family)), make("td", {}, one.device), make("td", {}, t(one.metric.replaceAll("_", " "))),
        make("td", { class: "number" }, digits(one.measured)), make("td", { class: "number" }, digits(one.predicted)),
        make("td", { class: "number" }, one.error === null ? t(one.reason) : `${one.error > 0 ? "+" : "−"}${share(Math.abs(one.error))}`))))));
}
