// What the sheet shows of its state: marks in the cells, problems above, totals below, the line about this cell.

import { shown } from "./daily-grid-words.js";

const QUIET = new Set(["DR-020", "DR-021"]);

export const cellOf = (village, key) => document.getElementById(`c-${village}-${key}`);

function problem(issue, data) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  const cell = cellOf(issue.village, issue.key);
  link.href = cell ? `#${cell.id}` : `?view=all#c-${issue.village}-${issue.key}`;
  link.textContent = `${issue.villageName} ${issue.keyName}`;
  const code = document.createElement("span");
  code.className = "code";
  code.textContent = issue.code;
  item.append(link, `：${issue.message}。`);
  if (issue.level === "error") item.append(`${issue.remedy}。`);
  else if (issue.reason) item.append(`已说明：${issue.reason}。`);
  else {
    const there = document.createElement("a");
    there.href = data.urls.check;
    there.textContent = "填写理由";
    item.append("属实请在上报前", there, "，随日报留存。");
  }
  item.append(code);
  return item;
}

export function paintIssues(issues, data, viewOf) {
  for (const level of ["error", "warning"]) {
    const box = document.querySelector(`#issues [data-level="${level}"]`);
    const listed = issues.filter((issue) => issue.level === level && !QUIET.has(issue.code));
    box.hidden = !listed.length;
    box.querySelector("[data-count]").textContent = String(listed.length);
    const list = box.querySelector(".msgs");
    list.replaceChildren(...listed.map((issue) => problem(issue, data)));
    for (const link of list.querySelectorAll('a[href^="?view=all"]')) link.href = viewOf(link.href);
  }
}

export function paintCells(rows, issues, typed) {
  const worst = new Map();
  for (const issue of issues) {
    const place = `${issue.village} ${issue.key}`;
    if (!QUIET.has(issue.code) && !worst.has(place)) worst.set(place, issue);
  }
  for (const row of rows) {
    for (const key of [...typed, "note"]) {
      const input = cellOf(row.code, key);
      if (!input) continue;
      const issue = worst.get(`${row.code} ${key}`);
      const cell = input.parentElement;
      cell.classList.toggle("err", issue?.level === "error");
      cell.classList.toggle("warn", issue?.level === "warning");
      cell.classList.toggle("keep", row.carried.includes(key));
      cell.classList.toggle("zero", row.values[key] === 0);
      input.title = issue ? `${issue.message}。${issue.remedy}。${issue.code}` : "";
      if (issue) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
  }
}

export function paintTotals(rows, issues, metrics, steps) {
  const wrong = new Set(issues.filter((issue) => issue.level === "error" && issue.code !== "DR-020").map((issue) => issue.key));
  for (const metric of metrics) {
    const cell = document.querySelector(`[data-total="${metric.key}"]`);
    if (!cell) continue;
    let [sum, missing, unknown] = [0, 0, 0];
    for (const row of rows) {
      const value = row.values[metric.key];
      if (row.marks[metric.key] === "unknown") unknown += 1;
      else if (value === undefined && !(metric.key in row.marks)) {
        const early = metric.nature === "date" || (steps[metric.key] && row.values[steps[metric.key]] === undefined);
        missing += early ? 0 : 1;
      } else if (metric.nature === "date") sum += value === undefined ? 0 : 1;
      else sum += value ?? 0;
    }
    const notes = [missing && `缺${missing}`, unknown && `不详${unknown}`].filter(Boolean);
    if (wrong.has(metric.key) && metric.typed) {
      const word = document.createElement("span");
      word.className = "nf";
      word.textContent = "有错";
      cell.replaceChildren(word);
    } else {
      cell.replaceChildren(shown(sum), ...notes.flatMap((note) => {
        const tail = document.createElement("span");
        tail.className = "dl";
        tail.textContent = note;
        return [" ", tail];
      }));
    }
  }
}

export function paintCounts(rows, issues) {
  const of = (code) => issues.filter((issue) => issue.code === code).length;
  const waiting = new Set(issues.filter((issue) => QUIET.has(issue.code)).map((issue) => issue.village));
  const set = (name, value) => document.querySelectorAll(`[data-${name}]`).forEach((place) => {
    place.textContent = String(value);
    const quiet = place.closest(".quiet");
    if (!quiet) return;
    quiet.hidden = value === 0;
    const button = quiet.nextElementSibling;
    if (button?.name === "act") button.hidden = value === 0;
  });
  set("confirmed", rows.length - waiting.size);
  set("missing", of("DR-021"));
  set("unconfirmed", of("DR-020"));
  document.querySelectorAll("[data-confirmed-meter]").forEach((meter) => { meter.value = rows.length - waiting.size; });
  for (const row of rows) {
    document.querySelector(`tr[data-village="${row.code}"]`)?.classList.toggle("ok", !waiting.has(row.code));
  }
  return waiting;
}

export { QUIET };
