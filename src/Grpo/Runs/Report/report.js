"use strict";
(() => {
  const page = 24;

  // Filters: a card is shown where each of the fields says so, a page of them at a time.
  for (const form of document.querySelectorAll(".filters")) {
    const gallery = document.getElementById(form.dataset.for);
    const more = document.querySelector(`.more[data-for="${form.dataset.for}"]`);
    const none = gallery.nextElementSibling;
    const cards = [...gallery.children];
    const words = new Map(cards.map(card => [card, card.querySelector(".text").textContent.toLowerCase()]));
    let room = page;

    const fits = (card, fields) =>
      (!fields.outcome || card.dataset.outcome === fields.outcome)
      && (!fields.kind || card.dataset.kind === fields.kind)
      && (!fields.reason || card.dataset.reason.includes(`|${fields.reason}|`))
      && (!fields.code || card.dataset.code?.includes(`|${fields.code}|`))
      && (!fields.words || words.get(card).includes(fields.words.toLowerCase()));

    const show = () => {
      const fields = Object.fromEntries(new FormData(form));
      const found = cards.filter(card => fits(card, fields));
      const seen = new Set(found.slice(0, room));
      for (const card of cards) card.hidden = !seen.has(card);
      more.hidden = found.length <= room;
      none.hidden = found.length > 0;
      form.querySelector("output").textContent = found.length > room ? `${room} of ${found.length} shown` : `${found.length} shown`;
    };

    form.addEventListener("input", () => { room = page; show(); });
    form.addEventListener("submit", event => event.preventDefault());
    more.addEventListener("click", () => {
      const next = cards.filter(card => !card.hidden).length;
      room += page;
      show();
      const first = cards.filter(card => !card.hidden)[next];
      if (first) { first.tabIndex = -1; first.focus(); }
    });
    show();
  }

  // A table that needs no scrolling is no stop for the keyboard.
  const fits = new ResizeObserver(entries => {
    for (const { target } of entries) target.tabIndex = target.scrollWidth > target.clientWidth ? 0 : -1;
  });
  for (const region of document.querySelectorAll(".scroll")) fits.observe(region);

  // Curves: the values at a step, by pointer or by arrow keys.
  const left = 46, right = 350, top = 10, bottom = 152;
  const shown = value => value === 0 ? "0" : Math.abs(value) >= 1e6 || Math.abs(value) < 1e-3 ? value.toExponential(2) : String(Number(value.toPrecision(4)));
  for (const figure of document.querySelectorAll(".curve")) {
    const svg = figure.querySelector("svg"), cross = figure.querySelector(".cross"), read = figure.querySelector(".read");
    const { low, high, first, last } = Object.fromEntries(Object.entries(figure.dataset).map(([name, text]) => [name, Number(text)]));
    const still = read.textContent;
    let lines = null, at = -1;
    const points = () => lines ??= [...figure.querySelectorAll("polyline.raw")].map(line =>
      line.getAttribute("points").split(" ").map(pair => pair.split(",").map(Number)));

    const say = x => {
      const near = points().map(line => line.reduce((best, point) => Math.abs(point[0] - x) < Math.abs(best[0] - x) ? point : best));
      if (near.length === 0) return;
      const step = Math.round(first + (near[0][0] - left) / (right - left) * (last - first));
      const values = near.map(point => shown(low + (bottom - point[1]) / (bottom - top) * (high - low)));
      read.textContent = `step ${step}: ${values.join(", ")}`;
      cross.setAttribute("x1", near[0][0]);
      cross.setAttribute("x2", near[0][0]);
      cross.setAttribute("visibility", "visible");
    };
    const rest = () => { read.textContent = still; cross.setAttribute("visibility", "hidden"); at = -1; };

    svg.addEventListener("pointermove", event => {
      const box = svg.getBoundingClientRect();
      say((event.clientX - box.left) / box.width * 360);
    });
    svg.addEventListener("pointerleave", rest);
    svg.addEventListener("blur", rest);
    svg.addEventListener("keydown", event => {
      const line = points()[0];
      const move = { ArrowRight: 1, ArrowLeft: -1, PageDown: 20, PageUp: -20, Home: -1e9, End: 1e9 }[event.key];
      if (!line || move === undefined) return;
      event.preventDefault();
      at = Math.max(0, Math.min(line.length - 1, (at < 0 ? 0 : at) + move));
      say(line[at][0]);
    });
  }
})();
