// Draws the charts of the page. The tables are there without this script, and stay if a chart cannot be drawn.
(function () {
  "use strict";
  var specs = JSON.parse(document.getElementById("charts").textContent);
  var narrow = window.matchMedia("(max-width: 40rem)");

  function fitted(spec) {
    var copy = JSON.parse(JSON.stringify(spec));
    delete copy.title; // the page has it as a heading
    if (narrow.matches) {
      copy.height += 16 * copy.usermeta.lines; // labels stand above their marks, where there is room for them
      var above = { labelAlign: "left", labelPadding: -2, labelOffset: -9 - copy.usermeta.bar / 2, labelLimit: 340 };
      Object.assign(copy.config.axisYBand, above);
      Object.assign(copy.config.axisYPoint, above);
      copy.config.legend.columns = 3;
      if (copy.usermeta.span) { copy.layer[0].encoding.x.scale.domain = copy.usermeta.span; }
    }
    return copy;
  }

  function failed(place, error) {
    place.textContent = "This chart could not be drawn: " + error + ". Its data is in the table below.";
    place.classList.add("failed");
    var table = place.parentElement.querySelector("details");
    if (table) { table.open = true; }
  }

  function draw(place) {
    var options = { actions: false, renderer: "svg", tooltip: { disableDefaultStyle: true } };
    try {
      return window.vegaEmbed(place, fitted(specs[place.dataset.chart]), options)
        .then(function () { return 1; }, function (error) { failed(place, error); return 0; });
    } catch (error) {
      failed(place, error);
      return Promise.resolve(0);
    }
  }

  function drawAll() {
    var places = Array.from(document.querySelectorAll(".chart"));
    Promise.all(places.map(draw)).then(function (drawn) {
      var count = drawn.reduce(function (sum, one) { return sum + one; }, 0);
      document.documentElement.dataset.charts = count + "/" + places.length;
    });
  }

  document.querySelectorAll(".keys [data-level]").forEach(function (key) {
    key.addEventListener("click", function () {
      var level = key.closest("article").querySelector("[data-details='" + key.dataset.level + "']");
      if (level) { level.open = true; level.scrollIntoView(); }
    });
  });

  var opened = [];
  window.addEventListener("beforeprint", function () {
    opened = Array.from(document.querySelectorAll("details:not([open])"));
    opened.forEach(function (details) { details.open = true; });
  });
  window.addEventListener("afterprint", function () {
    opened.forEach(function (details) { details.open = false; });
  });
  narrow.addEventListener("change", drawAll);
  drawAll();
})();
