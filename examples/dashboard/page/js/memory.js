/**
 * What outlives the page: the session secret, how far events were seen, and the user's taste. Storage may be switched
 * off or full; then the page works on, and forgets.
 */
export class Memory {
    constructor(storage) {
        this.storage = storage;
        this.fallback = new Map();
    }

    /** The stored value, or `otherwise`. */
    get(name, otherwise = null) {
        try {
            const text = this.fallback.get(name) ?? this.storage.getItem(kPrefix + name);
            return text === null || text === undefined ? otherwise : JSON.parse(text);
        } catch {
            return otherwise;
        }
    }

    /** null removes it. */
    set(name, value) {
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

const kPrefix = 'tickbell.';
