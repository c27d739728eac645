// The page's words: Chinese unless the reader switched, kept in this browser.
const tables = JSON.parse(document.getElementById("words").textContent);
const KEY = "sandbox-language";

let locale = stored() || "zh-CN";

function stored() {
  try { return localStorage.getItem(KEY); } catch { return null; }
}

export function language() { return locale; }

export function t(key) { return (tables[locale] || tables["zh-CN"])[key] ?? key; }

export function roleName(role) {
  const name = t(`role_${role}`);
  return name === `role_${role}` ? role : name;
}

export function roles() {
  return Object.keys(tables["zh-CN"]).filter((key) => key.startsWith("role_")).map((key) => key.slice(5));
}

export function switchLanguage() {
  locale = locale === "zh-CN" ? "en" : "zh-CN";
  try { localStorage.setItem(KEY, locale); } catch { /* private window: until reload */ }
  applyWords(document);
}

// Fill every element that names its word; templates get theirs when they are used.
export function applyWords(root) {
  document.documentElement.lang = locale;
  for (const element of root.querySelectorAll("[data-word]")) element.textContent = t(element.dataset.word);
  for (const element of root.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", t(element.dataset.label));
    if (element.matches("button")) element.title = t(element.dataset.label);
  }
  for (const element of root.querySelectorAll("[data-placeholder]")) element.placeholder = t(element.dataset.placeholder);
}

const BEIJING = "Asia/Shanghai";

export function clock(seconds) {
  return new Intl.DateTimeFormat("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: BEIJING })
    .format(seconds * 1000);
}

export function dayKey(seconds) {
  return new Intl.DateTimeFormat("en-CA", { timeZone: BEIJING }).format(seconds * 1000);
}

export function dayName(seconds) {
  const now = Date.now() / 1000;
  if (dayKey(seconds) === dayKey(now)) return t("today");
  if (dayKey(seconds) === dayKey(now - 86400)) return t("yesterday");
  return new Intl.DateTimeFormat(locale, { month: "long", day: "numeric", timeZone: BEIJING }).format(seconds * 1000);
}
