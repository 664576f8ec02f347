// Shows the day's anniversaries in turn, counts down to an exact minute, and goes on without the
// network: the coming week is in the page, which is fetched anew every few hours where that works.
"use strict";

const SLIDE_SECONDS = 20;
const RELOAD_HOURS = 6;
let shown = 0;

function today() {
  return new Date().toISOString().slice(0, 10);
}

function pad(number) {
  return String(number).padStart(2, "0");
}

function countDown(slide) {
  const until = Date.parse(slide.dataset.until);
  const seconds = Math.floor((until - Date.now()) / 1000);
  const place = slide.querySelector(".countdown");
  if (!place) return;
  place.textContent = seconds > 0
    ? `−${pad(Math.floor(seconds / 3600))}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`
    : "";
}

function showDay() {
  const days = [...document.querySelectorAll(".kiosk-day")];
  const current = days.find((day) => day.dataset.day === today()) || days[0];
  days.forEach((day) => { day.hidden = day !== current; });
  return [...current.querySelectorAll(".slide")];
}

function turn() {
  const slides = showDay();
  shown = (shown + 1) % Math.max(1, slides.length);
  slides.forEach((slide, number) => { slide.hidden = number !== shown; });
}

function tick() {
  document.querySelectorAll(".slide:not([hidden])").forEach(countDown);
}

async function refresh() {
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (answer.ok) location.reload();
  } catch {
    // Without the network the page goes on with what it has.
  }
}

setInterval(turn, SLIDE_SECONDS * 1000);
setInterval(tick, 1000);
setInterval(refresh, RELOAD_HOURS * 3600 * 1000);
showDay();
tick();
