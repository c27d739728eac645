// The line to write in, with what can be attached, the commands and the keyboard below.
import { post } from "./api.js";
import { ask, button, make } from "./dom.js";
import { summary } from "./bubbles.js";
import { t } from "./words.js";

const MAX_PHOTOS = 10;
const settings = JSON.parse(document.getElementById("settings").textContent);

export class Composer {
  constructor(root, pane) {
    this.root = root;
    this.pane = pane;
    this.photos = [];
    this.context = null;
    this.commands = [];
    this.area = root.querySelector("textarea");
    this.bind();
  }

  $(selector) { return this.root.querySelector(selector); }

  bind() {
    this.root.onsubmit = (event) => { event.preventDefault(); this.send(); };
    this.area.oninput = () => this.typed();
    this.area.onkeydown = (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.send(); }
      if (event.key === "Escape") this.setContext(null);
    };
    this.area.onpaste = (event) => this.addPhotos([...event.clipboardData.files]);
    this.$(".menu").onclick = () => this.toggle(".menu", ".commands");
    this.$(".attach").onclick = () => this.toggle(".attach", ".attach-menu");
    this.$(".keys").onclick = () => this.toggle(".keys", ".panel");
    this.$(".context .icon").onclick = () => this.setContext(null);
    for (const item of this.root.querySelectorAll("[data-attach]")) {
      item.onclick = () => { this.close(".attach", ".attach-menu"); this.attach(item.dataset.attach); };
    }
    this.$(".pick-photo").onchange = (event) => { this.addPhotos([...event.target.files]); event.target.value = ""; };
    for (const kind of ["voice", "document"]) {
      this.$(`.pick-${kind}`).onchange = (event) => {
        const [file] = event.target.files;
        event.target.value = "";
        if (file) this.sendFile(kind, file);
      };
    }
  }

  toggle(opener, target) {
    const hidden = !this.$(target).hidden;
    this.$(target).hidden = hidden;
    this.$(opener).setAttribute("aria-expanded", String(!hidden));
  }

  close(opener, target) {
    this.$(target).hidden = true;
    this.$(opener).setAttribute("aria-expanded", "false");
  }

  typed() {
    this.area.style.height = "auto";
    this.area.style.height = `${this.area.scrollHeight + 3}px`;
    const typing = /^\/\w*$/.test(this.area.value);
    this.showCommands(typing ? this.area.value.slice(1) : "");
    if (typing && this.commands.length) { this.$(".commands").hidden = false; } else { this.close(".menu", ".commands"); }
  }

  setCommands(commands) {
    this.commands = commands;
    this.$(".menu").hidden = !commands.length;
    this.showCommands("");
  }

  showCommands(prefix) {
    const rows = this.commands.filter((item) => item.command.startsWith(prefix)).map((item) => {
      const row = make("button");
      row.type = "button";
      row.append(make("b", "", `/${item.command}`), make("span", "", item.description));
      row.onclick = () => { this.close(".menu", ".commands"); this.clear(); this.act("text", { text: `/${item.command}` }); };
      const line = make("li");
      line.append(row);
      return line;
    });
    this.$(".commands").replaceChildren(...rows);
  }

  setKeyboard(panel) {
    const box = this.$(".panel");
    const rows = panel?.keyboard ?? [];
    box.replaceChildren(...rows.map((row) => {
      const line = make("div");
      line.append(...row.map((key) => this.key(key)));
      return line;
    }));
    box.hidden = !rows.length;
    this.$(".keys").hidden = !rows.length;
    this.$(".keys").setAttribute("aria-expanded", String(!!rows.length));
    this.area.placeholder = panel?.input_field_placeholder || t("write");
  }

  key(view) {
    const node = make("button", "", view.text);
    node.type = "button";
    node.onclick = () => {
      if (view.request_location) this.attach("location");
      else if (view.request_contact) this.act("contact", {});
      else this.act("text", { text: view.text });
    };
    return node;
  }

  attach(kind) {
    if (kind === "location") this.askPlace();
    else this.$(`.pick-${kind}`).click();
  }

  async askPlace() {
    const dialog = document.getElementById("place");
    const form = dialog.querySelector("form");
    dialog.querySelector(".places").replaceChildren(...settings.locations.map((place) => {
      const row = make("button", "", place.label);
      row.type = "button";
      row.onclick = () => { form.latitude.value = place.latitude; form.longitude.value = place.longitude; };
      const line = make("li");
      line.append(row);
      return line;
    }));
    const data = await ask(dialog);
    if (!data) return;
    const [latitude, longitude] = ["latitude", "longitude"].map((name) => Number(String(data.get(name)).replace("，", ".")));
    await this.act("location", { latitude, longitude });
  }

  addPhotos(files) {
    const images = files.filter((file) => file.type.startsWith("image/"));
    this.photos = [...this.photos, ...images].slice(0, MAX_PHOTOS);
    this.showPhotos();
  }

  showPhotos() {
    const box = this.$(".attached");
    for (const image of box.querySelectorAll("img")) URL.revokeObjectURL(image.src);
    box.replaceChildren(...this.photos.map((file) => {
      const line = make("li");
      const image = make("img");
      image.src = URL.createObjectURL(file);
      image.alt = file.name;
      const remove = button("", `${t("remove")} ${file.name}`, "close");
      remove.onclick = () => { this.photos = this.photos.filter((one) => one !== file); this.showPhotos(); };
      line.append(image, remove);
      return line;
    }));
    box.hidden = !this.photos.length;
    this.area.focus();
  }

  setContext(context) {
    if (this.context?.kind === "edit" && !context) this.clear();
    this.context = context;
    const box = this.$(".context");
    box.hidden = !context;
    if (!context) return;
    box.querySelector("strong").textContent = t(context.kind === "edit" ? "editing" : "replying");
    box.querySelector("span").textContent = summary(context.message);
    if (context.kind === "edit") { this.area.value = context.message.text; this.typed(); }
    this.area.focus();
  }

  clear() {
    this.area.value = "";
    this.area.style.height = "auto";
  }

  async send() {
    const text = this.area.value.trim();
    const { context, photos } = this;
    const reply = context?.kind === "reply" ? { reply_to: context.message.id } : {};
    if (context?.kind === "edit") {
      if (text && text !== context.message.text && !(await this.act("edit", { message_id: context.message.id, text }))) return;
    } else if (photos.length) {
      const form = new FormData();
      form.append("caption", text);
      if (reply.reply_to) form.append("reply_to", reply.reply_to);
      for (const file of photos) form.append("photo", file, file.name);
      if (!(await this.act("photo", form))) return;
      this.photos = [];
      this.showPhotos();
    } else if (!text || !(await this.act("text", { text, ...reply }))) {
      return;
    }
    this.clear();
    this.setContext(null);
    this.close(".menu", ".commands");
  }

  async sendFile(kind, file) {
    const form = new FormData();
    form.append(kind, file, file.name);
    if (kind === "voice") form.append("duration", "1");
    await this.act(kind, form);
  }

  async act(kind, body) {
    try {
      await post(`/sandbox/people/${this.pane.person.id}/${kind}`, body);
      return true;
    } catch (error) {
      this.pane.toast(t("failed") + error.message, true);
      return false;
    }
  }
}
