/* Passkeys need a script. allauth's does the work; this says which button begins it, and shows what only works so. */
(() => {
  "use strict";
  for (const box of document.querySelectorAll("[data-passkey]")) {
    const [role, button] = box.dataset.button.split(":");
    if (!window.PublicKeyCredential) continue;
    const ids = { [role]: button, credential: box.dataset.credential };
    if (document.getElementById("js_data")) ids.data = "js_data";
    if (box.dataset.passwordless) ids.passwordless = box.dataset.passwordless;
    window.allauth.webauthn.forms[box.dataset.passkey]({ ids });
    document.getElementById(button).hidden = false;
  }
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    const says = document.getElementById("passkey-failed");
    if (says) says.hidden = false;
  });
})();
