/* The board: a card, the ticked cards, or all of a column are dragged to another one. Keys and forms do the same. */
(() => {
  "use strict";
  const form = document.getElementById("board-move");
  if (!form) return;
  let moved = null; // what is being dragged: {of} or {tasks}, and where it comes from

  document.addEventListener("dragstart", (event) => {
    const card = event.target.closest && event.target.closest("[data-task]");
    const all = event.target.closest && event.target.closest("[data-all-of]");
    if (!card && !all) return;
    const from = event.target.closest("[data-drop]");
    if (card) {
      const ticked = [...document.querySelectorAll("[data-board] input[name=chosen]:checked")].map((box) => box.value);
      moved = { tasks: ticked.includes(card.dataset.task) ? ticked : [card.dataset.task], from };
    } else moved = { of: all.dataset.allOf, from };
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", card ? moved.tasks.join(" ") : moved.of);
  });
  const lane = (event) => {
    const found = moved && event.target.closest && event.target.closest("[data-drop]");
    return found && found !== moved.from ? found : null;
  };
  const unmark = () => document.querySelectorAll("[data-over]").forEach((each) => each.removeAttribute("data-over"));
  document.addEventListener("dragover", (event) => {
    const over = lane(event);
    if (!over) return;
    event.preventDefault();
    if (!over.hasAttribute("data-over")) {
      unmark();
      over.setAttribute("data-over", "");
    }
  });
  document.addEventListener("dragend", () => {
    unmark();
    moved = null;
  });
  document.addEventListener("drop", (event) => {
    const over = lane(event);
    if (!over) return;
    event.preventDefault();
    form.elements.key.value = uuid();
    form.elements.to.value = over.dataset.drop;
    form.elements.of.value = moved.of || "";
    form.querySelectorAll("input[name=chosen]").forEach((each) => each.remove());
    for (const task of moved.tasks || []) {
      const input = document.createElement("input");
      input.type = "hidden";
      input.name = "chosen";
      input.value = task;
      form.append(input);
    }
    form.requestSubmit();
  });
  /* A key of each drop: sent twice, it is done once. crypto.randomUUID is there with https only. */
  const uuid = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  };
})();
