// One person's chat: its messages, kept in step with the live stream.
import { get, post } from "./api.js";
import { bubble } from "./bubbles.js";
import { Composer } from "./composer.js";
import { fillAvatar, make, reconcile, showAlert } from "./dom.js";
import { applyWords, dayKey, dayName, roleName, t } from "./words.js";

const SPINNER = 20000; // ms a tapped button waits for its answer
const TYPING = 5500; // ms a "typing" lasts, as in Telegram

export class Pane {
  constructor(person, owner) {
    this.person = person;
    this.owner = owner;
    this.messages = new Map();
    this.taps = new Map();
    this.early = new Map();
    this.drawn = new Map();
    this.blocked = false;
    this.root = document.getElementById("pane").content.firstElementChild.cloneNode(true);
    this.root.dataset.person = person.id;
    applyWords(this.root);
    this.log = this.$(".log");
    this.scroller = this.$(".scroll");
    this.composer = new Composer(this.$(".composer"), this);
    this.$("h2").textContent = person.name;
    this.root.setAttribute("aria-label", person.name);
    fillAvatar(this.$(".avatar"), person);
    this.$(".back").onclick = () => owner.back();
    this.$(".close").onclick = () => owner.close(this);
    this.$(".start").onclick = () => this.start("");
    this.$(".block").onclick = () => this.composer.act(this.blocked ? "unblock" : "block", {});
    this.$(".to-end").onclick = () => this.toEnd(true);
    this.scroller.onscroll = () => { this.$(".to-end").hidden = this.atEnd(); };
    this.status();
  }

  $(selector) { return this.root.querySelector(selector); }

  // Read the whole chat anew: at first, after a reconnection, after a reset.
  async load() {
    const chat = await get(`/sandbox/people/${this.person.id}/chat`);
    const newer = [...this.messages.values()].filter((message) => message.seq > chat.cursor);
    this.messages = new Map([...chat.messages, ...newer].map((message) => [message.id, message]));
    this.blocked = chat.blocked;
    this.composer.setCommands(chat.commands);
    this.composer.setKeyboard(chat.keyboard);
    this.render();
    this.status();
    this.toEnd(false);
    this.read();
  }

  async reloadCommands() {
    const chat = await get(`/sandbox/people/${this.person.id}/chat?since=${Number.MAX_SAFE_INTEGER}`);
    this.composer.setCommands(chat.commands);
  }

  start(payload) { return this.composer.act("start", payload ? { payload } : {}); }

  // --- live

  handle(event) {
    if (event.type === "message") this.arrived(event);
    else if (event.type === "deleted") { event.message_ids.forEach((id) => this.messages.delete(id)); this.render(); }
    else if (event.type === "answer") this.answered(event);
    else if (event.type === "action") this.typing(event.action);
    else if (event.type === "blocked") { this.blocked = event.blocked; this.render(); this.status(); }
  }

  arrived({ message, keyboard }) {
    const fresh = !this.messages.has(message.id);
    const follow = this.atEnd() || (fresh && message.from === "person");
    this.messages.set(message.id, message);
    if (fresh) {
      this.composer.setKeyboard(keyboard);
      if (message.from === "bot") this.typing(null);
    }
    this.render(fresh ? message.id : null);
    if (follow) this.toEnd(false);
    this.read();
  }

  answered(event) {
    const node = this.taps.get(event.callback_query_id);
    if (!node) this.early.set(event.callback_query_id, event);
    else this.finishTap(event.callback_query_id);
    if (event.person !== this.person.id) return;
    if (event.text && event.show_alert) showAlert(event.text);
    else if (event.text) this.toast(event.text);
    if (event.url && !this.deepLink(event.url)) this.toast(event.url);
  }

  finishTap(key) {
    const tap = this.taps.get(key);
    this.taps.delete(key);
    if (!tap) return;
    clearTimeout(tap.timer);
    this.markBusy(tap.message, tap.data, false);
  }

  typing(action) {
    clearTimeout(this.typingTimer);
    this.action = action;
    if (action) this.typingTimer = setTimeout(() => this.typing(null), TYPING);
    this.status();
  }

  status() {
    const line = this.$(".status");
    const active = this.action && (this.action === "typing" ? "typing" : "uploading");
    const note = this.person.note ? ` · ${this.person.note}` : "";
    line.textContent = this.blocked ? t("blocked") : active ? t(active) : roleName(this.person.role) + note;
    line.classList.toggle("active", !!active && !this.blocked);
    const label = t(this.blocked ? "unblock" : "block");
    this.$(".block").setAttribute("aria-label", label);
    this.$(".block").title = label;
  }

  // --- drawing

  // Draw all anew in another language.
  reword() {
    this.drawn.clear();
    this.render();
    this.status();
  }

  render(freshId = null) {
    const focus = this.focused();
    const before = this.drawn;
    this.drawn = new Map();
    const draw = (key, build) => this.drawn.set(key, before.get(key) ?? build());
    let day = "";
    for (const group of this.groups()) {
      const key = dayKey(group[0].date);
      if (key !== day) draw(`day ${key}`, () => make("li", "day", dayName(group[0].date)));
      day = key;
      draw(group.map((message) => `${message.id}:${message.seq}`).join(), () => {
        const item = bubble(group, this.reactions);
        item.classList.toggle("fresh", group.some((message) => message.id === freshId));
        return item;
      });
    }
    if (!this.drawn.size) draw("empty", () => make("li", "empty", t("no_messages")));
    reconcile(this.log, [...this.drawn.values()]);
    for (const { message, data } of this.taps.values()) this.markBusy(message, data, true);
    this.$(".start").hidden = this.messages.size > 0 && !this.blocked;
    this.$(".composer").hidden = this.messages.size === 0 || this.blocked;
    this.restore(focus);
  }

  // Messages in order, albums together.
  groups() {
    const groups = [];
    for (const message of [...this.messages.values()].sort((a, b) => a.id - b.id)) {
      const last = groups.at(-1);
      if (message.media_group_id && last?.[0].media_group_id === message.media_group_id) last.push(message);
      else groups.push([message]);
    }
    return groups;
  }

  // Redrawing must not take the keyboard's place away from who uses it.
  focused() {
    const element = document.activeElement;
    if (!this.log.contains(element)) return null;
    const item = element.closest("[data-id]");
    return item && { id: item.dataset.id, index: [...item.querySelectorAll("button, a")].indexOf(element) };
  }

  restore(focus) {
    if (!focus) return;
    const item = this.log.querySelector(`[data-id="${focus.id}"]`);
    item?.querySelectorAll("button, a")[focus.index]?.focus({ preventScroll: true });
  }

  markBusy(message, data, busy) {
    const item = this.log.querySelector(`[data-id="${message.id}"]`);
    const index = message.buttons.flat().findIndex((view) => view.data === data);
    const node = item?.querySelectorAll(".inline button, .inline a")[index];
    if (!node) return;
    node.classList.toggle("busy", busy);
    node.setAttribute("aria-busy", String(busy));
  }

  atEnd() { return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < 120; }

  toEnd(smooth) {
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior: smooth ? "smooth" : "instant" });
    this.$(".to-end").hidden = true;
  }

  read() { this.owner.read(this.person.id, Math.max(0, ...this.messages.keys())); }

  toast(text, bad = false) {
    const node = make("div", bad ? "toast bad" : "toast", text);
    this.$(".toasts").append(node);
    setTimeout(() => node.remove(), Math.max(3500, text.length * 120));
  }

  // --- what bubbles ask for

  reactions = {
    command: (text) => this.composer.act("text", { text }),
    copy: async (text) => { await navigator.clipboard?.writeText(text); this.toast(t("copied")); },
    deepLink: (url) => this.deepLink(url),
    tap: (message, view) => this.tap(message, view.data),
    jump: (id) => this.log.querySelector(`[data-id="${id}"]`)?.scrollIntoView({ block: "center", behavior: "smooth" }),
    menu: (message, opener) => this.menu(message, opener),
  };

  // A link to this very bot starts it with the payload instead of leaving the page.
  deepLink(url) {
    const match = url.match(/^https?:\/\/t\.me\/(\w+)\?start=([\w-]*)$/i);
    if (!match || match[1].toLowerCase() !== this.owner.botName) return false;
    this.start(match[2]);
    return true;
  }

  async tap(message, data) {
    this.markBusy(message, data, true);
    try {
      const result = await post(`/sandbox/people/${this.person.id}/tap`, { message_id: message.id, data });
      const key = result.callback_query_id;
      if (this.early.delete(key)) { this.markBusy(message, data, false); return; }
      const timer = setTimeout(() => this.finishTap(key), SPINNER);
      this.taps.set(key, { message, data, timer });
    } catch (error) {
      this.toast(t("failed") + error.message, true);
      this.markBusy(message, data, false);
    }
  }

  menu(message, opener) {
    const box = make("div", "actions-menu");
    box.setAttribute("role", "menu");
    const entries = [["reply", () => this.composer.setContext({ kind: "reply", message })]];
    if (message.from === "person" && message.text) entries.push(["edit", () => this.composer.setContext({ kind: "edit", message })]);
    entries.push(["delete", () => this.composer.act("delete-message", { message_id: message.id })]);
    const close = () => { box.remove(); opener.setAttribute("aria-expanded", "false"); document.removeEventListener("pointerdown", outside); };
    const outside = (event) => { if (!box.contains(event.target)) close(); };
    for (const [word, run] of entries) {
      const node = make("button", "", t(word));
      node.type = "button";
      node.setAttribute("role", "menuitem");
      node.onclick = () => { close(); run(); };
      box.append(node);
    }
    box.onkeydown = (event) => {
      const nodes = [...box.children];
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) { event.preventDefault(); nodes.at((nodes.indexOf(document.activeElement) + step) % nodes.length).focus(); }
      if (event.key === "Escape") { close(); opener.focus(); }
    };
    this.root.append(box);
    const place = opener.getBoundingClientRect();
    const frame = this.root.getBoundingClientRect();
    box.style.top = `${Math.max(70, Math.min(place.top - frame.top, frame.height - box.offsetHeight - 8))}px`;
    box.style.left = `${Math.max(8, Math.min(place.left - frame.left, frame.width - box.offsetWidth - 8))}px`;
    opener.setAttribute("aria-expanded", "true");
    box.firstChild.focus();
    document.addEventListener("pointerdown", outside);
  }
}
