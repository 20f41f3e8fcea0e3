import { h, iconButton } from './dom';

const kShownMax = 4;
const kShownMs = 8_000;

export interface Toast {
    title: string;
    text?: string;
    tone?: 'calm' | 'alert' | 'good' | 'bad';
    action?: { label: string; run: () => void } | null;
    stayMs?: number;
}

/** Short messages in a corner; they wait while the pointer or the focus is on them. */
export class Toasts {
    constructor(private readonly root: HTMLElement) {}

    show({ title, text, tone = 'calm', action, stayMs = kShownMs }: Toast): void {
        const close = (): void => toast.remove();
        const toast = h(
            'div',
            { class: `toast ${tone}` },
            h('div', { class: 'toast-body' }, h('strong', { text: title }), text ? h('p', { text }) : null),
            action ? h('button', { type: 'button', class: 'plain small', onclick: () => (close(), action.run()) }, action.label) : null,
            iconButton('close', 'Dismiss', close),
        );
        let timer: ReturnType<typeof setTimeout>;
        const wait = (): void => void (timer = setTimeout(close, stayMs));
        const hold = (): void => clearTimeout(timer);
        toast.addEventListener('pointerenter', hold);
        toast.addEventListener('pointerleave', wait);
        toast.addEventListener('focusin', hold);
        toast.addEventListener('focusout', wait);
        wait();
        this.root.append(toast);
        // Once more on top, also of a dialog that was opened since.
        if (this.root.matches(':popover-open')) this.root.hidePopover();
        this.root.showPopover();
        while (this.root.childElementCount > kShownMax) this.root.firstElementChild?.remove();
    }

    error(title: string, error: unknown): void {
        this.show({ title, text: messageOf(error), tone: 'bad' });
    }
}

export function messageOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}
