// The list of people, by role, with what was last said and what is unread.
import { summary } from "./bubbles.js";
import { button, fillAvatar, make } from "./dom.js";
import { clock, dayKey, dayName, roleName, roles, t } from "./words.js";

const KEY = "sandbox-read";

export class People {
  constructor(root, owner) {
    this.root = root;
    this.owner = owner;
    this.people = new Map();
    this.filter = "";
    this.soon = null;
    this.seen = this.stored();
  }

  stored() {
    try { return JSON.parse(localStorage.getItem(KEY)) ?? {}; } catch { return {}; }
  }

  set(people) {
    this.people = new Map(people.map((person) => [person.id, person]));
    this.draw();
  }

  noticed(chat, message) {
    const person = this.people.get(chat);
    if (!person) return;
    if (message.id >= person.last_message_id) { person.last = message; person.last_message_id = message.id; }
    this.soon ??= requestAnimationFrame(() => { this.soon = null; this.draw(); });
  }

  read(id, messageId) {
    if (this.seen[id] === messageId) return;
    this.seen[id] = messageId;
    try { localStorage.setItem(KEY, JSON.stringify(this.seen)); } catch { /* private window */ }
    this.draw();
  }

  unread(person) {
    if (person.last?.from !== "bot" || this.owner.isOpen(person.id)) return 0;
    return Math.max(0, person.last_message_id - (this.seen[person.id] ?? 0));
  }

  draw() {
    const order = roles();
    const byRole = new Map();
    for (const person of this.people.values()) {
      const text = `${person.name} ${person.note} ${roleName(person.role)}`.toLowerCase();
      if (!text.includes(this.filter)) continue;
      const name = roleName(person.role);
      if (!byRole.has(name)) byRole.set(name, { rank: order.indexOf(person.role), people: [] });
      byRole.get(name).people.push(person);
    }
    const focused = document.activeElement?.closest?.(".person")?.dataset.person;
    const parts = [];
    for (const [name, group] of [...byRole].sort((a, b) => (a[1].rank + 99) % 99 - (b[1].rank + 99) % 99)) {
      const list = make("ul");
      list.append(...group.people.map((person) => this.row(person)));
      parts.push(make("h2", "", name), list);
    }
    if (!parts.length) parts.push(make("p", "nobody", t("nobody")));
    this.root.replaceChildren(...parts);
    if (focused) this.root.querySelector(`[data-person="${focused}"] .open`)?.focus({ preventScroll: true });
  }

  row(person) {
    const row = make("li", this.owner.isOpen(person.id) ? "person current" : "person");
    row.dataset.person = person.id;
    const open = make("button", "open");
    open.type = "button";
    const avatar = make("span");
    fillAvatar(avatar, person);
    avatar.setAttribute("aria-hidden", "true");
    const words = make("span", "words");
    words.append(make("div", "name", person.name), make("div", "last", person.last ? summary(person.last) : person.note));
    const meta = make("span", "meta");
    if (person.last) {
      const { date } = person.last;
      meta.append(make("span", "", dayKey(date) === dayKey(Date.now() / 1000) ? clock(date) : dayName(date)));
    }
    const unread = this.unread(person);
    if (unread) {
      const badge = make("span", "badge", String(unread));
      badge.setAttribute("aria-label", `${unread} ${t("unread")}`);
      meta.append(badge);
    }
    open.append(avatar, words, meta);
    open.onclick = () => this.owner.open(person.id);
    const beside = button("icon beside", `${t("beside")}: ${person.name}`, "beside");
    beside.onclick = () => this.owner.beside(person.id);
    row.append(open, beside);
    return row;
  }
}
