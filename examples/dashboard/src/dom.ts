/**
 * Builds an element. Children that are strings become text nodes: nothing that a user or an exchange wrote is ever
 * parsed as HTML. `onclick: f` listens, `class` and `text` are short forms, anything else is an attribute.
 */
export function h<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, props?: Props | null, ...children: Child[]): HTMLElementTagNameMap[Tag] {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(props ?? {})) {
        if (value === undefined || value === null || value === false) continue;
        if (typeof value === 'function') element.addEventListener(name.slice(2), value as EventListener);
        else if (name === 'class') element.className = String(value);
        else if (name === 'text') element.textContent = String(value);
        else if (kProperties.has(name)) Object.assign(element, { [name]: value });
        else element.setAttribute(name, value === true ? '' : String(value));
    }
    element.append(...(children.flat() as Exclude<Child, Child[]>[]).filter((child) => child !== null && child !== undefined && child !== false));
    return element;
}

type Child = Node | string | null | undefined | false | Child[];
type Value = string | number | boolean | null | undefined;
/** `on…` listens, with the event that its name says. */
type Props = { [Name in keyof HTMLElementEventMap as `on${Name}`]?: (event: HTMLElementEventMap[Name]) => void } & { class?: string; text?: Value; [attribute: string]: Value | ((event: never) => void) };

/** A control with its label above and a hint below; both are tied to it for who does not see them. */
export function field(label: string, control: HTMLElement, hint?: string | null, className = 'field'): HTMLElement {
    control.id ||= `field-${++fields}`;
    if (hint) control.setAttribute('aria-describedby', `${control.id}-hint`);
    return h('div', { class: className }, h('label', { class: 'field-label', for: control.id, text: label }), control, hint ? h('span', { class: 'field-hint', id: `${control.id}-hint`, text: hint }) : null);
}

/** The element of the page with this id. */
export function byId(id: string): HTMLElement {
    const element = document.getElementById(id);
    if (!element) throw new Error(`the page has no #${id}`);
    return element;
}

/** The element inside `root` that the selector names; it is known to be there. */
export function part(root: Element, selector: string): HTMLElement {
    const element = root.querySelector<HTMLElement>(selector);
    if (!element) throw new Error(`no ${selector}`);
    return element;
}

/** Sets the text only where it differs, so that a screen reader is not told twice and nothing is laid out anew. */
export function setText(element: Element, text: string): void {
    if (element.textContent !== text) element.textContent = text;
}

/** A dialog that a click beside it closes, in the page. */
export function makeDialog(props: Props, ...children: Child[]): HTMLDialogElement {
    const dialog = h('dialog', { class: 'dialog', ...props }, ...children);
    // What is pressed inside and let go outside, as when text is selected, closes nothing.
    let pressed: EventTarget | null = null;
    dialog.addEventListener('pointerdown', ({ target }) => (pressed = target));
    dialog.addEventListener('click', ({ target }) => target === dialog && pressed === dialog && dialog.close());
    document.body.append(dialog);
    return dialog;
}

/**
 * Makes the children of `parent` those of `items`, in order, keeping the elements of items that were there before:
 * focus, selection and scroll position survive an update. `render(item, element)` fills an element made by `make(item)`.
 */
export function reconcile<Item>(
    parent: Element,
    items: Item[],
    { key, make, render }: { key: (item: Item) => string | number; make: (item: Item) => HTMLElement; render: (item: Item, element: HTMLElement) => void },
): void {
    const held = new Map(([...parent.children] as HTMLElement[]).map((child) => [child.dataset.key, child]));
    let at = parent.firstElementChild;
    for (const item of items) {
        const id = String(key(item));
        let element = held.get(id);
        held.delete(id);
        if (!element) {
            element = make(item);
            element.dataset.key = id;
        }
        render(item, element);
        if (element === at) at = at.nextElementSibling;
        else parent.insertBefore(element, at);
    }
    for (const gone of held.values()) gone.remove();
}

/** An icon of 20 units square, drawn with lines in the text's colour; decorative, so the control needs a name. */
export function icon(name: IconName): SVGSVGElement {
    const svg = document.createElementNS(kSvg, 'svg');
    svg.setAttribute('viewBox', '0 0 20 20');
    svg.setAttribute('class', 'icon');
    svg.setAttribute('aria-hidden', 'true');
    for (const line of kIcons[name]) {
        const path = document.createElementNS(kSvg, 'path');
        path.setAttribute('d', line);
        svg.append(path);
    }
    return svg;
}

/** A button that shows only an icon; `label` is its name and its tooltip. */
export function iconButton(name: IconName, label: string, onclick: () => void, props: Props = {}): HTMLButtonElement {
    return h('button', { type: 'button', class: 'icon-button', title: label, 'aria-label': label, onclick, ...props }, icon(name));
}

let fields = 0;
const kProperties = new Set(['value', 'checked', 'disabled', 'hidden', 'selected']);
const kSvg = 'http://www.w3.org/2000/svg';
const kIcons = {
    bell: ['M5 13.5V9a5 5 0 0 1 10 0v4.5l1.5 1.5h-13z', 'M8.3 17.2a2 2 0 0 0 3.4 0'],
    check: ['M4 10.5l4 4 8-9'],
    close: ['M5 5l10 10M15 5L5 15'],
    edit: ['M4 16l.8-3.4L13 4.4l2.6 2.6-8.2 8.2z', 'M11.5 6l2.6 2.6'],
    end: ['M4 10h9M9 5.5l4.5 4.5L9 14.5', 'M16.5 4.5v11'],
    gear: ['M10 7.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6z', 'M10 2.5v2M10 15.5v2M2.5 10h2M15.5 10h2M4.7 4.7l1.4 1.4M13.9 13.9l1.4 1.4M4.7 15.3l1.4-1.4M13.9 6.1l1.4-1.4'],
    moon: ['M16 11.8A6.6 6.6 0 0 1 8.2 4a6.6 6.6 0 1 0 7.8 7.8z'],
    pause: ['M7 4.5v11M13 4.5v11'],
    play: ['M6.5 4.5l9 5.5-9 5.5z'],
    plus: ['M10 4v12M4 10h12'],
    search: ['M9 4a5 5 0 1 0 0 10A5 5 0 0 0 9 4z', 'M12.8 12.8L17 17'],
    sound: ['M4 8v4h2.5L10 15V5L6.5 8z', 'M12.5 7.5a3.5 3.5 0 0 1 0 5M14.8 5.2a7 7 0 0 1 0 9.6'],
    sun: ['M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z', 'M10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1'],
    history: ['M3.5 10a6.5 6.5 0 1 0 2-4.7L3.5 7.2', 'M3.5 3.5v3.7h3.7', 'M10 6.5V10l2.6 1.8'],
    trash: ['M4 6h12M8 6V4h4v2M5.5 6l.8 10h7.4l.8-10M8.5 9v4.5M11.5 9v4.5'],
} satisfies Record<string, string[]>;
type IconName = keyof typeof kIcons;
