// A wall says how old its figures are as soon as it cannot fetch newer ones: they stand, and are marked as old.

const lost = document.getElementById("lost");
const STALE_SECONDS = 60;
let readAt = Date.now();
let failed = false;

function words(seconds) {
  if (seconds < 60) return `${seconds} 秒`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} 分` : `${Math.floor(minutes / 60)} 小时 ${minutes % 60} 分`;
}

function say() {
  const age = Math.floor((Date.now() - readAt) / 1000);
  const old = failed || age > STALE_SECONDS;
  lost.hidden = !old;
  if (old) lost.textContent = `与服务器断开，以下是 ${words(age)}前的数，恢复后自动更新。`;
}

// A login page in place of figures means that the device was revoked.
document.addEventListener("htmx:beforeSwap", (event) => {
  const answered = new URL(event.detail.xhr.responseURL || location.href);
  if (!answered.pathname.startsWith("/login/")) return;
  event.detail.shouldSwap = false;
  location.assign("/login/?next=/wall/");
});
document.addEventListener("htmx:afterSwap", () => {
  readAt = Date.now();
  failed = false;
  say();
});
for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(name, () => {
    failed = true;
    say();
  });
}
setInterval(say, 1000);
