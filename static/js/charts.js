// Draws every [data-chart] with ECharts as SVG. The figures come from a JSON script tag; the table under the chart
// shows the same ones and stays when this file, ECharts or JavaScript itself is missing.

const INK = "#1b2430";
const INK_2 = "#465160";
const LINE = "#dbe0e7";
const AXIS = "#76828f";
const FONT = '"Noto Sans SC","Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif';
const RISK = {
  red: { fill: "#c4392f", edge: "#7d160f", symbol: "triangle", dash: "solid", decal: { symbol: "none" } },
  orange: {
    fill: "#f0b35c", edge: "#8a4700", symbol: "diamond", dash: "dashed",
    decal: { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: -Math.PI / 4, color: "rgba(90,45,0,.62)" },
  },
  green: {
    fill: "#d5eadd", edge: "#1c683b", symbol: "circle", dash: "dotted",
    decal: { symbol: "circle", symbolSize: 0.55, dashArrayX: [[6, 6], [0, 6, 6, 0]], dashArrayY: [6, 0], color: "rgba(28,104,59,.75)" },
  },
};
const SHADES = ["#1f5299", "#465160", "#7f9cc6", "#76828f"];
const SYMBOLS = ["circle", "rect", "triangle", "diamond"];
const LABEL_HEIGHT = 15;
const PLOT_MARGINS = 56;
const DASHES = ["solid", "dashed", "dotted", "solid"];

// The policy of these pages refuses style attributes, but setting the same style through the object model is allowed.
function allowSvgStyles() {
  const original = SVGElement.prototype.setAttribute;
  SVGElement.prototype.setAttribute = function (name, value) {
    if (name === "style") this.style.cssText = value;
    else original.call(this, name, value);
  };
}

const written = (value) => value.toLocaleString("zh-CN").replace("-", "−");
const labelled = (index, count) => index === 0 || index === count - 1 || index % 3 === 0;

function looks(series, position) {
  const risk = RISK[series.colour];
  if (risk) return { color: risk.fill, borderColor: risk.edge, borderWidth: 1, decal: risk.decal };
  return { color: SHADES[position % SHADES.length], decal: { symbol: "none" } };
}

function barSeries(data, shares) {
  const sums = data.labels.map((_, index) => data.series.reduce((sum, one) => sum + (one.values[index] ?? 0), 0));
  const last = data.series.length - 1;
  return data.series.map((series, position) => ({
    name: series.name,
    type: "bar",
    stack: data.stacked || shares ? "all" : undefined,
    barMaxWidth: 17,
    data: series.values,
    itemStyle: looks(series, position),
    label: {
      show: position === last || shares,
      position: shares ? "inside" : "top",
      fontSize: 12,
      color: INK,
      backgroundColor: shares ? "#fff" : "transparent",
      formatter: ({ dataIndex, value }) => {
        if (shares) return value >= 8 && series.colour !== "red" ? value.toFixed(1) : "";
        return labelled(dataIndex, data.labels.length) ? written(data.stacked ? sums[dataIndex] : value) : "";
      },
    },
  }));
}

// How far each end label moves so that no two stand on each other; `height` is that of the plot in pixels.
function endLabelShifts(data, height) {
  const lasts = data.series.map((series) => series.values[series.values.length - 1] ?? 0);
  const top = Math.max(1, ...data.series.flatMap((series) => series.values));
  const wanted = lasts.map((last) => height * (1 - last / top));
  const order = lasts.map((_, index) => index).sort((a, b) => lasts[b] - lasts[a]);
  const placed = [...wanted];
  let free = -Infinity;
  for (const position of order) {
    placed[position] = Math.max(wanted[position], free);
    free = placed[position] + LABEL_HEIGHT;
  }
  // Lines that end at the axis would push their labels below it: from there they go up again.
  let floor = height;
  for (const position of order.reverse()) {
    placed[position] = Math.min(placed[position], floor);
    floor = placed[position] - LABEL_HEIGHT;
  }
  return placed.map((at, position) => at - wanted[position]);
}

function lineSeries(data, height) {
  const shifts = endLabelShifts(data, height - PLOT_MARGINS);
  return data.series.map((series, position) => {
    const risk = RISK[series.colour];
    const look = looks(series, position);
    return {
      name: series.name,
      type: "line",
      data: series.values,
      symbol: risk?.symbol ?? SYMBOLS[position % SYMBOLS.length],
      symbolSize: 7,
      itemStyle: { color: look.color, borderColor: look.borderColor ?? look.color, borderWidth: 1 },
      lineStyle: { color: look.borderColor ?? look.color, width: 2, type: risk?.dash ?? DASHES[position % DASHES.length] },
      label: {
        show: data.series.length === 1, position: "top", fontSize: 12, color: INK,
        formatter: ({ dataIndex, value }) => (labelled(dataIndex, data.labels.length) ? written(value) : ""),
      },
      // Several lines say their name and last figure at their end: no legend to match colours with.
      endLabel: {
        show: data.series.length > 1, fontSize: 12, color: INK, distance: 6,
        offset: [0, shifts[position]],
        formatter: ({ seriesName, value }) => `${seriesName} ${written(value)}`,
      },
    };
  });
}

// A thin red share has no room for its label: it stands at the axis, beside the name.
function thinShareAtAxis(data) {
  const red = data.series.find((one) => one.colour === "red");
  if (!red) return {};
  return {
    formatter: (name, index) => `${name}  {red|▲${red.values[index].toFixed(1)}}`,
    rich: { red: { color: "#b3241b", fontWeight: 700, fontSize: 12, fontFamily: FONT } },
  };
}

function option(data, description, height) {
  const shares = data.kind === "shares";
  const names = { type: "category", data: data.labels, axisTick: { show: false }, axisLine: { lineStyle: { color: AXIS } }, axisLabel: { color: INK_2, fontSize: 12, hideOverlap: true } };
  const values = { type: "value", min: 0, max: shares ? 100 : undefined, splitLine: { lineStyle: { color: LINE } }, axisLabel: { color: INK_2, fontSize: 12, formatter: written } };
  return {
    animation: false,
    textStyle: { fontFamily: FONT, fontSize: 12, color: INK },
    aria: { enabled: true, label: { description }, decal: { show: true } },
    grid: { left: 8, right: data.kind === "lines" && data.series.length > 1 ? 140 : 12, top: 24, bottom: 6, containLabel: true },
    xAxis: shares ? values : names,
    yAxis: shares ? { ...names, inverse: true, axisLabel: { ...names.axisLabel, ...thinShareAtAxis(data) } } : values,
    series: data.kind === "lines" ? lineSeries(data, height) : barSeries(data, shares),
  };
}

function draw(box) {
  const data = JSON.parse(document.getElementById(box.dataset.chart).textContent);
  box.classList.add("drawn");
  const chart = window.echarts.init(box, null, { renderer: "svg" });
  chart.setOption(option(data, box.getAttribute("aria-label"), box.clientHeight));
  new ResizeObserver(() => chart.resize()).observe(box);
  window.addEventListener("beforeprint", () => chart.resize());
}

if (window.echarts) {
  allowSvgStyles();
  document.querySelectorAll("[data-chart]").forEach(draw);
} else {
  document.querySelectorAll(".chart-table").forEach((table) => { table.open = true; });
}
