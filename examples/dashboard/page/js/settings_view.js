import { field, h, iconButton } from './dom.js';

const kDesktopHints = { unsupported: 'This browser has none.', denied: 'Blocked in the browser’s settings for this page.' };

/** Settings: how this browser announces, and who it is to the server. */
export class SettingsView {
    constructor({ announcer, link, memory, onTheme, onReceivers }) {
        Object.assign(this, { announcer, link, memory, onTheme, onReceivers });
        this.dialog = h('dialog', { class: 'dialog', 'aria-labelledby': 'settings-title' });
        this.dialog.addEventListener('click', (event) => event.target === this.dialog && this.dialog.close());
        document.body.append(this.dialog);
        link.addEventListener('state', () => this.dialog.open && this.renderAccount());
        link.addEventListener('ready', () => this.dialog.open && this.renderAccount());
    }

    open() {
        const { announcer } = this;
        const sound = h('input', { type: 'checkbox', checked: announcer.sound, onchange: () => (announcer.sound = sound.checked) });
        const state = announcer.desktop;
        const hint = h('p', { class: 'field-hint', text: kDesktopHints[state] ?? 'Shown while this page is open behind others.' });
        const desktop = h('input', {
            type: 'checkbox', checked: state === 'on', disabled: state in kDesktopHints,
            onchange: async () => {
                const now = await announcer.setDesktop(desktop.checked);
                desktop.checked = now === 'on';
                hint.textContent = kDesktopHints[now] ?? hint.textContent;
            },
        });
        const theme = h('select', { onchange: () => this.onTheme(theme.value) }, [['', 'as the system'], ['light', 'light'], ['dark', 'dark']].map(([value, text]) => h('option', { value, text })));
        theme.value = document.documentElement.dataset.theme ?? '';
        this.account = h('div', { class: 'stack' });
        this.dialog.replaceChildren(
            h('div', { class: 'dialog-head' }, h('h2', { id: 'settings-title', text: 'Settings' }), iconButton('close', 'Close', () => this.dialog.close())),
            h('section', {}, h('h3', { text: 'Announcing' }), h('label', { class: 'check' }, sound, 'Sound of a bell'), h('label', { class: 'check' }, desktop, 'Notifications of the system'), hint,
                h('div', { class: 'button-row' }, h('button', { type: 'button', class: 'plain', onclick: () => (this.dialog.close(), this.onReceivers()) }, 'Webhooks and e-mail…'))),
            h('section', {}, h('h3', { text: 'Look' }), field('Theme', theme, null, 'field inline')),
            h('section', {}, h('h3', { text: 'Account' }), this.account),
        );
        this.renderAccount();
        if (!this.dialog.open) this.dialog.showModal();
    }

    renderAccount() {
        const { link } = this;
        const byKey = this.memory.get('key') !== null;
        const who = byKey
            ? `Signed in with an API key${link.greeting?.account ? ` as ${link.greeting.account}` : ''}.`
            : link.state.name === 'locked'
              ? 'Not signed in.'
              : 'Anonymous: a secret kept in this browser brings your alerts back. Without a visit they are removed after the time that the server’s operator chose.';
        const input = h('input', { type: 'password', autocomplete: 'current-password', spellcheck: 'false', 'aria-label': 'API key', placeholder: 'API key' });
        const signIn = (event) => {
            event.preventDefault();
            if (input.value.trim()) link.useKey(input.value.trim());
        };
        const refused = ['locked', 'refused'].includes(link.state.name) ? h('p', { class: 'form-error', role: 'alert', text: link.state.reason || 'The server refuses this browser.' }) : null;
        const signOut = h('button', { type: 'button', class: 'plain', onclick: () => link.useKey(null) }, 'Sign out');
        this.account.replaceChildren(...[h('p', { class: 'muted', text: who }), refused, h('form', { class: 'line-form', onsubmit: signIn }, h('input', { class: 'unseen', autocomplete: 'username', value: 'tickbell', tabindex: '-1', 'aria-hidden': 'true' }), input, h('button', { type: 'submit', class: 'plain' }, byKey ? 'Use another key' : 'Sign in'), byKey ? signOut : null)].filter(Boolean));
    }
}
