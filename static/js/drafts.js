// What is typed into ordinary forms and not sent yet comes back after signing in again: encrypted in this tab, under a
// key that the server gives to this account's pages alone, and gone when it was sent or one signs out. Without the
// browser's cipher (http under a number) only figures are kept. Passwords, telephone numbers and codes never are.

const body = document.body;
const place = `cunxuan-unsent:${body.dataset.account}:form:${location.pathname}`;
const fields = 'form[method="post"] input, form[method="post"] select, form[method="post"] textarea, [form]';
const never = ["password", "hidden", "file", "tel", "submit", "button"];
const cipher = window.crypto?.subtle ?? null;
const bytes = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));
const key = cipher ? cipher.importKey("raw", bytes(body.dataset.draftKey), "AES-GCM", false, ["encrypt", "decrypt"]) : null;
let waiting = 0;

function kept(field) {
  const named = field.name && field.form?.method === "post" && !("idempotencyKey" in field.dataset);
  const secret = never.includes(field.type) || field.autocomplete === "one-time-code" || field.closest("[data-key-options]");
  const figure = field.type === "number" || "figure" in field.dataset;
  // The day's grid saves by itself.
  const own = field.form?.dataset.drafts === "own";
  return named && !secret && !own && (key || (figure && /^[0-9.,，\s]*$/.test(field.value)));
}

function changed(field) {
  // A refused form is drawn again as it was sent (accounts/typed_again.py): none of it is stored yet.
  if ("again" in field.form.dataset) return true;
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.tagName === "SELECT") return ![...field.options].every((one) => one.selected === one.defaultSelected);
  return field.value !== field.defaultValue;
}

// The form it belongs to, its name, and of a choice its value.
function named(field) {
  const choice = field.type === "checkbox" || field.type === "radio" ? `=${field.value}` : "";
  return `${field.form.getAttribute("action") ?? ""}#${field.name}${choice}`;
}

const all = () => [...document.querySelectorAll(fields)].filter(kept);

function typed() {
  const found = {};
  for (const field of all()) {
    if (!changed(field)) continue;
    found[named(field)] = field.type === "checkbox" || field.type === "radio" ? field.checked : field.value;
    // With the state it was typed on: whoever changed it meanwhile is shown beside it, not overwritten.
    for (const name of ["version", "base"]) {
      const state = field.form.elements[name];
      if (state?.type === "hidden") found[`${field.form.getAttribute("action") ?? ""}#${name}`] = state.value;
    }
  }
  return found;
}

async function keep() {
  const found = typed();
  if (!Object.keys(found).length) {
    sessionStorage.removeItem(place);
    return;
  }
  const plain = JSON.stringify(found);
  if (!key) {
    sessionStorage.setItem(place, plain);
    return;
  }
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await cipher.encrypt({ name: "AES-GCM", iv }, await key, new TextEncoder().encode(plain));
  sessionStorage.setItem(place, `${text(iv)}.${text(sealed)}`);
}

async function opened(stored) {
  if (stored.startsWith("{")) return JSON.parse(stored);
  const [iv, sealed] = stored.split(".").map(bytes);
  const plain = await cipher.decrypt({ name: "AES-GCM", iv }, await key, sealed);
  return JSON.parse(new TextDecoder().decode(plain));
}

function say() {
  const said = document.createElement("div");
  said.className = "banner";
  said.id = "draft-note";
  said.setAttribute("role", "status");
  said.textContent = "登录结束前没有提交的内容已填回，请核对后提交。";
  document.getElementById("main").prepend(said);
}

async function restore() {
  const stored = sessionStorage.getItem(place);
  if (!stored) return;
  const back = new URL(document.referrer || location.href).pathname;
  if (!["/login/", "/account/second-factor/"].some((page) => back.startsWith(page))) {
    sessionStorage.removeItem(place);
    return;
  }
  let found;
  try {
    found = await opened(stored);
  } catch {
    sessionStorage.removeItem(place);
    return;
  }
  let filled = 0;
  for (const field of all()) {
    const value = found[named(field)];
    if (value === undefined) continue;
    if (typeof value === "boolean") field.checked = value;
    else field.value = value;
    field.closest("details")?.setAttribute("open", "");
    filled += 1;
  }
  for (const state of document.querySelectorAll('form[method="post"] input[type="hidden"]')) {
    const value = ["version", "base"].includes(state.name) ? found[named(state)] : undefined;
    if (value !== undefined) state.value = value;
  }
  if (filled) say();
}

await restore();
document.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(keep, 200);
});
