// Builds elements and brings the page up to date with them. Text is only ever set as text, so that no name
// or error can be anything else.

const SVG = "http://www.w3.org/2000/svg";

/** Creates an element: `el("p", { class: "faint" }, "text", child)`. Children that are null are left out. */
function el(tag, attributes, ...children) {
  const svg = tag === "svg" || tag === "path";
  const node = svg ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === true) node.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined) node.append(child);
  }
  return node;
}

/** Makes the children of `parent` those of the list, and keeps elements that are there: what has the focus,
 * what is open. Elements with the same `data-key` are the same. */
function show(parent, wanted) {
  const keyed = new Map();
  for (const child of parent.children) if (child.dataset.key) keyed.set(child.dataset.key, child);
  let at = parent.firstChild;
  for (const node of wanted) {
    const key = node.nodeType === 1 ? node.dataset.key : undefined;
    const known = key ? keyed.get(key) : at && !(at.dataset && at.dataset.key) ? at : null;
    if (known && known.nodeName === node.nodeName) {
      if (known === at) at = at.nextSibling;
      else parent.insertBefore(known, at);
      update(known, node);
    } else {
      parent.insertBefore(node, at);
    }
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

function update(known, node) {
  if (known.nodeType === 3) {
    if (known.data !== node.data) known.data = node.data;
    return;
  }
  for (const { name } of [...known.attributes]) {
    if (name !== "open" && !node.hasAttribute(name)) known.removeAttribute(name);
  }
  for (const { name, value } of node.attributes) {
    if (name !== "open" && known.getAttribute(name) !== value) known.setAttribute(name, value);
  }
  show(known, [...node.childNodes]);
}

const byId = (id) => document.getElementById(id);
