// The daily sheet in the browser: instant checks, autosave, keyboard, paste, the list on a phone.
// Everything is an addition to a plain form that saves, checks and files without it.

import { check } from "./daily-grid-checks.js";
import { Keys } from "./daily-grid-keys.js";
import { cellOf, paintCells, paintCounts, paintIssues, paintTotals, QUIET } from "./daily-grid-paint.js";
import { Phone } from "./daily-grid-phone.js";
import { Saver } from "./daily-grid-save.js";
import { fold, readCell, shown, writeCell } from "./daily-grid-words.js";

const data = JSON.parse(document.getElementById("daily-data").textContent);
const form = document.getElementById("sheet-form");
const table = document.getElementById("sheet");
const metrics = new Map(data.metrics.map((metric) => [metric.key, metric]));
const typed = data.metrics.filter((metric) => metric.typed).map((metric) => metric.key);
const rows = data.rows.map((row) => ({ ...row, unread: {} }));
const byCode = new Map(rows.map((row) => [row.code, row]));
let issues = [];

const place = (input) => {
  const [, village, key] = input.name.split(".");
  return { row: byCode.get(village), key };
};
const textOf = (row, key) => (key === "note" ? row.note : row.unread[key] ?? writeCell(row.values[key], row.marks[key]));

function paint() {
  issues = check(rows, data);
  paintIssues(issues, data, viewOf);
  paintCells(rows, issues, typed);
  paintTotals(rows, issues, data.metrics, data.steps);
  phone.paint(paintCounts(rows, issues), issues);
}

function viewOf(href) {
  const key = href.split("-").slice(2).join("-");
  const link = document.querySelector(`[data-view="${data.views[key] ?? "today"}"]`);
  return `${link?.getAttribute("href") ?? ""}#${href.split("#")[1]}`;
}

// Puts one text into the model; returns the edit to send, or null when nothing is to be sent.
function take(input, text) {
  const { row, key } = place(input);
  if (key === "note") {
    if (text === row.note) return null;
    row.note = text;
    return { village: row.code, key, text, base: row.stamps[key] ?? 0 };
  }
  const before = textOf(row, key);
  const cell = readCell(text, metrics.get(key).nature, data);
  if (cell.error) {
    row.unread[key] = fold(text);
    input.value = row.unread[key];
    return null;
  }
  delete row.unread[key];
  const after = writeCell(cell.value, cell.mark);
  input.value = after;
  const confirms = row.carried.includes(key);
  if (after === before && !confirms) return null;
  if (cell.value === null) delete row.values[key];
  else row.values[key] = cell.value;
  if (cell.mark) row.marks[key] = cell.mark;
  else delete row.marks[key];
  row.carried = row.carried.filter((one) => one !== key);
  return { village: row.code, key, text: cell.value !== null && metrics.get(key).nature === "date" ? cell.value : after, base: row.stamps[key] ?? 0 };
}

function put(cells) {
  const edits = cells.map(([input, text]) => take(input, text)).filter(Boolean);
  if (edits.length) saver.add(edits);
  else if (unread()) status.textContent = `有 ${unread()} 格没有保存`;
  paint();
}

// Cells whose text could not be kept (no figure, a personal number): what the server has of them is older.
function unread() {
  return rows.reduce((sum, row) => sum + Object.keys(row.unread).length + (row.noteRefused ? 1 : 0), 0);
}

// Why figures wait: in words, and the way out where waiting does not help.
const UNSENT = {
  offline: ["网络中断", "", null],
  "signed-out": ["登录已过期", "重新登录，回到这里", () => `${data.urls.login}${encodeURIComponent(location.hash)}`],
  expired: ["页面已过期", "刷新本页，接着填", () => location.pathname + location.search],
};
const status = document.getElementById("save-state");
const saver = new Saver(data, form.elements.csrfmiddlewaretoken.value, {
  stamp: ({ village, key }) => byCode.get(village)?.stamps[key] ?? 0,
  state: (text) => { status.textContent = text; },
  refused: (message) => { status.textContent = `未保存：${message}`; },
  unsent(why, size) {
    const box = document.getElementById("offline");
    const [words, way, href] = UNSENT[why];
    box.hidden = false;
    box.querySelector("[data-unsent]").textContent = String(size);
    box.querySelector("b").textContent = way ? `${words}。` : `未保存，${words}`;
    if (way) {
      const link = document.createElement("a");
      link.href = href();
      link.textContent = way;
      link.addEventListener("click", () => { saver.leaving = true; });
      box.querySelector("b").append(link);
    }
    status.textContent = `未保存，${words}${way ? "" : "，已存本机"}`;
  },
  saved(answer) {
    document.getElementById("offline").hidden = true;
    for (const saved of answer.saved) byCode.get(saved.village).stamps[saved.key] = saved.stamp;
    for (const refused of answer.refused) {
      const row = byCode.get(refused.village);
      if (refused.key === "note") row.noteRefused = true;
      else row.unread[refused.key] = refused.text;
    }
    for (const saved of answer.saved) if (saved.key === "note") byCode.get(saved.village).noteRefused = false;
    answer.conflicts.forEach(conflict);
    const clock = new Date(answer.saved_at).toLocaleTimeString("zh-CN", { hour12: false, timeZone: "Asia/Shanghai" });
    const [refused, clashes] = [unread(), answer.conflicts.length];
    if (refused) status.textContent = `有 ${refused} 格没有保存`;
    else status.textContent = clashes ? `有 ${clashes} 格冲突，没有保存` : `已自动保存 ${clock}`;
    if (answer.refused.length) paint();
  },
});

function conflict(found) {
  const row = byCode.get(found.village);
  const name = found.key === "note" ? "备注" : metrics.get(found.key)?.name ?? "理由";
  row.stamps[found.key] = found.stamp;
  const line = document.createElement("div");
  line.className = "conflict";
  const text = document.createElement("span");
  text.textContent = `冲突　${row.name} ${name}：${found.by}填了 ${found.theirs || "空白"}，您填的是 ${found.yours || "空白"}。`;
  const choice = (label, act) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn sm";
    button.textContent = label;
    button.addEventListener("click", () => { act(); line.remove(); });
    return button;
  };
  const input = cellOf(found.village, found.key);
  const use = (value, send) => {
    if (input) take(input, value);
    if (send) saver.add([{ village: found.village, key: found.key, text: value, base: found.stamp }]);
    paint();
  };
  line.append(text, choice(`用我的 ${found.yours}`, () => use(found.yours, true)),
    choice(`用对方的 ${found.theirs}`, () => use(found.theirs, false)), choice("再看看", () => use(found.theirs, false)));
  document.getElementById("conflicts").append(line);
}

let current = table.querySelector("td.e input");
const act = {
  put,
  confirm: (input) => put([[input, input.value]]),
  restore(input) {
    const { row, key } = place(input);
    delete row.unread[key];
    input.value = textOf(row, key);
    input.select();
    paint();
  },
  fillDown(input) {
    const column = [...input.closest("tr").querySelectorAll("td.e input")].indexOf(input);
    const below = keys.rows.slice(keys.rows.indexOf(input.closest("tr")) + 1);
    put([[input, input.value], ...below.map((row) => [row.querySelectorAll("td.e input")[column], input.value])]);
    status.textContent = `已向下填充 ${below.length} 村`;
  },
  pasted(down, right, outside) {
    status.textContent = outside ? `已粘贴 ${down} 行 ${right} 列，超出表格的 ${outside} 格没有粘` : `已粘贴 ${down} 行 ${right} 列`;
  },
  next() {
    const cells = [...table.querySelectorAll("td.err input, td.warn input")];
    const empty = cells.length ? cells : [...table.querySelectorAll("td.e.n input, td.keep input")].filter((input) => {
      const { row, key } = place(input);
      return issues.some((issue) => issue.village === row.code && issue.key === key);
    });
    const after = empty.find((input) => current && current.compareDocumentPosition(input) & Node.DOCUMENT_POSITION_FOLLOWING);
    (after ?? empty[0])?.focus();
  },
  basis() { if (current) basis(place(current)); },
  async check() {
    const kept = await saver.flush();
    if (unread()) {
      status.textContent = `有 ${unread()} 格没有保存，改正后才能核对上报`;
      act.next();
    } else if (kept) location.href = data.urls.check;
    else status.textContent = "还有没保存的数，保存后才能核对上报";
  },
};

function basis({ row, key }) {
  const metric = metrics.get(key);
  const box = document.getElementById("basis");
  box.querySelector("h2").textContent = `${row.name} ${metric?.name ?? "备注"}`;
  const facts = [["来源", metric?.source ?? ""], ["上次上报", writeCell(row.previous[key] ?? null, "") || "未报"]];
  if (metric?.nature === "flow") facts.push(["近 7 日", `合计 ${shown(row.week[key] ?? 0)}，最高 ${shown(row.highest[key] ?? 0)}`]);
  for (const base of data.metrics.filter((one) => !one.typed)) facts.push([base.name, row.values[base.key] === undefined ? "未报" : shown(row.values[base.key])]);
  for (const issue of issues.filter((one) => one.village === row.code && one.key === key)) facts.push([issue.code, `${issue.message}。${issue.remedy}。${issue.source}`]);
  box.querySelector(".basis").replaceChildren(...facts.flatMap(([name, value]) => {
    const [head, body] = [document.createElement("dt"), document.createElement("dd")];
    head.textContent = name;
    body.textContent = value;
    return [head, body];
  }));
  box.querySelector("[data-org]").href = data.urls.org.replace("000000000000", row.code);
  box.showModal();
}

const here = document.getElementById("here");
const keys = new Keys(table, act);
const settle = (row) => bulk(issues.filter((issue) => issue.village === row.code && QUIET.has(issue.code))
  .map((issue) => [issue, issue.code === "DR-021" ? "0" : null]));
const phone = new Phone(table, rows, data, { put, settle });

table.addEventListener("focusin", (event) => {
  if (!(event.target instanceof HTMLInputElement) || !event.target.name.startsWith("c.")) return;
  current = event.target;
  const { row, key } = place(current);
  const metric = metrics.get(key);
  if (event.target.select && key !== "note") event.target.select();
  const last = writeCell(row.previous[key] ?? null, "");
  const week = metric?.nature === "flow" ? `　近 7 日 ${shown(row.week[key] ?? 0)}` : "";
  here.textContent = `${row.name} ${metric?.name ?? "备注"}${metric ? `　上次 ${last || "未报"}${week}` : ""}`;
});
table.addEventListener("change", (event) => {
  if (event.target instanceof HTMLInputElement && event.target.name.startsWith("c.")) put([[event.target, event.target.value]]);
});
table.addEventListener("click", (event) => {
  const link = event.target instanceof Element && event.target.closest("[data-basis]");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  basis({ row: byCode.get(link.closest("tr").dataset.village), key: link.dataset.basis });
});
form.addEventListener("submit", async (event) => {
  const button = event.submitter;
  event.preventDefault();
  if (button?.value === "check") return act.check();
  const cells = [];
  if (button?.value === "zero" || button?.value === "confirm") {
    for (const issue of issues) {
      if (button.value === "zero" && issue.code === "DR-021") cells.push([issue, "0"]);
      if (button.value === "confirm" && issue.code === "DR-020") cells.push([issue, null]);
    }
  }
  bulk(cells);
  await saver.flush();
});

// Cells that may stand in another view have no input here: they change in the model alone.
function bulk(cells) {
  const edits = [];
  for (const [issue, text] of cells) {
    const row = byCode.get(issue.village);
    const value = text ?? textOf(row, issue.key);
    const input = cellOf(issue.village, issue.key) ?? Object.assign(document.createElement("input"), { name: `c.${issue.village}.${issue.key}` });
    const edit = take(input, value);
    if (edit) edits.push(edit);
  }
  if (edits.length) saver.add(edits);
  paint();
}

document.querySelectorAll("[data-do]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("mousedown", (event) => event.preventDefault());
  button.addEventListener("click", () => {
    const name = button.dataset.do;
    if (name === "fill" && current) act.fillDown(current);
    else if (name === "restore" && current) act.restore(current);
    else act[name]?.();
  });
});
document.querySelectorAll("[data-view]").forEach((link) => link.addEventListener("click", async (event) => {
  if (event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  await saver.flush();
  location.href = link.href;
}));

const waiting = saver.restore();
if (waiting.length) {
  for (const edit of waiting) {
    const input = cellOf(edit.village, edit.key) ?? Object.assign(document.createElement("input"), { name: `c.${edit.village}.${edit.key}` });
    if (byCode.has(edit.village) && metrics.has(edit.key)) take(input, edit.text);
  }
  saver.add(waiting);
  status.textContent = `本机有 ${waiting.length} 个未发出的数，正在上传`;
}
paint();
const asked = location.hash && document.getElementById(location.hash.slice(1));
if (asked instanceof HTMLInputElement) asked.focus();
document.documentElement.dataset.daily = "ready";
