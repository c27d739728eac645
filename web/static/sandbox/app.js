// The page: which chats are open, the address line, the live stream.
import { get, live, post } from "./api.js";
import { ask, make } from "./dom.js";
import { Pane } from "./pane.js";
import { People } from "./people.js";
import { applyWords, language, roleName, roles, switchLanguage } from "./words.js";

const settings = JSON.parse(document.getElementById("settings").textContent);
const app = document.getElementById("app");
const panesBox = document.getElementById("panes");
const SIZES = 3;

const owner = {
  panes: [],
  botName: settings.bot.username.toLowerCase(),

  isOpen(id) { return this.panes.some((pane) => pane.person.id === id); },

  async show(ids) {
    const wanted = ids.filter((id, index) => list.people.has(id) && ids.indexOf(id) === index).slice(0, 2);
    for (const pane of this.panes) if (!wanted.includes(pane.person.id)) pane.root.remove();
    const fresh = [];
    this.panes = wanted.map((id) => {
      const old = this.panes.find((pane) => pane.person.id === id);
      if (old) return old;
      const pane = new Pane(list.people.get(id), this);
      fresh.push(pane);
      return pane;
    });
    panesBox.append(...this.panes.map((pane) => pane.root));
    panesBox.classList.toggle("two", this.panes.length === 2);
    document.getElementById("nobody").hidden = this.panes.length > 0;
    app.classList.toggle("chatting", this.panes.length > 0);
    await Promise.all(fresh.map((pane) => pane.load()));
    list.draw();
    fresh.at(-1)?.$("h2").focus({ preventScroll: true });
  },

  go(ids) {
    const query = new URLSearchParams();
    if (ids[0]) query.set("person", ids[0]);
    if (ids[1]) query.set("with", ids[1]);
    history.pushState(null, "", ids.length ? `/?${query}` : "/");
    return this.show(ids);
  },

  open(id) { return this.go([id]); },
  beside(id) { return this.go([this.panes[0]?.person.id ?? id, id]); },
  back() { this.go([]); },
  close(pane) { this.go(this.panes.filter((one) => one !== pane).map((one) => one.person.id)); },
  read(id, message) { list.read(id, message); },
};

const list = new People(document.getElementById("people"), owner);

function fromAddress() {
  const query = new URLSearchParams(location.search);
  return ["person", "with"].map((name) => Number(query.get(name))).filter(Boolean);
}

const loadPeople = async () => list.set((await get("/sandbox/people")).people);

async function refresh() {
  try {
    await loadPeople();
    await Promise.all(owner.panes.map((pane) => pane.load()));
  } catch { /* the server is going: its next "hello" brings us here again */ }
}

function onEvent(event) {
  if (event.type === "hello" || event.type === "reload") refresh();
  else if (event.type === "people") loadPeople();
  else if (event.type === "commands") owner.panes.forEach((pane) => pane.reloadCommands());
  else {
    if (event.type === "message") list.noticed(event.chat, event.message);
    owner.panes.filter((pane) => pane.person.id === event.chat).forEach((pane) => pane.handle(event));
  }
}

async function addPerson() {
  const data = await ask(document.getElementById("new-person"), (form) => {
    const seen = new Set();
    form.role.replaceChildren(...roles().filter((role) => !seen.has(roleName(role)) && seen.add(roleName(role))).map((role) => {
      const option = make("option", "", roleName(role));
      option.value = role;
      return option;
    }));
    form.language.value = language() === "en" ? "en" : "zh-hans";
  });
  if (!data) return;
  const person = await post("/sandbox/people", { name: data.get("name").trim(), role: data.get("role"), language_code: data.get("language") });
  await loadPeople();
  await owner.open(person.id);
}

function setSize(size) {
  for (let index = 1; index < SIZES; index += 1) document.documentElement.classList.toggle(`size-${index}`, index === size);
  try { localStorage.setItem("sandbox-size", size); } catch { /* private window */ }
  return size;
}

function setUp() {
  let size = 0;
  try { size = setSize(Number(localStorage.getItem("sandbox-size")) || 0); } catch { /* private window */ }
  document.getElementById("text-size").onclick = () => { size = setSize((size + 1) % SIZES); };
  const toggle = document.getElementById("language");
  const label = () => { toggle.textContent = language() === "en" ? "中文" : "English"; toggle.lang = language() === "en" ? "zh-CN" : "en"; };
  toggle.onclick = () => { switchLanguage(); label(); list.draw(); owner.panes.forEach((pane) => pane.reword()); };
  label();
  document.getElementById("search").oninput = (event) => { list.filter = event.target.value.trim().toLowerCase(); list.draw(); };
  document.getElementById("add-person").onclick = addPerson;
  document.getElementById("links").append(...settings.links.map((one) => {
    const line = make("li");
    const anchor = make("a", "", one.label);
    anchor.href = one.href;
    line.append(anchor);
    return line;
  }));
  window.onpopstate = () => owner.show(fromAddress());
  applyWords(document);
}

async function begin() {
  setUp();
  await loadPeople();
  const payload = new URLSearchParams(location.search).get("start");
  await owner.show(fromAddress());
  if (payload !== null && owner.panes.length) {
    const query = new URLSearchParams(location.search);
    query.delete("start");
    history.replaceState(null, "", `/?${query}`);
    await owner.panes[0].start(payload);
  }
  live(onEvent, (online) => { document.getElementById("offline").hidden = online; });
}

begin();
