// A value shown once goes when its seconds are over, and when the page is left or put away by the browser.
const box = document.querySelector("[data-reveal-seconds]");
const value = box.querySelector("[data-reveal-value]");
const left = box.querySelector("[data-reveal-left]");
const ends = Date.now() + Number(box.dataset.revealSeconds) * 1000;

function hide() {
  value.textContent = box.dataset.revealMask;
}

const ticking = setInterval(() => {
  const seconds = Math.max(0, Math.ceil((ends - Date.now()) / 1000));
  left.textContent = String(seconds);
  if (seconds > 0) return;
  clearInterval(ticking);
  hide();
  location.replace(box.dataset.revealBack);
}, 250);
addEventListener("pagehide", hide);
