// Draws Vega-Lite specifications that the server made, with the library that comes with it.

const narrow = matchMedia("(max-width: 40rem)");
let library = null;
let views = [];
let last = null;

function loaded() {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = "/static/vega.js";
    script.onload = () => resolve(window.vegaEmbed);
    script.onerror = () => reject(new Error("the chart library did not load"));
    document.head.append(script);
  });
  return library;
}

function fitted(spec) {
  const copy = structuredClone(spec);
  delete copy.title; // the page has it as a heading
  if (narrow.matches) { // labels stand above their marks, where there is room for them
    copy.height += 16 * copy.usermeta.lines;
    const above = { labelAlign: "left", labelPadding: -2, labelOffset: -9 - copy.usermeta.bar / 2, labelLimit: 340 };
    Object.assign(copy.config.axisYBand, above);
    Object.assign(copy.config.axisYPoint, above);
    copy.config.legend.columns = 3;
    if (copy.usermeta.span) copy.layer[0].encoding.x.scale.domain = copy.usermeta.span;
  }
  return copy;
}

function failed(place, error) {
  place.textContent = `This chart could not be drawn: ${error.message}. Its data is in the table below.`;
  place.classList.add("failed");
  const table = place.parentElement.querySelector("details");
  if (table) table.open = true;
}

async function draw(embed, place, spec) {
  // expressions are interpreted, not compiled: the page's policy forbids scripts made of text
  const options = { actions: false, renderer: "svg", ast: true, defaultStyle: false, tooltip: { disableDefaultStyle: true } };
  try {
    const made = await embed(place, fitted(spec), options);
    views.push(made);
    return 1;
  } catch (error) {
    failed(place, error);
    return 0;
  }
}

export async function drawAll(root, specs) {
  last = [root, specs];
  for (const view of views) view.finalize();
  views = [];
  const places = [...root.querySelectorAll(".chart")];
  let drawn = 0;
  try {
    const embed = await loaded();
    for (const place of places) {
      if (last[1] !== specs) return; // a newer answer is there
      drawn += await draw(embed, place, specs[place.dataset.chart]);
    }
  } catch (error) {
    places.forEach((place) => failed(place, error));
  }
  document.documentElement.dataset.charts = `${drawn}/${places.length}`;
}

narrow.addEventListener("change", () => last && drawAll(...last));
