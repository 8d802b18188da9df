// The checks of the sheet, from the table of rules the server sends. The server evaluates the same table when the
// report is filed (reports/rules/checks.py); a test compares both on the same rows.

import { shown, writeCell } from "./daily-grid-words.js";

const count = (row, key) => (typeof row.values[key] === "number" ? row.values[key] : null);
const day = (row, key) => (typeof row.values[key] === "string" ? row.values[key] : null);
const days = (later, earlier) => Math.round((Date.parse(later) - Date.parse(earlier)) / 86400000);

function selected(metric, selector) {
  if (!metric.typed) return false;
  const natures = { "*counts": ["stock", "flow"], "*flows": ["flow"], "*stocks": ["stock"], "*dates": ["date"], "*carried": ["stock", "date"] };
  return natures[selector].includes(metric.nature);
}

const expand = (rule, sheet) =>
  rule.keys.flatMap((name) =>
    name.startsWith("*") ? sheet.metrics.filter((metric) => selected(metric, name)).map((metric) => metric.key) : [name]);

const gap = (rule, row) => {
  const [later, earlier] = [day(row, rule.keys[0]), day(row, rule.keys[1])];
  if (later === null || earlier === null || later < earlier) return null;
  return { days: days(later, earlier), figures: { value: later, other: earlier, limit: rule.params.limit } };
};

const each = (rule, sheet, test) => expand(rule, sheet).flatMap((key) => {
  const figures = test(key);
  return figures ? [[key, figures]] : [];
});

const EVALUATORS = {
  parsed: (rule, row, sheet) => each(rule, sheet, (key) => key in row.unread && { value: row.unread[key] }),
  at_most: (rule, row, sheet) => each(rule, sheet, (key) => count(row, key) !== null && count(row, key) > rule.params.limit && { value: count(row, key), limit: rule.params.limit }),
  not_negative: (rule, row, sheet) => each(rule, sheet, (key) => count(row, key) !== null && count(row, key) < 0 && { value: count(row, key) }),
  not_future: (rule, row, sheet) => each(rule, sheet, (key) => day(row, key) > sheet.day && { value: day(row, key), limit: sheet.day }),
  not_before: (rule, row, sheet) => each(rule, sheet, (key) => day(row, key) !== null && day(row, key) < sheet.starts_on && { value: day(row, key), limit: sheet.starts_on }),
  confirmed: (rule, row, sheet) => {
    const known = new Set(expand(rule, sheet));
    return row.carried.filter((key) => known.has(key)).map((key) => [key, { value: writeCell(row.values[key], row.marks[key]) }]);
  },
  required: (rule, row, sheet) => each(rule, sheet, (key) => row.values[key] === undefined && !(key in row.marks) && !(key in row.unread) && {}),
  spike: (rule, row, sheet) => each(rule, sheet, (key) => {
    const [value, highest] = [count(row, key), row.highest[key]];
    return value !== null && highest !== undefined && value > rule.params.times * highest && value > rule.params.floor && { value, other: highest };
  }),
  falls: (rule, row, sheet) => each(rule, sheet, (key) => {
    const before = row.previous[key];
    return count(row, key) !== null && typeof before === "number" && count(row, key) < before && { value: count(row, key), other: before };
  }),
  day_changed: (rule, row, sheet) => each(rule, sheet, (key) => {
    const before = row.previous[key];
    return typeof before === "string" && row.values[key] !== before && { value: row.values[key] ?? null, other: before };
  }),
  part_of: (rule, row) => {
    const [part, whole] = [count(row, rule.keys[0]), count(row, rule.keys[1])];
    return part !== null && whole !== null && part > whole ? [[rule.keys[0], { value: part, other: whole }]] : [];
  },
  sum_at_most: (rule, row) => {
    const counts = rule.keys.map((key) => count(row, key) ?? 0);
    const total = counts.reduce((sum, one) => sum + one, 0);
    return total > rule.params.limit && Math.max(...counts) <= rule.params.limit ? [[rule.keys[0], { value: total }]] : [];
  },
  order: (rule, row) => {
    const [later, earlier] = [day(row, rule.keys[0]), day(row, rule.keys[1])];
    return later !== null && earlier !== null && later < earlier ? [[rule.keys[0], { value: later, other: earlier }]] : [];
  },
  gap_at_least: (rule, row) => {
    const found = gap(rule, row);
    return found && found.days < rule.params.limit ? [[rule.keys[0], found.figures]] : [];
  },
  gap_at_most: (rule, row) => {
    const found = gap(rule, row);
    return found && found.days > rule.params.limit ? [[rule.keys[0], found.figures]] : [];
  },
  after_step: (rule, row) => {
    const value = count(row, rule.keys[0]);
    const open = day(row, rule.keys[1]) === null && !(rule.keys[1] in row.marks);
    return value && open ? [[rule.keys[0], { value }]] : [];
  },
  // Notes are judged by the server when they are saved: the pattern lives in one place.
  note_clean: (rule, row) => (row.noteRefused ? [["note", {}]] : []),
};

const fill = (text, figures) => text.replace(/\{(\w+)\}/g, (whole, name) => (name in figures ? shown(figures[name]) : whole));

export function check(rows, sheet) {
  const names = Object.fromEntries([...sheet.metrics.map((metric) => [metric.key, metric.name]), ["note", "备注"]]);
  const order = Object.fromEntries(Object.keys(names).map((key, number) => [key, number]));
  const found = [];
  rows.forEach((row, position) => {
    for (const rule of sheet.rules) {
      for (const [key, figures] of EVALUATORS[rule.kind](rule, row, sheet)) {
        if (!(key in names)) continue;
        found.push({
          code: rule.code, level: rule.level, village: row.code, villageName: row.name, key, keyName: names[key],
          message: fill(rule.message, figures), remedy: rule.remedy, source: rule.source,
          reason: (row.reasons[`${rule.code}:${key}`] ?? "").trim(), position, column: order[key],
        });
      }
    }
  });
  const rank = (issue) => (issue.level === "error" ? 0 : 1);
  return found.sort((a, b) => rank(a) - rank(b) || a.position - b.position || a.column - b.column);
}
