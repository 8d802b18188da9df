// Moving, pasting and filling in the sheet. Every key has a button too.

const inputsOf = (row) => [...row.querySelectorAll("td.e input")];

export class Keys {
  constructor(table, act) {
    this.table = table;
    this.act = act;
    table.addEventListener("keydown", (event) => this.press(event));
    table.addEventListener("paste", (event) => this.paste(event));
    document.addEventListener("keydown", (event) => this.anywhere(event));
  }

  get rows() {
    return [...this.table.tBodies[0].rows].filter((row) => row.offsetParent !== null);
  }

  go(input, down, right) {
    const rows = this.rows;
    const row = input.closest("tr");
    const column = inputsOf(row).indexOf(input) + right;
    const target = rows[rows.indexOf(row) + down];
    const next = target && inputsOf(target)[column];
    if (next) {
      next.focus();
      next.select();
    }
    return Boolean(next);
  }

  press(event) {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || event.isComposing) return;
    if (event.ctrlKey || event.metaKey) {
      if (event.key.toLowerCase() === "d") {
        event.preventDefault();
        this.act.fillDown(input);
      }
      return;
    }
    const text = input.selectionStart === input.selectionEnd && input.name.endsWith(".note");
    const moves = { Enter: [event.shiftKey ? -1 : 1, 0], ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    if (event.key === "Escape") {
      this.act.restore(input);
      event.preventDefault();
    } else if (event.key in moves && !(text && event.key.startsWith("Arrow") && moves[event.key][0] === 0)) {
      event.preventDefault();
      if (event.key === "Enter") this.act.confirm(input);
      this.go(input, ...moves[event.key]);
    }
  }

  anywhere(event) {
    const keys = { F2: "basis", F8: "next", F9: "check" };
    if (event.key in keys && !event.ctrlKey && !event.altKey) {
      event.preventDefault();
      this.act[keys[event.key]]();
    }
  }

  paste(event) {
    const input = event.target;
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!(input instanceof HTMLInputElement) || !/[\t\n\r]/.test(text.replace(/[\r\n]+$/, ""))) return;
    event.preventDefault();
    const block = text.replace(/[\r\n]+$/, "").split(/\r\n|\n|\r/).map((line) => line.split("\t"));
    const rows = this.rows;
    const top = rows.indexOf(input.closest("tr"));
    const left = inputsOf(input.closest("tr")).indexOf(input);
    const cells = [];
    let outside = 0;
    block.forEach((line, down) => line.forEach((value, right) => {
      const row = rows[top + down];
      const target = row && inputsOf(row)[left + right];
      if (target) cells.push([target, value]);
      else outside += 1;
    }));
    this.act.put(cells);
    this.act.pasted(block.length, Math.max(...block.map((line) => line.length)), outside);
  }
}
