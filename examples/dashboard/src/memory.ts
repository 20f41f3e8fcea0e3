const kPrefix = 'tickbell.';

/** What is remembered, by name. */
export interface Remembered {
    key: string;
    session: string;
    seen: { account: string; epoch: string; seq: number };
    symbol: string;
    interval: string;
    tab: string;
    theme: string;
    sound: boolean;
    desktop: boolean;
    offered: boolean;
}

/**
 * What outlives the page: the session secret, how far events were seen, and the user's taste. Storage may be switched
 * off or full; then the page works on, and forgets.
 */
export class Memory {
    private readonly fallback = new Map<string, string>();

    constructor(private readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>) {}

    /** null where nothing is stored. */
    get<Name extends keyof Remembered>(name: Name): Remembered[Name] | null {
        try {
            const text = this.fallback.get(name) ?? this.storage.getItem(kPrefix + name);
            return text === null ? null : (JSON.parse(text) as Remembered[Name]);
        } catch {
            return null;
        }
    }

    /** null removes it. */
    set<Name extends keyof Remembered>(name: Name, value: Remembered[Name] | null): void {
        const text = JSON.stringify(value);
        try {
            if (value === null) this.storage.removeItem(kPrefix + name);
            else this.storage.setItem(kPrefix + name, text);
            this.fallback.delete(name);
        } catch {
            this.fallback.set(name, text);
        }
    }
}
