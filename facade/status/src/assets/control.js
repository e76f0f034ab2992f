// Manual control, if the service has it and the operator may.

let controls = null;
let target = null;

function controlButton(title, of) {
  if (!controls) return null;
  const button = el("button", { type: "button", "data-key": "control", class: "control" }, title);
  button.dataset.target = JSON.stringify(of);
  return button;
}

document.addEventListener("click", ({ target: clicked }) => {
  const button = clicked.closest("button.control");
  if (button) openDialog(button.textContent, JSON.parse(button.dataset.target));
});

const actionsOf = (of) => (of.version ? ["roll_back"] : of.reload ? ["reload"] : ["force_open", "force_closed", "release", "reset"]);
const ACTION_WORDS = {
  force_open: "Force open: refuse all calls", force_closed: "Force closed: admit all calls",
  release: "Release: back to its own rules", reset: "Reset: forget what was counted",
  reload: "Reload: read all sources again", roll_back: "Roll back to the earlier settings",
};
const lasts = (action) => action === "force_open" || action === "force_closed";

function openDialog(title, of) {
  target = of;
  byId("dialog-title").textContent = title;
  byId("outcome").textContent = "";
  const actions = actionsOf(of).map((action, at) =>
    el("label", {}, el("input", { type: "radio", name: "action", value: action, checked: at === 0 }), ` ${ACTION_WORDS[action]}`));
  byId("actions").replaceChildren(el("legend", {}, "Action"), ...actions);
  showExpiry();
  byId("dialog").showModal();
}

const chosen = () => new FormData(byId("control")).get("action");
function showExpiry() { byId("expiry").hidden = !lasts(chosen()); }

byId("actions").addEventListener("change", showExpiry);
byId("cancel").addEventListener("click", () => byId("dialog").close());
byId("control").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData(byId("control"));
  const action = form.get("action");
  const expires = form.get("expires");
  const body = { action, reason: form.get("reason") };
  if (target.component) Object.assign(body, { component: target.component, name: target.name });
  if (target.version) body.version = target.version;
  if (lasts(action)) body.expires_after_seconds = expires ? Number(expires) : null;
  try {
    const answer = await fetch(`${base}control`, {
      method: "POST", body: JSON.stringify(body),
      headers: { "content-type": "application/json", "x-seawall-token": controls.token },
    });
    const { error } = await answer.json();
    if (error) throw new Error(error);
    byId("control").reset();
    byId("dialog").close();
    await fetchAll();
  } catch (error) {
    byId("outcome").textContent = error.message;
  }
});

async function fetchControls() {
  const answer = await fetch(`${base}controls`).catch(() => null);
  controls = answer && answer.ok ? await answer.json() : null;
}
