import { field, h, iconButton, makeDialog } from './dom';
import { clockText, dateText } from './format';
import type { Delivery, Email, Webhook } from './protocol';
import { hostOf, type Receivers } from './receivers';
import { messageOf, type Toasts } from './toasts';

const kFormats: [string, string][] = [['standard', 'Standard Webhooks'], ['discord', 'Discord'], ['slack', 'Slack'], ['telegram', 'Telegram'], ['ntfy', 'ntfy']];
const kLogColumns: [string, string][] = [['Time', ''], ['State', ''], ['Status', 'number'], ['Took', 'number'], ['Tries', 'number'], ['', '']];

interface ViewDeps {
    receivers: Receivers;
    toasts: Toasts;
}

/** The dialog of webhooks and e-mail addresses: add, try out, look into the log, remove. */
export class ReceiversView {
    private readonly webhooks = h('ul', { class: 'rows', 'aria-label': 'Webhooks' });
    private readonly emails = h('ul', { class: 'rows', 'aria-label': 'E-mail addresses' });
    private readonly secret = h('div', { class: 'secret', role: 'status', hidden: true });
    private readonly note = h('div', { class: 'empty' }, h('p'));
    private readonly url = h('input', { type: 'url', placeholder: 'https://example.org/hook', autocomplete: 'off', spellcheck: 'false' });
    private readonly format = h('select', {}, kFormats.map(([value, text]) => h('option', { value, text })));
    private readonly maxAge = h('input', { placeholder: '1h', autocomplete: 'off', spellcheck: 'false' });
    private readonly address = h('input', { type: 'email', placeholder: 'me@example.org', autocomplete: 'email', 'aria-label': 'E-mail address' });
    private readonly error = h('p', { class: 'form-error', role: 'alert' });
    private readonly parts = h(
        'div', {},
        h('section', {}, h('h3', { text: 'Webhooks' }), this.webhooks, this.secret,
            h('form', { class: 'add-webhook', onsubmit: (event) => void this.addWebhook(event), novalidate: true },
                field('URL', this.url),
                h('div', { class: 'form-grid' }, field('Format', this.format), field('Not tried after', this.maxAge, 'a price alert ages; 1s to 7d')),
                h('div', { class: 'dialog-foot' }, h('button', { type: 'submit', class: 'primary' }, 'Add webhook')))),
        h('section', {}, h('h3', { text: 'E-mail' }), this.emails,
            h('form', { class: 'line-form', onsubmit: (event) => void this.addEmail(event), novalidate: true }, this.address, h('button', { type: 'submit', class: 'plain' }, 'Add address'))),
    );
    private readonly dialog = makeDialog({ class: 'dialog wide', 'aria-labelledby': 'receivers-title' },
        h('div', { class: 'dialog-head' }, h('h2', { id: 'receivers-title', text: 'Webhooks and e-mail' }), iconButton('close', 'Close', () => this.dialog.close())), this.note, this.error, this.parts);
    /** Logs that are open: they stay open when the lists come anew. */
    private readonly opened = new Set<string>();

    constructor(private readonly deps: ViewDeps) {
        deps.receivers.on('change', () => this.dialog.open && this.render());
    }

    async open(): Promise<void> {
        this.error.textContent = '';
        this.secret.hidden = true;
        this.opened.clear();
        this.dialog.showModal();
        this.render();
        await this.attempt(() => this.deps.receivers.load());
    }

    private render(): void {
        const { supported, webhooks, emails, hasAccount } = this.deps.receivers;
        const ready = supported && hasAccount();
        this.parts.hidden = !ready;
        this.note.hidden = ready;
        this.note.firstElementChild!.textContent = supported ? 'Create an alert first: with it this browser gets an account that webhooks can belong to.' : 'This server sends no webhooks and no e-mail.';
        this.webhooks.replaceChildren(...webhooks.map((webhook) => this.webhookRow(webhook)));
        this.emails.replaceChildren(...emails.map((email) => this.emailRow(email)));
    }

    private webhookRow({ id, url, format, max_age: maxAge, state, reason }: Webhook): HTMLElement {
        const { receivers } = this.deps;
        const path = `/webhooks/${encodeURIComponent(id)}`;
        const log = h('div', { class: 'log', hidden: true });
        const button = (text: string, run: () => Promise<unknown>) => h('button', { type: 'button', class: 'plain small', onclick: () => void this.attempt(run) }, text);
        if (this.opened.has(id)) void this.attempt(() => this.fillLog(id, log));
        return h(
            'li', { class: 'receiver', 'data-state': state },
            h('div', { class: 'alert-top' }, h('strong', { text: hostOf(url), title: url }), h('span', { class: 'state', text: state === 'enabled' ? 'Enabled' : 'Disabled' }), h('span', { class: 'tag', text: format }), h('span', { class: 'tag', text: `up to ${maxAge}` })),
            h('p', { class: 'receiver-url', text: url }),
            reason ? h('p', { class: 'form-error', text: reason }) : null,
            h('div', { class: 'button-row' },
                state === 'disabled' ? button('Enable', () => receivers.run('POST', `${path}/enable`)) : null,
                button('Test', () => this.tryOut(path)),
                button('Log', () => this.toggleLog(id, log)),
                button('New secret', async () => this.showSecret(await receivers.run<Webhook>('POST', `${path}/rotate`))),
                button('Remove', () => receivers.run('DELETE', path))),
            log,
        );
    }

    private emailRow({ id, address, state }: Email): HTMLElement {
        const { receivers } = this.deps;
        const path = `/emails/${encodeURIComponent(id)}`;
        const code = h('input', { inputmode: 'numeric', autocomplete: 'one-time-code', placeholder: 'Code from the mail', 'aria-label': `Code for ${address}` });
        const verify = (event: SubmitEvent): void => {
            event.preventDefault();
            void this.attempt(() => receivers.run('POST', `${path}/verify`, { code: code.value.trim() }));
        };
        return h(
            'li', { class: 'receiver', 'data-state': state },
            h('div', { class: 'alert-top' }, h('strong', { text: address }), h('span', { class: 'state', text: state === 'verified' ? 'Verified' : 'Not verified yet' })),
            state === 'verified' ? null : h('form', { class: 'line-form', onsubmit: verify }, code, h('button', { type: 'submit', class: 'plain' }, 'Verify')),
            h('div', { class: 'button-row' }, h('button', { type: 'button', class: 'plain small', onclick: () => void this.attempt(() => receivers.run('DELETE', path)) }, 'Remove')),
        );
    }

    private async addWebhook(event: SubmitEvent): Promise<void> {
        event.preventDefault();
        const maxAge = this.maxAge.value.trim();
        await this.attempt(async () => {
            this.showSecret(await this.deps.receivers.run<Webhook>('POST', '/webhooks', { url: this.url.value.trim(), format: this.format.value, ...(maxAge && { max_age: maxAge }) }));
            this.url.value = '';
        });
    }

    private async addEmail(event: SubmitEvent): Promise<void> {
        event.preventDefault();
        await this.attempt(async () => {
            await this.deps.receivers.run('POST', '/emails', { address: this.address.value.trim() });
            this.address.value = '';
        });
    }

    /** The server shows a secret only now. */
    private showSecret(webhook: Webhook | null): void {
        const secret = webhook?.secret;
        if (!secret) return;
        const value = h('input', { value: secret, readonly: true, 'aria-label': 'Signing secret', class: 'number' });
        const copy = h('button', { type: 'button', class: 'plain', onclick: () => void navigator.clipboard?.writeText(secret).then(() => (copy.textContent = 'Copied')) }, 'Copy');
        this.secret.replaceChildren(h('p', { text: 'The secret that signs its messages. It is shown this once.' }), h('div', { class: 'line-form' }, value, copy));
        this.secret.hidden = false;
        value.select();
    }

    private async tryOut(path: string): Promise<void> {
        const answer = await this.deps.receivers.test(path);
        const { delivered = false, status, latency_ms: latency, error } = answer ?? {};
        const text = [status ? `status ${status}` : '', latency ? `${latency} ms` : '', error ?? ''].filter(Boolean).join(', ');
        this.deps.toasts.show({ title: delivered ? 'The test arrived' : 'The test did not arrive', text, tone: delivered ? 'good' : 'bad' });
    }

    private async toggleLog(id: string, log: HTMLElement): Promise<void> {
        if (this.opened.delete(id)) {
            log.hidden = true;
            return;
        }
        this.opened.add(id);
        await this.fillLog(id, log);
    }

    private async fillLog(id: string, log: HTMLElement): Promise<void> {
        const rows = await this.deps.receivers.deliveries(id);
        log.hidden = false;
        log.replaceChildren(rows.length > 0
            ? h('table', { class: 'market' }, h('thead', {}, h('tr', {}, kLogColumns.map(([text, style]) => h('th', { scope: 'col', class: style, text })))), h('tbody', {}, rows.map((row) => this.deliveryRow(row))))
            : h('p', { class: 'muted', text: 'Nothing was sent yet.' }));
    }

    private deliveryRow({ id, created, state, status, latency_ms: latency, attempt, next_try: nextTry, error }: Delivery): HTMLElement {
        const again = () => this.deps.receivers.run('POST', `/deliveries/${encodeURIComponent(id)}/redeliver`);
        return h('tr', {},
            h('td', { text: created ? clockText(created) : '–', title: created ? dateText(created) : '' }),
            h('td', { text: state, title: [error ?? '', nextTry ? `next try ${dateText(nextTry)}` : ''].filter(Boolean).join('; ') }),
            h('td', { class: 'number', text: status || '–' }),
            h('td', { class: 'number', text: latency ? `${latency} ms` : '–' }),
            h('td', { class: 'number', text: attempt }),
            h('td', { class: 'number' }, h('button', { type: 'button', class: 'plain small', title: 'Deliver once more', onclick: () => void this.attempt(again) }, 'Again')));
    }

    private async attempt(run: () => Promise<unknown>): Promise<void> {
        this.error.textContent = '';
        try {
            await run();
        } catch (error) {
            this.error.textContent = messageOf(error);
        }
    }
}
