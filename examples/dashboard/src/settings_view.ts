import type { Announcer } from './announcer';
import { field, h, iconButton, makeDialog } from './dom';
import type { Link } from './link';
import type { Memory } from './memory';

const kDesktopHints: Record<string, string> = { unsupported: 'This browser has none.', denied: 'Blocked in the browser’s settings for this page.' };
const kThemes: [string, string][] = [['', 'as the system'], ['light', 'light'], ['dark', 'dark']];
const kKeys: [string, string][] = [['/', 'find a symbol'], ['a', 'new alert at the price'], ['n', 'notifications'], ['Tab, ↑ ↓', 'move a level on the chart']];

interface SettingsDeps {
    announcer: Announcer;
    link: Link;
    memory: Memory;
    onTheme: (theme: string) => void;
    onReceivers: () => void;
}

/** Settings: how this browser announces, and who it is to the server. */
export class SettingsView {
    private readonly dialog = makeDialog({ 'aria-labelledby': 'settings-title' });
    private readonly account = h('div', { class: 'stack' });

    constructor(private readonly deps: SettingsDeps) {
        deps.link.on('state', () => this.dialog.open && this.renderAccount());
        deps.link.on('ready', () => this.dialog.open && this.renderAccount());
    }

    open(): void {
        const { announcer, onReceivers, onTheme } = this.deps;
        const sound = h('input', { type: 'checkbox', checked: announcer.sound, onchange: () => (announcer.sound = sound.checked) });
        const state = announcer.desktop;
        const hint = h('p', { class: 'field-hint', text: kDesktopHints[state] ?? 'Shown while this page is open behind others.' });
        const setDesktop = async (): Promise<void> => {
            const now = await announcer.setDesktop(desktop.checked);
            desktop.checked = now === 'on';
            hint.textContent = kDesktopHints[now] ?? hint.textContent;
        };
        const desktop = h('input', { type: 'checkbox', checked: state === 'on', disabled: state in kDesktopHints, onchange: () => void setDesktop() });
        const theme = h('select', { onchange: () => onTheme(theme.value) }, kThemes.map(([value, text]) => h('option', { value, text })));
        theme.value = document.documentElement.dataset.theme ?? '';
        const receivers = h('button', { type: 'button', class: 'plain', onclick: () => (this.dialog.close(), onReceivers()) }, 'Webhooks and e-mail…');
        this.dialog.replaceChildren(
            h('div', { class: 'dialog-head' }, h('h2', { id: 'settings-title', text: 'Settings' }), iconButton('close', 'Close', () => this.dialog.close())),
            h('section', {}, h('h3', { text: 'Announcing' }), h('label', { class: 'check' }, sound, 'Sound of a bell'), h('label', { class: 'check' }, desktop, 'Notifications of the system'), hint, h('div', { class: 'button-row' }, receivers)),
            h('section', {}, h('h3', { text: 'Look' }), field('Theme', theme, null, 'field inline')),
            h('section', {}, h('h3', { text: 'Account' }), this.account),
            h('section', { class: 'keys' }, h('h3', { text: 'Keys' }), h('dl', {}, kKeys.map(([key, text]) => h('div', {}, h('dt', {}, h('kbd', { text: key })), h('dd', { text }))))),
        );
        this.renderAccount();
        if (!this.dialog.open) this.dialog.showModal();
    }

    private renderAccount(): void {
        const { link, memory } = this.deps;
        const { state, greeting } = link;
        const byKey = memory.get('key') !== null;
        const who = byKey
            ? `Signed in with an API key${greeting?.account ? ` as ${greeting.account}` : ''}.`
            : state.name === 'locked'
              ? 'Not signed in.'
              : 'Anonymous: a secret kept in this browser brings your alerts back. Without a visit they are removed after the time that the server’s operator chose.';
        const refused = state.name === 'locked' || state.name === 'refused' ? h('p', { class: 'form-error', role: 'alert', text: state.reason || 'The server refuses this browser.' }) : null;
        const input = h('input', { type: 'password', autocomplete: 'current-password', spellcheck: 'false', 'aria-label': 'API key', placeholder: 'API key' });
        const signIn = (event: SubmitEvent): void => {
            event.preventDefault();
            if (input.value.trim()) link.useKey(input.value.trim());
        };
        const form = h('form', { class: 'line-form', onsubmit: signIn },
            h('input', { class: 'unseen', autocomplete: 'username', value: 'tickbell', tabindex: '-1', 'aria-hidden': 'true' }), input,
            h('button', { type: 'submit', class: 'plain' }, byKey ? 'Use another key' : 'Sign in'),
            byKey ? h('button', { type: 'button', class: 'plain', onclick: () => link.useKey(null) }, 'Sign out') : null);
        this.account.replaceChildren(h('p', { class: 'muted', text: who }), ...(refused ? [refused] : []), form);
    }
}
