// The frame around every page: menu on a phone, Ctrl K, drop-downs, dialogs, print, the message that gets the focus.
// Everything here is an addition: without it links, <details> and forms do the same.

const closeDrops = (except) => {
  document.querySelectorAll("details.drop[open]").forEach((drop) => {
    if (drop !== except) drop.open = false;
  });
};

function moveInDrop(event) {
  const drop = event.target.closest("details.drop");
  if (!drop) return;
  if (event.key === "Escape" && drop.open) {
    drop.open = false;
    drop.querySelector("summary").focus();
    return;
  }
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  event.preventDefault();
  drop.open = true;
  const items = [...drop.querySelectorAll(".list a, .list button")];
  const at = items.indexOf(document.activeElement);
  const step = event.key === "ArrowDown" ? 1 : -1;
  items[(at + step + items.length) % items.length]?.focus();
}

function toggleMenu(opener) {
  const open = document.body.classList.toggle("nav-open");
  opener.setAttribute("aria-expanded", String(open));
  if (open) document.querySelector("#nav a:not(.menu-close)")?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
    const box = document.getElementById("find");
    if (!box) return;
    event.preventDefault();
    if (box.offsetParent === null) document.body.classList.add("nav-open");
    box.focus();
    box.select();
    return;
  }
  moveInDrop(event);
});

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  if (!target) return;
  closeDrops(target.closest("details.drop"));
  const opener = target.closest("[data-menu]");
  if (opener) {
    event.preventDefault();
    toggleMenu(opener);
    return;
  }
  if (target.closest("[data-print]")) {
    window.print();
    return;
  }
  const ask = target.closest("[data-dialog]");
  const dialog = ask && document.getElementById(ask.dataset.dialog);
  if (dialog instanceof HTMLDialogElement) {
    event.preventDefault();
    dialog.showModal();
    return;
  }
  const close = target.closest("dialog [data-close]");
  if (close) {
    event.preventDefault();
    close.closest("dialog").close();
  }
});

// A piece that fetches itself: an ended session leads to the login page and back here, a lost network is said once.
document.addEventListener("htmx:beforeSwap", (event) => {
  const answered = new URL(event.detail.xhr.responseURL || location.href);
  if (!answered.pathname.startsWith("/login/")) return;
  event.detail.shouldSwap = false;
  location.assign(`/login/?next=${encodeURIComponent(location.pathname + location.search)}`);
});

function sayNetwork(lost) {
  let note = document.getElementById("network");
  if (!lost && !note) return;
  if (!note) {
    note = document.createElement("div");
    note.id = "network";
    note.className = "banner warn";
    note.setAttribute("role", "status");
    document.getElementById("main").prepend(note);
  }
  note.hidden = !lost;
  note.textContent = lost ? "网络中断，页面上的进度不是最新的，恢复后自动更新。" : "";
}
document.addEventListener("htmx:sendError", () => sayNetwork(true));
document.addEventListener("htmx:afterOnLoad", () => sayNetwork(false));

const menuOpener = document.querySelector("[data-menu]");
if (menuOpener) {
  menuOpener.setAttribute("role", "button");
  menuOpener.setAttribute("aria-expanded", "false");
  menuOpener.setAttribute("aria-controls", "nav");
}

document.querySelectorAll("table.t").forEach((table) => {
  const box = table.parentElement;
  if (box.classList.contains("tw") && (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight)) box.tabIndex = 0;
});

document.querySelector("[data-said]")?.focus();

// What was never sent belongs to the session: signing out forgets it.
document.querySelector('form[action$="/logout/"]')?.addEventListener("submit", () => {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith("cunxuan-unsent:")) sessionStorage.removeItem(key);
});

// A second click while the first is under way sends nothing. A form that answers with a file stays: it may go again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  setTimeout(() => { delete form.dataset.sent; }, 3000);
});

// A page that the browser kept and shows again is a new submission: its forms get new keys.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; });
  for (const field of document.querySelectorAll('input[name="idempotency_key"]')) {
    field.value = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }
});
