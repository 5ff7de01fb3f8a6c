"use strict";
(() => {
  const table = document.getElementById("students");
  const body = table.tBodies[0];
  const value = (row, i) => {
    const text = row.cells[i].textContent;
    const number = parseFloat(text);
    return Number.isNaN(number) || /[^\d.\s-]/.test(text) ? text.toLowerCase() : number;
  };
  const order = (a, b) => (typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === "number" ? 1 : -1);
  table.tHead.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const cell = button.parentNode;
    const up = cell.getAttribute("aria-sort") !== "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    cell.setAttribute("aria-sort", up ? "ascending" : "descending");
    const keyed = Array.from(body.rows, (row) => [value(row, cell.cellIndex), row]);
    keyed.sort((a, b) => (up ? 1 : -1) * order(a[0], b[0]));
    body.append(...keyed.map((pair) => pair[1]));
  });
  const field = document.getElementById("find");
  field.parentNode.hidden = false;
  field.addEventListener("input", () => {
    const sought = field.value.toLowerCase();
    for (const row of body.rows) row.hidden = !row.textContent.toLowerCase().includes(sought);
  });
})();
