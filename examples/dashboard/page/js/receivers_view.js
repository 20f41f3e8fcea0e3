import { field, h, iconButton } from './dom.js';
import { dateText } from './format.js';
import { hostOf } from './receivers.js';

const kFormats = [['standard', 'Standard Webhooks'], ['discord', 'Discord'], ['slack', 'Slack'], ['telegram', 'Telegram'], ['ntfy', 'ntfy']];

/** The dialog of webhooks and e-mail addresses: add, try out, look into the log, remove. */
export class ReceiversView {
    constructor({ receivers, toasts }) {
        Object.assign(this, { receivers, toasts });
        this.webhooks = h('ul', { class: 'rows', 'aria-label': 'Webhooks' });
        this.emails = h('ul', { class: 'rows', 'aria-label': 'E-mail addresses' });
        this.secret = h('div', { class: 'secret', role: 'status', hidden: true });
        this.note = h('p', { class: 'muted' });
        this.url = h('input', { type: 'url', placeholder: 'https://example.org/hook', autocomplete: 'off', spellcheck: 'false' });
        this.format = h('select', {}, kFormats.map(([value, text]) => h('option', { value, text })));
        this.address = h('input', { type: 'email', placeholder: 'me@example.org', autocomplete: 'email' });
        this.error = h('p', { class: 'form-error', role: 'alert' });
        this.parts = h(
            'div', { class: 'stack' },
            h('section', {}, h('h3', { text: 'Webhooks' }), this.webhooks, this.secret,
                h('form', { onsubmit: (event) => this.addWebhook(event), novalidate: true }, h('div', { class: 'form-grid' }, field('URL', this.url), field('Format', this.format)), h('div', { class: 'dialog-foot' }, h('button', { type: 'submit', class: 'primary' }, 'Add webhook')))),
            h('section', {}, h('h3', { text: 'E-mail' }), this.emails,
                h('form', { class: 'line-form', onsubmit: (event) => this.addEmail(event), novalidate: true }, this.address, h('button', { type: 'submit', class: 'plain' }, 'Add address'))),
        );
        this.dialog = h('dialog', { class: 'dialog', 'aria-labelledby': 'receivers-title' }, h('div', { class: 'dialog-head' }, h('h2', { id: 'receivers-title', text: 'Webhooks and e-mail' }), iconButton('close', 'Close', () => this.dialog.close())), this.note, this.error, this.parts);
        this.address.setAttribute('aria-label', 'E-mail address');
        this.dialog.addEventListener('click', (event) => event.target === this.dialog && this.dialog.close());
        document.body.append(this.dialog);
        receivers.addEventListener('change', () => this.dialog.open && this.render());
    }

    async open() {
        this.error.textContent = '';
        this.secret.hidden = true;
        this.dialog.showModal();
        this.render();
        await this.attempt(() => this.receivers.load());
    }

    render() {
        const { supported, webhooks, emails } = this.receivers;
        const ready = supported && this.receivers.hasAccount();
        this.parts.hidden = !ready;
        this.note.hidden = ready;
        this.note.textContent = supported ? 'Create an alert first: with it this browser gets an account that webhooks can belong to.' : 'This server sends no webhooks and no e-mail.';
        this.webhooks.replaceChildren(...webhooks.map((webhook) => this.webhookRow(webhook)));
        this.emails.replaceChildren(...emails.map((email) => this.emailRow(email)));
    }

    webhookRow({ id, url, format, state, reason }) {
        const path = `/webhooks/${encodeURIComponent(id)}`;
        const log = h('div', { hidden: true });
        const button = (text, onclick) => h('button', { type: 'button', class: 'plain small', onclick }, text);
        return h(
            'li', { class: 'receiver' },
            h('div', { class: 'alert-top' }, h('strong', { text: hostOf(url), title: url }), h('span', { class: 'tag', text: format }), h('span', { class: 'tag', text: state })),
            reason ? h('p', { class: 'form-error', text: reason }) : null,
            h('div', { class: 'button-row' },
                state === 'disabled' ? button('Enable', () => this.attempt(() => this.receivers.run('POST', `${path}/enable`))) : null,
                button('Test', () => this.attempt(() => this.tryOut(path))),
                button('Log', () => this.attempt(() => this.toggleLog(id, log))),
                button('New secret', () => this.attempt(async () => this.showSecret(await this.receivers.run('POST', `${path}/rotate`)))),
                button('Remove', () => this.attempt(() => this.receivers.run('DELETE', path)))),
            log,
        );
    }

    emailRow({ id, address, state }) {
        const path = `/emails/${encodeURIComponent(id)}`;
        const code = h('input', { inputmode: 'numeric', autocomplete: 'one-time-code', placeholder: 'Code from the mail', 'aria-label': `Code for ${address}` });
        const verify = (event) => {
            event.preventDefault();
            this.attempt(() => this.receivers.run('POST', `${path}/verify`, { code: code.value.trim() }));
        };
        return h(
            'li', { class: 'receiver' },
            h('div', { class: 'alert-top' }, h('strong', { text: address }), h('span', { class: 'tag', text: state })),
            state === 'verified' ? null : h('form', { class: 'line-form', onsubmit: verify }, code, h('button', { type: 'submit', class: 'plain' }, 'Verify')),
            h('div', { class: 'button-row' }, h('button', { type: 'button', class: 'plain small', onclick: () => this.attempt(() => this.receivers.run('DELETE', path)) }, 'Remove')),
        );
    }

    async addWebhook(event) {
        event.preventDefault();
        await this.attempt(async () => {
            this.showSecret(await this.receivers.run('POST', '/webhooks', { url: this.url.value.trim(), format: this.format.value }));
            this.url.value = '';
        });
    }

    async addEmail(event) {
        event.preventDefault();
        await this.attempt(async () => {
            await this.receivers.run('POST', '/emails', { address: this.address.value.trim() });
            this.address.value = '';
        });
    }

    /** The server shows a secret only now. */
    showSecret({ secret }) {
        const value = h('input', { value: secret, readonly: true, 'aria-label': 'Signing secret', class: 'number' });
        const copy = h('button', { type: 'button', class: 'plain', onclick: () => navigator.clipboard?.writeText(secret).then(() => (copy.textContent = 'Copied')) }, 'Copy');
        this.secret.replaceChildren(h('p', { text: 'The secret that signs its messages. It is shown this once.' }), h('div', { class: 'line-form' }, value, copy));
        this.secret.hidden = false;
        value.select();
    }

    async tryOut(path) {
        const { delivered, status, latency_ms: latency, error } = await this.receivers.api.send('POST', `${path}/test`);
        this.toasts.show({ title: delivered ? 'The test arrived' : 'The test did not arrive', text: [status ? `status ${status}` : null, latency ? `${latency} ms` : null, error].filter(Boolean).join(', '), tone: delivered ? 'good' : 'bad' });
    }

    async toggleLog(id, log) {
        log.hidden = !log.hidden;
        if (log.hidden) return;
        const { items } = await this.receivers.deliveries(id);
        const row = ({ id: delivery, created, state, status, attempt, error }) =>
            h('tr', {}, h('td', { text: dateText(created) }), h('td', { text: state, title: error ?? '' }), h('td', { class: 'number', text: status || '–' }), h('td', { class: 'number', text: String(attempt) }),
                h('td', {}, h('button', { type: 'button', class: 'plain small', onclick: () => this.attempt(() => this.receivers.run('POST', `/deliveries/${encodeURIComponent(delivery)}/redeliver`)) }, 'Again')));
        const head = ['Time', 'State', 'Status', 'Tries', ''].map((text) => h('th', { scope: 'col', text }));
        log.replaceChildren(items.length > 0 ? h('table', { class: 'market' }, h('thead', {}, h('tr', {}, head)), h('tbody', {}, items.map(row))) : h('p', { class: 'muted', text: 'Nothing was sent yet.' }));
    }

    async attempt(run) {
        this.error.textContent = '';
        try {
            await run();
        } catch (error) {
            this.error.textContent = error.message;
        }
    }
}
