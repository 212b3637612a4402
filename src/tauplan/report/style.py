"""Style and script of the report page; both are inline, so that one file is the whole report."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --ground: #ffffff; --ink: #1d2129; --soft: #59606b; --line: #d9dde3;
  --tile: #f4f6f9; --good: #1b6b3a; --bad: #a61c2b; --link: #1f5f99; }
@media (prefers-color-scheme: dark) { :root { --ground: #14171c; --ink: #e8eaee; --soft: #a7aeb9;
  --line: #333a45; --tile: #1e232b; --good: #7fd6a0; --bad: #ff9aa5; --link: #8fc1f2; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 1.5rem 0 .3rem; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; padding-top: .6rem; border-top: 1px solid var(--line); }
.summary, .stamp { color: var(--soft); margin: .2rem 0; }
.headline { font-size: 1.25rem; color: var(--good); }
.headline small { display: block; font-size: .9rem; color: var(--soft); }
.bad { color: var(--bad); }
.note { border-left: 4px solid #b8860b; padding-left: .7rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(11.5rem, 1fr)); gap: .5rem; margin: 1rem 0; }
.tiles div { background: var(--tile); border-radius: 6px; padding: .5rem .7rem; }
.tiles dt { color: var(--soft); font-size: .82rem; line-height: 1.25; }
.tiles dd { margin: .15rem 0 0; font-size: 1.1rem; font-variant-numeric: tabular-nums; }
figure { margin: 1.2rem 0; }
.chart { width: 100%; min-height: 60px; }
details { margin-top: .2rem; }
summary { cursor: pointer; color: var(--soft); font-size: .88rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .88rem; margin: .5rem 0; width: 100%; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td { font-variant-numeric: tabular-nums; }
a { color: var(--link); }
pre { background: var(--tile); padding: .7rem; overflow-x: auto; border-radius: 6px; margin: .4rem 0; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: .5rem; top: .5rem; background: var(--ground); padding: .5rem; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
@media print { :root { color-scheme: light; } details { display: none; } figure { break-inside: avoid; }
  .scroll { overflow: visible; } }
"""

DRAW = """
(function () {
  "use strict";
  var specs = JSON.parse(document.getElementById("specs").textContent);
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  function theme() {
    var style = getComputedStyle(document.documentElement);
    var ink = style.getPropertyValue("--ink").trim(), soft = style.getPropertyValue("--soft").trim();
    var line = style.getPropertyValue("--line").trim();
    return { font: "system-ui, sans-serif", title: { color: ink, fontSize: 15 }, view: { stroke: null },
      axis: { labelColor: soft, titleColor: soft, gridColor: line, domainColor: line, tickColor: line,
        labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal" },
      legend: { labelColor: soft, titleColor: soft, labelFontSize: 12, orient: "bottom", columns: 6 },
      text: { color: ink, fontSize: 12 } };
  }
  function draw() {
    document.querySelectorAll(".chart").forEach(function (place) {
      var spec = Object.assign({}, specs[Number(place.dataset.spec)], { config: theme() });
      window.vegaEmbed(place, spec, { actions: false, renderer: "svg" }).catch(function (error) {
        place.textContent = "This chart could not be drawn; its data is below. (" + error + ")";
      });
    });
  }
  draw();
  dark.addEventListener("change", draw);
})();
"""
