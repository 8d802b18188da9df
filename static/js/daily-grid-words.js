// From what is typed or pasted into a cell to a value, a mark or an error; and back.
// The server does the same: reports/rules/words.py. A test feeds both with the same texts.

const FULL = "０１２３４５６７８９，．－−／：　";
const HALF = "0123456789,.--/: ";
const MISSING = new Set(["", "未报", "未到", "-", "—"]);
const MARKS = { "/": "na", 不适用: "na", na: "na", 不详: "unknown", unknown: "unknown" };
const MARK_TEXT = { na: "／", unknown: "不详" };

export const fold = (text) =>
  [...String(text)].map((sign) => (FULL.includes(sign) ? HALF[[...FULL].indexOf(sign)] : sign)).join("").trim();

function iso(year, month, number) {
  const day = new Date(Date.UTC(year, month - 1, number));
  const real = day.getUTCFullYear() === year && day.getUTCMonth() === month - 1 && day.getUTCDate() === number;
  return real && year > 0 ? day.toISOString().slice(0, 10) : null;
}

function readDay(plain, sheet) {
  const wrong = { value: null, mark: "", error: "DR-003", text: plain };
  const full = /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: 00:00:00)?$/.exec(plain);
  if (full) {
    const value = iso(Number(full[1]), Number(full[2]), Number(full[3]));
    return value ? { value, mark: "", error: "" } : wrong;
  }
  const short = /^(\d{1,2})[-/.月](\d{1,2})日?$/.exec(plain);
  if (!short) return wrong;
  const year = Number(sheet.day.slice(0, 4));
  const now = iso(year, Number(short[1]), Number(short[2]));
  const before = iso(year - 1, Number(short[1]), Number(short[2]));
  if (now && now > sheet.day && before && before >= sheet.starts_on) return { value: before, mark: "", error: "" };
  return now ? { value: now, mark: "", error: "" } : wrong;
}

function readCount(plain) {
  let text = /^-?\d{1,3}(,\d{3})+$/.test(plain) ? plain.replaceAll(",", "") : plain;
  if (text.endsWith(".0")) text = text.slice(0, -2);
  if (!/^-?\d{1,12}$/.test(text)) return { value: null, mark: "", error: "DR-001", text };
  return { value: Number(text) + 0, mark: "", error: "" };
}

export function readCell(text, nature, sheet) {
  const plain = fold(text);
  const mark = Object.hasOwn(MARKS, plain.toLowerCase()) ? MARKS[plain.toLowerCase()] : "";
  if (mark) return { value: null, mark, error: "" };
  if (MISSING.has(plain)) return { value: null, mark: "", error: "" };
  return nature === "date" ? readDay(plain, sheet) : readCount(plain);
}

export function writeCell(value, mark) {
  if (mark) return MARK_TEXT[mark];
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value.slice(5) : String(value);
}

export function shown(figure) {
  if (figure === null || figure === undefined) return "空白";
  return typeof figure === "number" ? figure.toLocaleString("en-US").replace("-", "−") : String(figure);
}
