// Text with Telegram's entities as DOM nodes. Offsets count UTF-16 units, as JavaScript's do.
import { make } from "./dom.js";

const TAGS = {
  bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote",
};
const SAFE = /^(https?|mailto|tel|tg):/i;

export function richText(text, entities, onCommand) {
  const root = make("div", "text");
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  fill(root, text, 0, text.length, sorted, onCommand);
  return root;
}

function fill(parent, text, start, end, entities, onCommand) {
  let position = start;
  while (entities.length && entities[0].offset < end) {
    const entity = entities.shift();
    const stop = Math.min(entity.offset + entity.length, end);
    if (entity.offset < position || stop <= entity.offset) continue;
    parent.append(text.slice(position, entity.offset));
    const node = nodeOf(entity, text.slice(entity.offset, stop), onCommand);
    fill(node, text, entity.offset, stop, entities, onCommand);
    parent.append(node);
    position = stop;
  }
  parent.append(text.slice(position, end));
}

function nodeOf(entity, content, onCommand) {
  if (entity.type === "text_link" || entity.type === "url") return link(entity.url ?? content);
  if (entity.type === "bot_command") {
    const node = make("button", "command");
    node.type = "button";
    node.onclick = () => onCommand(content);
    return node;
  }
  if (entity.type === "spoiler") {
    const node = make("span", "spoiler");
    node.tabIndex = 0;
    node.setAttribute("role", "button");
    node.onclick = () => node.classList.add("open");
    node.onkeydown = (event) => { if (event.key === "Enter" || event.key === " ") node.click(); };
    return node;
  }
  return make(TAGS[entity.type] ?? "span");
}

export function link(url) {
  const node = make("a");
  if (SAFE.test(url)) {
    node.href = url;
    node.target = "_blank";
    node.rel = "noopener noreferrer";
  }
  return node;
}
