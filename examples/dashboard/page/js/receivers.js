/** Where notifications go besides this page: the account's webhooks and e-mail addresses, over REST. Emits `change`. */
export class Receivers extends EventTarget {
    /** `hasAccount()`: whether the account is stored; before its first alert an anonymous one is not. */
    constructor(api, hasAccount) {
        super();
        Object.assign(this, { api, hasAccount, webhooks: [], emails: [], supported: false });
    }

    /** What an alert can name in `channels`: [{id, name}]. */
    channels() {
        const webhooks = this.webhooks.map(({ id, url }) => ({ id, name: `Webhook ${hostOf(url)}` }));
        const emails = this.emails.filter(({ state }) => state === 'verified').map(({ id, address }) => ({ id, name: address }));
        return [{ id: 'push', name: 'This page and other clients' }, ...webhooks, ...emails];
    }

    async load() {
        this.supported = await this.api.has('/webhooks');
        if (this.supported && this.hasAccount()) {
            const [webhooks, emails] = await Promise.all([this.api.get('/webhooks'), this.api.get('/emails')]);
            Object.assign(this, { webhooks: webhooks?.items ?? [], emails: emails?.items ?? [] });
        } else {
            Object.assign(this, { webhooks: [], emails: [] });
        }
        this.dispatchEvent(new Event('change'));
    }

    /** A command, and then the lists anew; the answer holds a webhook's secret where one was made. */
    async run(method, path, body) {
        const answer = await this.api.send(method, path, body);
        await this.load();
        return answer;
    }

    deliveries(id) {
        return this.api.get(`/webhooks/${encodeURIComponent(id)}/deliveries`, { limit: 20 });
    }
}

export function hostOf(url) {
    try {
        return new URL(url).host;
    } catch {
        return url;
    }
}
