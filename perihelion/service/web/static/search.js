// Searches the events of a site of files, where no server answers. EVENTS comes from the index.
"use strict";

const LIMIT = 60;
const form = document.querySelector("form[role=search]");
const root = new URL("..", document.currentScript.src);

function fold(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

const index = EVENTS.map((event) => [fold(event.slice(1).join(" ")), event]);

function find(query) {
  const words = fold(query).split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  return index.filter(([text]) => words.every((word) => text.includes(word)))
    .map(([, event]) => event).slice(0, LIMIT);
}

function element(name, className, ...children) {
  const made = document.createElement(name);
  made.className = className;
  made.append(...children);
  return made;
}

function show([file, title, moment, mission]) {
  const link = element("a", "", title);
  link.href = new URL(file, root);
  return element("li", "", element("p", "when", moment),
    element("p", "what", link, " ", element("span", "mission", mission)));
}

function search() {
  const query = form.elements.q.value.trim();
  const found = find(query);
  const phrases = form.dataset;
  const phrase = { 0: phrases.none, 1: phrases.one }[found.length] || phrases.many;
  const said = phrase.replace("{n}", found.length).replace("{words}", () => query);
  document.querySelector("#said").textContent = query ? said : "";
  document.querySelector("#found").replaceChildren(...found.map(show));
}

form.hidden = false;
form.elements.q.value = new URLSearchParams(location.search).get("q") || "";
form.elements.q.addEventListener("input", search);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  search();
});
search();
