// Two bars on one scale: the interval of the claims and the answer in it, before the last change and after it.

import { make } from "./dom.js";
import { t } from "./words.js";

export function moved(old, now) {
  if (!old?.seconds || !now.seconds || old.seconds === now.seconds) return null;
  const low = Math.min(old.low_s ?? old.seconds, now.low_s ?? now.seconds);
  const high = Math.max(old.high_s ?? old.seconds, now.high_s ?? now.seconds);
  const change = now.seconds / old.seconds - 1;
  const values = { time: now.time, share: `${Math.abs(100 * change).toFixed(1)} %`, before: old.time };
  const words = change < 0 ? t("{time}, {share} sooner than {before}", values) : t("{time}, {share} later than {before}", values);
  const spread = (x) => (100 * (x - low)) / (high - low || 1);
  const bar = (name, one) => {
    const band = make("span", { class: "band" });
    band.style.left = `${spread(one.low_s ?? one.seconds)}%`;
    band.style.right = `${100 - spread(one.high_s ?? one.seconds)}%`;
    const point = make("span", { class: "point" });
    point.style.left = `${spread(one.seconds)}%`;
    const range = one.low ? t("{low} to {high}", one) : one.time;
    return make("div", { class: "move" }, make("span", {}, name), make("span", { class: "track" }, band, point), make("span", {}, range));
  };
  return make("section", { class: "moved", "aria-label": t("What the change did") },
    make("p", { class: change < 0 ? "sooner" : "later" }, words), bar(t("before"), old), bar(t("now"), now));
}
