/** Draws what has changed, and leaves the rest where it is: with it the scroll position, the selection, the focus and what is open. */

/** Makes the children of `root` what `next` holds. What was drawn before stays the same node where it says the same. */
export function redraw(root: Element, next: DocumentFragment): void {
  setChildren(root, [...next.childNodes]);
}

/** Remembers the element at the top of the window; the returned function brings it back there after the page was drawn again. */
export function keepPlace(root: Element): () => void {
  const scroll = window.scrollY;
  const mark = scroll === 0 ? undefined : marks(root).find((node) => node.getBoundingClientRect().top >= 0);
  const key = mark?.dataset['key'];
  const top = mark?.getBoundingClientRect().top ?? 0;
  return () => {
    // Asked for without need, it would lay out the whole page.
    if (scroll !== 0) window.scrollTo({ top: scroll });
    if (key === undefined) return;
    // Tabs are laid out first.
    requestAnimationFrame(() => {
      const now = marks(root).find((node) => node.dataset['key'] === key);
      if (now?.checkVisibility() === true) window.scrollBy({ top: now.getBoundingClientRect().top - top });
    });
  };
}

function marks(root: Element): HTMLElement[] {
  return [...root.querySelectorAll<HTMLElement>('[data-key]')];
}

function setChildren(parent: Element, next: readonly ChildNode[]): void {
  const known = new Map<string, ChildNode[]>();
  for (const node of parent.childNodes) {
    const likes = known.get(identityOf(node));
    if (likes) likes.push(node);
    else known.set(identityOf(node), [node]);
  }
  const wanted = next.map((node) => {
    const old = known.get(identityOf(node))?.shift();
    if (old) update(old, node);
    return old ?? node;
  });
  for (const gone of [...known.values()].flat()) gone.remove();
  // Nodes that stay are not moved, as long as their order is the same: a moved one loses focus and selection.
  let at = parent.firstChild;
  for (const node of wanted) {
    if (node === at) at = at.nextSibling;
    else parent.insertBefore(node, at);
  }
}

function update(old: ChildNode, next: ChildNode): void {
  if (old.isEqualNode(next)) return;
  if (!(old instanceof Element) || !(next instanceof Element)) {
    old.nodeValue = next.nodeValue;
    return;
  }
  // Components write attributes and children of their own.
  if (old.localName.includes('-')) {
    if (old.textContent !== next.textContent) old.replaceChildren(...next.childNodes);
    return;
  }
  for (const { name, value } of next.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  setChildren(old, [...next.childNodes]);
}

/** Two nodes of one identity are the same thing at two times. */
function identityOf(node: ChildNode): string {
  if (!(node instanceof Element)) return node.nodeName;
  const own = node instanceof HTMLElement ? node.dataset['key'] : undefined;
  const key = own ?? node.querySelector<HTMLElement>(':scope > summary')?.dataset['key'];
  return [node.localName, node.getAttribute('class') ?? '', key ?? ''].join(' ');
}
