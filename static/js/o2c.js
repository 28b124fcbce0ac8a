/* The keyboard and the dialogs. Every key clicks a link or a button that is on the page, so nothing is only here. */
(() => {
  "use strict";
  const dialog = () => document.getElementById("dialog");
  const typing = (target) => target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]");
  let first = ""; // the first stroke of a two-stroke key such as "g d"
  let firstAt = 0;

  const rows = () => [...document.querySelectorAll("[data-rows] a[data-row]")].filter((a) => a.offsetParent);
  const step = (by) => {
    const links = rows();
    if (!links.length) return false;
    const row = document.activeElement.closest && document.activeElement.closest("tr, li");
    const at = links.findIndex((a) => a === document.activeElement || (row && row.contains(a)));
    const next = links[at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + by, 0), links.length - 1)];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
    return true;
  };
  const press = (name) => {
    const scope = document.querySelector("dialog[open]") || document;
    const target = [...scope.querySelectorAll(`[data-key="${CSS.escape(name)}"]`)].find((e) => !e.disabled);
    if (!target) return false;
    if (target.matches("input, select, textarea")) {
      target.focus();
      target.select && target.select();
    } else target.click();
    return true;
  };

  const tick = () => {
    const row = document.activeElement.closest("tr, li");
    const box = row && row.querySelector("input[type=checkbox]:not(:disabled)");
    if (box) box.click();
    return Boolean(box);
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target)) {
      if (event.key === "Escape" && !document.querySelector("dialog[open]")) event.target.blur();
      return;
    }
    const open = document.querySelector("dialog[open]");
    const name = event.key;
    let done = false;
    if (first && Date.now() - firstAt < 1500) done = !open && press(`${first} ${name}`);
    first = "";
    if (!done && name === "g" && !open) {
      first = "g";
      firstAt = Date.now();
      return;
    }
    if (!done && name === "?") {
      const keys = document.getElementById("keys");
      if (keys) keys.open ? keys.close() : open || keys.showModal();
      done = true;
    }
    if (!done && !open && name === "j") done = step(1);
    if (!done && !open && name === "k") done = step(-1);
    if (!done && name.length === 1) done = press(name);
    if (!done && !open && name === "x") done = tick();
    if (!done && !open && name === " " && event.target.matches("a[data-row]")) done = tick(); // where x means something else
    if (done) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const closer = event.target.closest("[data-close]");
    if (closer) {
      const inside = closer.closest("dialog");
      if (inside) {
        event.preventDefault();
        inside.close();
      }
    }
    const opener = event.target.closest("[data-open]");
    if (opener) document.getElementById(opener.dataset.open).showModal();
    if (event.target instanceof HTMLDialogElement) event.target.close(); // a click beside it
  });

  /* A form that htmx brings opens as a dialog; where it went wrong it comes back into the dialog. */
  document.addEventListener("htmx:afterSwap", (event) => {
    const box = dialog();
    if (!box || event.detail.target.id !== "dialog-body") return;
    if (!box.open) box.showModal();
    const wrong = box.querySelector("[aria-invalid=true]");
    const wanted = wrong || box.querySelector("[autofocus]") || box.querySelector("input:not([type=hidden]), select, textarea, button");
    if (wanted) wanted.focus();
  });
  const failed = () => {
    const says = document.getElementById("failed");
    if (says) says.hidden = false;
  };
  document.addEventListener("htmx:sendError", failed);
  document.addEventListener("htmx:responseError", failed);

  /* Pressed twice is meant once. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 4000);
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  /* A file that is too large is refused before it is sent, and how much of one has been sent is shown. */
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-largest]");
    if (!form || event.target.type !== "file") return;
    const file = event.target.files[0];
    const large = Boolean(file && file.size > Number(form.dataset.largest));
    form.querySelector("[data-too-large]").hidden = !large;
    event.target.setCustomValidity(large ? "too large" : "");
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = event.target.closest("form[data-largest]");
    if (!form) return;
    if (!form.checkValidity() && form.querySelector("input[type=file]").validity.customError) event.preventDefault();
    else form.querySelector("[data-sent]").hidden = false;
  });
  document.addEventListener("htmx:xhr:progress", (event) => {
    const bar = event.target.querySelector && event.target.querySelector("[data-sent]");
    if (bar && event.detail.lengthComputable) {
      bar.max = event.detail.total;
      bar.value = event.detail.loaded;
    }
  });

  /* What is typed or chosen while an answer is on its way is not overwritten by it. */
  const asked = new WeakMap();
  const said = (form) => new URLSearchParams(new FormData(form)).toString();
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.matches("form[data-live]")) asked.set(event.target, said(event.target));
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const form = event.detail.requestConfig && event.detail.requestConfig.elt;
    if (form && asked.has(form) && asked.get(form) !== said(form)) event.detail.shouldSwap = false;
  });

  /* What is left of an amount while it is split; the server says it anew when the form is sent. */
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-sum-of]");
    const told = form && form.querySelector("[data-left]");
    if (!told) return;
    const [, fraction = ""] = form.dataset.sumOf.split(".");
    let left = Number(form.dataset.sumOf);
    for (const box of form.querySelectorAll("input.amount")) left += (box.dataset.credit ? 1 : -1) * (Number(box.value) || 0);
    told.querySelector("strong").textContent = left.toFixed(fraction.length);
    told.classList.toggle("late", left < 0);
    told.hidden = false;
  });

  /* One tick for all on the page. */
  document.addEventListener("change", (event) => {
    const name = event.target.dataset && event.target.dataset.all;
    if (!name) return;
    for (const box of event.target.form.querySelectorAll(`input[name="${CSS.escape(name)}"]`)) box.checked = event.target.checked;
  });

  /* How many rows are ticked, beside what can be done with them. */
  const count = (form) => {
    const ticked = [...form.querySelectorAll(`input[name="${form.dataset.chosen || "chosen"}"]:checked`)];
    const told = form.querySelector("[data-count]");
    if (!told) return;
    told.textContent = ticked.length;
    form.toggleAttribute("data-any", ticked.length > 0);
    const sum = form.querySelector("[data-sum]");
    if (sum) sum.textContent = sums(ticked).map((each) => `, ${each}`).join("");
  };
  /* What they come to, by currency, written as the page writes amounts. */
  const sums = (boxes) => {
    const totals = new Map();
    for (const { dataset } of boxes) {
      const [, fraction = ""] = dataset.amount.split(".");
      const [before = 0] = totals.get(dataset.currency) || [];
      totals.set(dataset.currency, [before + Number(dataset.amount), fraction.length]);
    }
    return [...totals].map(([currency, [total, digits]]) => {
      const style = { minimumFractionDigits: digits, maximumFractionDigits: digits };
      return `${total.toLocaleString(document.documentElement.lang, style)} ${currency}`;
    });
  };
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-chosen]");
    if (form) count(form);
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-chosen]").forEach(count));

  /* A choice in a filter takes effect at once. */
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-auto]");
    if (form && event.target.matches("select, input[type=checkbox], input[type=date]")) form.requestSubmit();
  });
})();
