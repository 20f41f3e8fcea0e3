import { h, iconButton } from './dom.js';

const kShownMax = 4;
const kShownMs = 8_000;

/** Short messages in a corner; they wait while the pointer or the focus is on them. */
export class Toasts {
    constructor(root) {
        this.root = root;
    }

    /** `tone`: plain, alert, good or bad; `action` {label, run}. */
    show({ title, text, tone = 'plain', action, stayMs = kShownMs }) {
        const close = () => toast.remove();
        const toast = h(
            'div',
            { class: `toast ${tone}` },
            h('div', { class: 'toast-body' }, h('strong', { text: title }), text ? h('p', { text }) : null),
            action ? h('button', { type: 'button', class: 'plain', onclick: () => (close(), action.run()) }, action.label) : null,
            iconButton('close', 'Dismiss', close),
        );
        let timer;
        const wait = () => (timer = setTimeout(close, stayMs));
        const hold = () => clearTimeout(timer);
        toast.addEventListener('pointerenter', hold);
        toast.addEventListener('pointerleave', wait);
        toast.addEventListener('focusin', hold);
        toast.addEventListener('focusout', wait);
        wait();
        this.root.append(toast);
        // Once more on top, also of a dialog that was opened since.
        if (this.root.matches(':popover-open')) this.root.hidePopover();
        this.root.showPopover();
        while (this.root.childElementCount > kShownMax) this.root.firstElementChild.remove();
    }

    error(title, error) {
        this.show({ title, text: error.message, tone: 'bad' });
    }
}
