// The session's last minutes are counted down by the server's clock, 继续 goes on. What was typed is kept by drafts.js.
// Without scripts the sign-in page leads back.

const CLOCK = "/account/session/";
const WARN_SECONDS = 300;
const body = document.body;

let ends = Date.now() + Number(body.dataset.sessionLeft) * 1000;
let ticking = 0;
let note = null;

function banner(kind) {
  if (!note) {
    note = document.createElement("div");
    note.id = "session-note";
    document.getElementById("main").prepend(note);
  }
  note.className = `banner ${kind}`;
  note.setAttribute("role", "alert");
  note.replaceChildren();
  note.hidden = false;
  return note;
}

async function ask(method) {
  const headers = method === "POST" ? { "X-CSRFToken": document.querySelector('input[name="csrfmiddlewaretoken"]').value } : {};
  const answer = await fetch(CLOCK, { method, headers, redirect: "manual" });
  if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) return 0;
  if (!answer.ok) throw new Error(String(answer.status));
  return (await answer.json()).left;
}

function ended() {
  clearInterval(ticking);
  const said = banner("err");
  const link = document.createElement("a");
  link.href = `/login/?next=${encodeURIComponent(location.pathname + location.search)}`;
  link.textContent = "重新登录，回到这一页";
  said.append("登录已结束，没有提交的内容留在本机，登录后填回。", link);
}

function count() {
  const left = Math.max(0, Math.round((ends - Date.now()) / 1000));
  const shown = `${Math.floor(left / 60)} 分 ${String(left % 60).padStart(2, "0")} 秒`;
  const words = note.querySelector("[data-left]");
  if (words) words.textContent = shown;
  if (left === 0) look();
}

function warn() {
  const said = banner("warn");
  const words = document.createElement("span");
  words.dataset.left = "";
  words.setAttribute("aria-live", "off");
  const go = document.createElement("button");
  go.type = "button";
  go.className = "btn";
  go.textContent = "继续";
  go.addEventListener("click", async () => {
    try {
      start(await ask("POST"));
    } catch {
      go.textContent = "网络不通，再试";
    }
  });
  const text = document.createElement("span");
  text.append("没有操作，还有 ", words, " 退出登录。");
  said.append(text, go);
  clearInterval(ticking);
  ticking = setInterval(count, 1000);
  count();
}

// The clock is the server's: other requests of this page or of another tab may have gone on meanwhile.
async function look() {
  clearInterval(ticking);
  let left;
  try {
    left = await ask("GET");
  } catch {
    setTimeout(look, 15000);
    return;
  }
  if (left === 0) return ended();
  start(left);
}

function start(left) {
  clearInterval(ticking);
  if (left === null) return;
  if (left === 0) {
    ended();
    return;
  }
  ends = Date.now() + left * 1000;
  if (left <= WARN_SECONDS) {
    warn();
    return;
  }
  if (note) note.hidden = true;
  setTimeout(look, Math.min((left - WARN_SECONDS) * 1000 + 500, 2 ** 31 - 1));
}

start(Number(body.dataset.sessionLeft));
