import type { Api } from './api';
import { Emitter } from './emitter';
import type { Delivery, Email, Page, Webhook } from './protocol';

/** Where notifications go besides this page: the account's webhooks and e-mail addresses, over REST. */
export class Receivers extends Emitter<{ change: void }> {
    webhooks: Webhook[] = [];
    emails: Email[] = [];
    supported = false;

    /** `hasAccount()`: whether the account is stored; before its first alert an anonymous one is not. */
    constructor(
        private readonly api: Api,
        readonly hasAccount: () => boolean,
    ) {
        super();
    }

    /** What an alert can name in `channels`. */
    channels(): { id: string; name: string }[] {
        const webhooks = this.webhooks.map(({ id, url }) => ({ id, name: `Webhook ${hostOf(url)}` }));
        const emails = this.emails.filter(({ state }) => state === 'verified').map(({ id, address }) => ({ id, name: address }));
        return [{ id: 'push', name: 'This page and other clients' }, ...webhooks, ...emails];
    }

    async load(): Promise<void> {
        this.supported = await this.api.has('/webhooks');
        const known = this.supported && this.hasAccount();
        const [webhooks, emails] = known ? await Promise.all([this.api.get<Page<Webhook>>('/webhooks'), this.api.get<Page<Email>>('/emails')]) : [];
        this.webhooks = webhooks?.items ?? [];
        this.emails = emails?.items ?? [];
        this.emit('change', undefined);
    }

    /** A command, and then the lists anew; the answer holds a webhook's secret where one was made. */
    async run<Answer>(method: string, path: string, body?: object): Promise<Answer | null> {
        const answer = await this.api.send<Answer>(method, path, body);
        await this.load();
        return answer;
    }

    async deliveries(id: string): Promise<Delivery[]> {
        return (await this.api.get<Page<Delivery>>(`/webhooks/${encodeURIComponent(id)}/deliveries`, { limit: 20 }))?.items ?? [];
    }

    /** Sends a message for trying out, and says how it went. */
    test(path: string): Promise<{ delivered: boolean; status?: number; latency_ms?: number; error?: string } | null> {
        return this.api.send('POST', `${path}/test`);
    }
}

export function hostOf(url: string): string {
    try {
        return new URL(url).host;
    } catch {
        return url;
    }
}
