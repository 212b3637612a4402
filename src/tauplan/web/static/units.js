// SI values as people read them, as the server writes them too.

import { t } from "./words.js";

const TIMES = [["years", 31557600], ["weeks", 604800], ["days", 86400], ["h", 3600], ["min", 60], ["s", 1], ["ms", 1e-3], ["µs", 1e-6], ["ns", 1e-9], ["ps", 1e-12]];
const PREFIXES = [["T", 1e12], ["G", 1e9], ["M", 1e6], ["k", 1e3], ["", 1], ["m", 1e-3], ["µ", 1e-6], ["n", 1e-9]];

const digits = (value) => Number(value.toPrecision(3)).toLocaleString("en", { maximumSignificantDigits: 3, useGrouping: true });

const unitOf = (seconds) => TIMES.find(([key, one]) => Math.abs(seconds) >= one * (["years", "weeks", "days"].includes(key) ? 2 : 1)) ?? TIMES.at(-1);

export function shown(value, unit) {
  if (value === null || !Number.isFinite(value)) return "–";
  if (value === 0) return unit === "1" ? "0" : `0 ${unit}`;
  if (unit === "s") {
    const [name, length] = unitOf(value);
    return t(`{n} ${name}`, { n: digits(value / length) });
  }
  if (unit === "1") return digits(value);
  const [prefix, size] = PREFIXES.find(([, one]) => Math.abs(value) >= one) ?? PREFIXES.at(-1);
  if (unit === "USD") return `$${digits(value / size)}${prefix === "G" ? "B" : prefix}`;
  return `${digits(value / size)} ${prefix}${unit}`;
}

// A scale from values to pixels: logarithmic where values span decades; ticks of times are round in their own unit.
export function scale(low, high, from, to, unit = "") {
  const length = unit === "s" ? unitOf(high)[1] : 1;
  const log = low > 0 && high > 30 * low;
  const at = log ? Math.log : (x) => x;
  const [a, b] = [at(low), at(high)];
  const place = (value) => from + ((at(value) - a) / (b - a || 1)) * (to - from);
  place.back = (pixel) => {
    const x = a + ((pixel - from) / (to - from)) * (b - a || 1);
    return log ? Math.exp(x) : x;
  };
  place.ticks = (count = 5) => log ? decades(low, high) : steps(low / length, high / length, count).map((tick) => tick * length);
  return place;
}

function steps(low, high, count) {
  const raw = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find((one) => one * power >= raw);
  const ticks = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high * (1 + 1e-9); tick += step) ticks.push(tick);
  return ticks;
}

function decades(low, high) {
  const ticks = [];
  for (let power = Math.ceil(Math.log10(low)); power <= Math.log10(high); power += 1) ticks.push(10 ** power);
  return ticks.length > 1 ? ticks : [low, high];
}
