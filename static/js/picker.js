// A field for a unit: what is typed is looked up, the arrows walk the list, Enter or a click takes one, Escape closes.
// In a box for several it is the line of the cursor. Without this the field takes codes and names as they are typed.

const OPEN = new WeakMap();

const isPicker = (element) => element instanceof Element && element.matches("[data-picker]");
const picksOf = (box) => box.parentElement.querySelector(".picks");

function lineOf(box) {
  if (box.tagName !== "TEXTAREA") return { start: 0, end: box.value.length };
  const start = box.value.lastIndexOf("\n", box.selectionStart - 1) + 1;
  const end = box.value.indexOf("\n", box.selectionStart);
  return { start, end: end < 0 ? box.value.length : end };
}

function asked(box) {
  const { start, end } = lineOf(box);
  return box.value.slice(start, end).trim();
}

function close(box) {
  const picks = picksOf(box);
  picks.hidden = true;
  picks.replaceChildren();
  box.removeAttribute("aria-activedescendant");
  box.removeAttribute("aria-controls");
  if (box.tagName !== "TEXTAREA") box.setAttribute("aria-expanded", "false");
  OPEN.delete(box);
}

function mark(box, at) {
  const options = OPEN.get(box);
  options.forEach((option, number) => option.setAttribute("aria-selected", String(number === at)));
  box.setAttribute("aria-activedescendant", options[at].id);
  options[at].scrollIntoView({ block: "nearest" });
}

const markedAt = (box) => OPEN.get(box).findIndex((option) => option.getAttribute("aria-selected") === "true");

function open(box) {
  const picks = picksOf(box);
  const list = picks.querySelector("[role=listbox]");
  const options = [...picks.querySelectorAll("[role=option]")];
  picks.hidden = document.activeElement !== box;
  box.parentElement.querySelector("[role=status]").textContent = options.length ? `找到 ${options.length} 个，用上下键选` : "没有找到";
  if (!list || picks.hidden) return;
  list.id = `${picks.id}_list`;
  options.forEach((option, number) => { option.id = `${picks.id}_${number}`; });
  box.setAttribute("aria-controls", list.id);
  if (box.tagName !== "TEXTAREA") box.setAttribute("aria-expanded", "true");
  OPEN.set(box, options);
  mark(box, 0);
}

function take(box, option) {
  const { start, end } = lineOf(box);
  const last = box.tagName === "TEXTAREA" && end === box.value.length;
  const before = box.value.slice(0, start) + option.dataset.pick + (last ? "\n" : "");
  box.value = before + box.value.slice(end);
  box.setSelectionRange(before.length, before.length);
  close(box);
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("htmx:configRequest", (event) => {
  const box = event.detail.elt;
  if (!isPicker(box)) return;
  const text = asked(box);
  if (!text || /[（(][0-9A-Z]+[）)]$/.test(text)) {
    event.preventDefault();
    close(box);
    return;
  }
  const under = box.dataset.under && box.form?.elements[box.dataset.under];
  const unit = new URLSearchParams(location.search).get("unit");
  event.detail.parameters.q = text;
  if (under?.value) event.detail.parameters.under = under.value;
  if (unit) event.detail.parameters.unit = unit;
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (isPicker(event.detail.requestConfig?.elt)) open(event.detail.requestConfig.elt);
});

document.addEventListener("keydown", (event) => {
  const box = event.target;
  if (!isPicker(box) || event.isComposing) return;
  if (event.key === "Escape" && !picksOf(box).hidden) {
    event.preventDefault();
    close(box);
    return;
  }
  if (!OPEN.has(box)) return;
  const options = OPEN.get(box);
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : options.length - 1;
    mark(box, (markedAt(box) + step) % options.length);
  } else if (event.key === "Enter") {
    event.preventDefault();
    take(box, options[markedAt(box)]);
  }
});

// The field keeps the focus while an option is pressed.
document.addEventListener("mousedown", (event) => {
  if (event.target instanceof Element && event.target.closest(".picks")) event.preventDefault();
});
document.addEventListener("click", (event) => {
  const option = event.target instanceof Element && event.target.closest(".picks [role=option]");
  if (option) take(option.closest(".picker").querySelector("[data-picker]"), option);
});
document.addEventListener("focusout", (event) => {
  if (isPicker(event.target)) close(event.target);
});

for (const box of document.querySelectorAll("[data-picker]")) {
  box.setAttribute("aria-autocomplete", "list");
  if (box.tagName === "TEXTAREA") continue;
  box.setAttribute("role", "combobox");
  box.setAttribute("aria-expanded", "false");
}
