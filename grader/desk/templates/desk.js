"use strict";
(() => {
  const form = document.getElementById("form");
  const points = document.getElementById("points");
  const most = form ? Number(form.dataset.most) : 0;
  const press = () => {
    for (const button of document.querySelectorAll(".choice")) {
      const same = points.value.trim() !== "" && Number(button.dataset.points) === Number(points.value.replace(",", "."));
      button.setAttribute("aria-pressed", String(same));
    }
  };
  const put = (value) => {
    if (!points) return;
    points.value = String(Math.min(Math.max(value, 0), most));
    press();
  };
  if (points) {
    for (const button of document.querySelectorAll(".choice")) {
      button.addEventListener("click", () => put(Number(button.dataset.points)));
    }
    points.addEventListener("input", press);
    press();
  }
  const go = (id) => {
    const link = document.getElementById(id);
    if (link) link.click();
  };
  const into = (id) => {
    const field = document.getElementById(id);
    if (field) field.focus();
  };
  const save = () => {
    const button = document.getElementById("save");
    if (form && button) form.requestSubmit(button);
  };
  const verdict = (value) => {
    const field = document.querySelector(`input[name=verdict][value=${value}]`);
    if (field) field.checked = true;
  };
  const keys = {
    j: () => go("key-j"),
    k: () => go("key-k"),
    o: () => go("key-o"),
    f: () => (most > 0 ? put(most) : verdict("right")),
    ".": () => put((Number(points && points.value.replace(",", ".")) || 0) + 0.5),
    c: () => into("comment"),
    r: () => into("reason"),
  };
  const writes = (target) => target.closest("textarea, input:not([type=checkbox]):not([type=radio]), select") !== null;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form) {
      event.preventDefault();
      save();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      event.target.blur();
      return;
    }
    if (event.key === "Enter" && event.target === points) {
      event.preventDefault();
      save();
      return;
    }
    if (writes(event.target)) return;
    if (event.key === "Enter") {
      if (!form || event.target.closest("a, button, summary")) {
        const first = document.querySelector("a.work");
        if (!form && first && event.target === document.body) first.click();
        return;
      }
      event.preventDefault();
      save();
    } else if (form && /^[0-9]$/.test(event.key)) {
      event.preventDefault();
      if (most > 0) put(Number(event.key));
      else verdict(event.key === "0" ? "wrong" : "right");
    } else if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  });
  const field = document.getElementById("find");
  if (field) {
    field.parentNode.hidden = false;
    field.addEventListener("input", () => {
      const sought = field.value.toLowerCase();
      for (const row of document.getElementById("list").children) row.hidden = !row.textContent.toLowerCase().includes(sought);
    });
  }
})();
