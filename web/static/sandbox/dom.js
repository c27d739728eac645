// Small functions that build nodes; text is always text, never markup.
export function make(tag, className = "", text = null) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== null) element.textContent = text;
  return element;
}

export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `/sandbox/static/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

export function button(className, label, iconName) {
  const element = make("button", className);
  element.type = "button";
  element.setAttribute("aria-label", label);
  element.title = label;
  element.append(icon(iconName));
  return element;
}

export function fillAvatar(element, person) {
  element.textContent = [...person.name][0] ?? "?";
  element.className = `avatar c${person.id % 7}`;
}

// Make `nodes` the children of the parent, touching only what changed: a voice that plays goes on
// playing, and a screen reader is told of new messages only.
export function reconcile(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.childNodes]) if (!wanted.has(child)) child.remove();
  let cursor = parent.firstChild;
  for (const node of nodes) {
    if (node === cursor) cursor = cursor.nextSibling;
    else parent.insertBefore(node, cursor);
  }
}

// Opens a dialog of the page; resolves to its form's data, or null when it was cancelled.
export function ask(dialog, prepare) {
  const form = dialog.querySelector("form");
  form.reset();
  prepare?.(form);
  dialog.showModal();
  dialog.querySelector(".cancel").onclick = () => dialog.close("");
  return new Promise((resolve) => {
    dialog.onclose = () => resolve(dialog.returnValue === "ok" ? new FormData(form) : null);
    dialog.returnValue = "";
  });
}

export function showAlert(text) {
  const dialog = document.getElementById("alert");
  dialog.querySelector("p").textContent = text;
  if (!dialog.open) dialog.showModal();
}
