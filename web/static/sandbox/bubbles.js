// One message (or album) as a list item.
import { button, icon, make } from "./dom.js";
import { link, richText } from "./richtext.js";
import { clock, t } from "./words.js";

const KINDS = ["photo", "voice", "document", "video", "sticker"];

export function summary(message) {
  if (message.text) return message.text.replace(/\s+/g, " ");
  if (message.media) return KINDS.includes(message.media.kind) ? t(message.media.kind) : t("document");
  for (const kind of ["location", "contact", "poll"]) if (message[kind]) return t(kind);
  return "…";
}

// `group` holds the messages of one album, or a single message. `on` has the pane's reactions.
export function bubble(group, on) {
  const first = group[0];
  const mine = first.from === "person";
  const item = make("li", mine ? "item mine" : "item");
  item.dataset.id = first.id;
  const stack = make("div", "stack");
  const body = make("div", "bubble");
  const author = make("span", "visually-hidden", mine ? `${t("you")}: ` : `${t("bot")}: `);
  body.append(author);
  if (first.reply_to) body.append(quote(first.reply_to, on));
  if (group.length > 1) body.append(album(group));
  else if (first.media) body.append(media(first.media));
  for (const part of cards(first)) body.append(part);
  const worded = group.find((message) => message.text);
  if (worded) body.append(richText(worded.text, worded.entities, on.command));
  body.append(foot(group, worded ?? first));
  stack.append(body);
  if (first.buttons.length) stack.append(inline(first, on));
  item.append(stack, more(worded ?? first, on));
  return item;
}

function foot(group, message) {
  const line = make("div", "foot");
  for (const reaction of message.reactions ?? []) line.append(make("span", "reactions", reaction));
  if (group.some((one) => one.edited)) line.append(make("span", "edited", t("edited")));
  const time = make("time", "", clock(message.date));
  time.dateTime = new Date(message.date * 1000).toISOString();
  line.append(time);
  return line;
}

function quote(reply, on) {
  const node = make("button", "quote");
  node.type = "button";
  node.append(make("b", "", reply.name), make("span", "", reply.text || (reply.kind ? t(reply.kind) : "…")));
  node.onclick = () => on.jump(reply.id);
  return node;
}

function photo(view) {
  const anchor = make("a", "media");
  anchor.href = view.url;
  anchor.target = "_blank";
  anchor.rel = "noopener";
  const image = make("img");
  image.src = view.url;
  image.alt = t("photo");
  image.loading = "lazy";
  if (view.width) { image.width = view.width; image.height = view.height; }
  anchor.append(image);
  return anchor;
}

function album(group) {
  const grid = make("div", "album");
  for (const message of group) {
    const node = photo(message.media);
    node.className = "";
    grid.append(node);
  }
  return grid;
}

function media(view) {
  if (view.kind === "photo") return photo(view);
  if (view.kind === "sticker") return make("div", "text", view.emoji ?? t("sticker"));
  if (view.kind === "voice" || view.kind === "audio") {
    const player = make("audio");
    player.controls = true;
    player.preload = "none";
    player.src = view.url;
    player.setAttribute("aria-label", t("voice"));
    return player;
  }
  const size = view.size > 1e6 ? `${(view.size / 1e6).toFixed(1)} MB` : `${Math.ceil((view.size ?? 0) / 1e3)} kB`;
  const node = card("file", view.name ?? t("document"), `${t("download")} · ${size}`, "a");
  node.href = view.url;
  node.download = view.name ?? "";
  return node;
}

function card(iconName, title, detail, tag = "div") {
  const node = make(tag, "card");
  const words = make("span");
  words.append(title, make("small", "", detail));
  node.append(icon(iconName), words);
  return node;
}

function* cards(message) {
  if (message.location) {
    const { latitude, longitude } = message.location;
    yield card("place", t("location"), `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`);
  }
  if (message.contact) yield card("add", message.contact.first_name, message.contact.phone_number);
  if (message.poll) {
    yield card("menu", message.poll.question, message.poll.options.map((option) => option.text).join(" / "));
  }
}

function inline(message, on) {
  const box = make("div", "inline");
  for (const row of message.buttons) {
    const line = make("div", "inline-row");
    for (const view of row) line.append(inlineButton(message, view, on));
    box.append(line);
  }
  return box;
}

function inlineButton(message, view, on) {
  if (view.url) {
    const anchor = link(view.url);
    anchor.append(view.text, icon("link"));
    anchor.onclick = (event) => { if (on.deepLink(view.url)) event.preventDefault(); };
    return anchor;
  }
  const node = make("button", "", view.text);
  node.type = "button";
  if (view.copy !== undefined) node.onclick = () => on.copy(view.copy);
  else node.onclick = () => on.tap(message, view, node);
  return node;
}

function more(message, on) {
  const node = button("icon more", t("actions"), "more");
  node.setAttribute("aria-haspopup", "menu");
  node.onclick = () => on.menu(message, node);
  return node;
}
