// The list under the search box: arrows walk, Escape closes, Enter without a choice opens the page with everything.
// Without this the box is a form that leads to /search/.

const box = document.getElementById("find");
const found = document.getElementById("found");

function close() {
  found.replaceChildren();
}

function walk(step) {
  const links = [...found.querySelectorAll("a")];
  if (!links.length) return;
  const at = links.indexOf(document.activeElement);
  if (at + step < 0) box.focus();
  else links[Math.min(at + step, links.length - 1)].focus();
}

if (box && found) {
  const form = box.closest("form");
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && found.childElementCount) {
      event.preventDefault();
      close();
      box.focus();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      walk(event.key === "ArrowDown" ? 1 : -1);
    }
  });
  form.addEventListener("submit", (event) => {
    if (!box.value.trim()) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if (!form.contains(event.target)) close();
  });
  form.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !form.contains(event.relatedTarget)) close();
  });
}
