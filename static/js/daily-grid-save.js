// Autosave: what was typed goes to the server within a second; without a connection the unsent figures (never notes
// or reasons) wait in sessionStorage, keyed by account, and go out when the connection is back.

const WAIT = 700;
const RETRY = 8000;

export class Saver {
  constructor(data, token, on) {
    this.data = data;
    this.token = token;
    this.on = on;
    this.queue = new Map();
    this.place = `cunxuan-unsent:${data.account}:${data.unit}:${data.day}`;
    this.busy = null;
    window.addEventListener("online", () => this.flush());
    window.addEventListener("beforeunload", (event) => {
      const kept = this.leaving && !this.texts().length;
      if (this.queue.size && !kept) event.preventDefault();
    });
  }

  restore() {
    try {
      return JSON.parse(sessionStorage.getItem(this.place) ?? "[]").map((edit) => ({ ...edit, restored: true }));
    } catch {
      return [];
    }
  }

  // Free text never rests on this machine.
  texts() {
    return [...this.queue.values()].filter((edit) => edit.key === "note" || edit.key.startsWith("reason:"));
  }

  remember() {
    const texts = this.texts();
    const figures = [...this.queue.values()].filter((edit) => !texts.includes(edit));
    if (figures.length) sessionStorage.setItem(this.place, JSON.stringify(figures));
    else sessionStorage.removeItem(this.place);
  }

  add(edits) {
    for (const edit of edits) this.queue.set(`${edit.village} ${edit.key}`, edit);
    this.remember();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), WAIT);
  }

  async flush() {
    clearTimeout(this.timer);
    if (this.busy) return this.busy.then(() => this.flush());
    if (!this.queue.size) return true;
    this.busy = this.send().finally(() => { this.busy = null; });
    return this.busy;
  }

  async send() {
    const edits = [...this.queue.values()];
    this.on.state("正在保存");
    let response;
    try {
      response = await fetch(this.data.urls.save, {
        method: "PUT",
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.token, Accept: "application/json" },
        // What we last knew of a cell counts at the moment of sending: our own earlier save of it is no conflict.
        body: JSON.stringify({ edits: edits.map((edit) => ({
          village: edit.village, key: edit.key, text: edit.text, base: edit.restored ? edit.base : this.on.stamp(edit),
        })) }),
      });
    } catch {
      return this.later("offline");
    }
    if (response.status === 401 || response.redirected) return this.later("signed-out");
    if (response.status >= 500) return this.later("offline");
    let answer;
    try {
      answer = await response.json();
    } catch {
      return this.later("offline");
    }
    // Signed in again elsewhere: this page's mark is void, its figures are not.
    if (answer.code === "csrf_failed") return this.later("expired");
    for (const edit of edits) {
      const place = `${edit.village} ${edit.key}`;
      if (this.queue.get(place) === edit) this.queue.delete(place);
    }
    this.remember();
    if (!response.ok) {
      this.on.refused(answer.message);
      return false;
    }
    this.on.saved(answer);
    return true;
  }

  later(why) {
    this.remember();
    this.on.unsent(why, this.queue.size);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), RETRY);
    return false;
  }
}
