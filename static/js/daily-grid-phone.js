// On a phone the sheet is a list: one village open at a time with steppers, the others as one line each.

const narrow = window.matchMedia("screen and (max-width: 767.98px)");

export class Phone {
  constructor(table, rows, data, act) {
    this.table = table;
    this.rows = rows;
    this.act = act;
    this.flows = data.metrics.filter((metric) => metric.nature === "flow");
    this.tab = "waiting";
    this.tabs = document.querySelector(".phone-tabs");
    this.ready = false;
    if (narrow.matches) this.start();
    narrow.addEventListener("change", () => this.turn());
  }

  // The window became narrow, or wide again (printing does both): nothing may stay hidden in the grid.
  turn() {
    if (narrow.matches) this.start();
    if (this.ready && this.waiting) this.draw();
  }

  start() {
    if (this.ready) return;
    this.ready = true;
    this.tabs.hidden = false;
    this.tabs.addEventListener("click", (event) => {
      const name = event.target.dataset?.tab;
      if (name) this.show(name);
    });
    for (const row of this.rows) this.dress(row);
    this.wanted = true;
  }

  line(row) {
    return this.table.querySelector(`tr[data-village="${row.code}"]`);
  }

  dress(row) {
    const line = this.line(row);
    const head = line.querySelector(".vn");
    const summary = document.createElement("button");
    summary.type = "button";
    summary.className = "sum";
    summary.addEventListener("click", () => this.open(row.code));
    head.append(summary);
    for (const input of line.querySelectorAll("td.e.n input")) this.steppers(input, row);
    const done = document.createElement("td");
    done.className = "next";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn pri";
    button.textContent = "确认，下一村";
    button.addEventListener("click", () => this.confirm(row));
    done.append(button);
    line.append(done);
  }

  steppers(input, row) {
    const key = input.name.split(".")[2];
    const last = row.previous[key];
    input.parentElement.dataset.last = `昨日 ${last ?? "未报"}`;
    for (const [sign, step, label] of [["−", -1, "减一"], ["+", 1, "加一"]]) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "stepper";
      button.textContent = sign;
      button.setAttribute("aria-label", `${input.getAttribute("aria-label")} ${label}`);
      button.addEventListener("click", () => {
        const now = Number.parseInt(input.value, 10);
        this.act.put([[input, String(Math.max(0, (Number.isNaN(now) ? 0 : now) + step))]]);
      });
      if (step < 0) input.before(button);
      else input.after(button);
    }
  }

  // The button says when it also turns 未报 into 0: a figure nobody gave is never made one silently.
  confirm(row) {
    this.act.settle(row);
    const list = [...this.table.tBodies[0].rows].filter((line) => !line.hidden && line.dataset.village !== row.code);
    const after = list.find((line) => line.rowIndex > this.line(row).rowIndex) ?? list[0];
    if (after) this.open(after.dataset.village);
  }

  open(code, scroll = true) {
    for (const line of this.table.tBodies[0].rows) line.classList.toggle("open", line.dataset.village === code);
    if (scroll) this.table.querySelector("tr.open")?.scrollIntoView({ block: "start" });
  }

  show(name) {
    this.tab = name;
    this.filter();
    const first = [...this.table.tBodies[0].rows].find((line) => !line.hidden);
    if (first) this.open(first.dataset.village, false);
  }

  paint(waiting, issues) {
    this.waiting = waiting;
    this.problems = new Set(issues.filter((issue) => issue.code !== "DR-020" && issue.code !== "DR-021").map((issue) => issue.village));
    if (this.ready) this.draw();
  }

  draw() {
    for (const row of this.rows) {
      const missing = this.flows.filter((metric) => row.values[metric.key] === undefined && !(metric.key in row.marks)).length;
      const parts = this.flows.map((metric) => `${metric.name.slice(0, 2)} ${row.marks[metric.key] ? "／" : row.values[metric.key] ?? "未报"}`);
      this.line(row).querySelector(".next .btn").textContent = missing ? `未报 ${missing} 项填 0，确认` : "确认，下一村";
      const summary = this.line(row).querySelector(".sum");
      summary.textContent = missing === this.flows.length ? "未报，点开填报" : parts.join("　");
    }
    this.filter();
    if (this.wanted && narrow.matches) {
      this.wanted = false;
      this.show(this.waiting.size ? "waiting" : this.problems.size ? "problem" : "done");
    }
  }

  filter() {
    const counts = { waiting: 0, problem: 0, done: 0 };
    for (const row of this.rows) {
      const groups = { waiting: this.waiting.has(row.code), problem: this.problems.has(row.code), done: !this.waiting.has(row.code) };
      for (const name of Object.keys(counts)) counts[name] += groups[name] ? 1 : 0;
      const line = this.line(row);
      line.hidden = narrow.matches && !groups[this.tab] && !line.classList.contains("open");
    }
    const words = { waiting: "待确认", problem: "有问题", done: "已确认" };
    for (const tab of this.tabs.querySelectorAll("[data-tab]")) {
      tab.textContent = `${words[tab.dataset.tab]} ${counts[tab.dataset.tab]}`;
      tab.classList.toggle("on", tab.dataset.tab === this.tab);
      tab.setAttribute("aria-pressed", String(tab.dataset.tab === this.tab));
    }
  }
}
