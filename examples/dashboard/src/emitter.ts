/** Events by name, each with a value of its own type. A listener that fails is reported, and the others still hear. */
export class Emitter<Events extends object> {
    private readonly listeners = new Map<keyof Events, ((detail: never) => void)[]>();

    on<Name extends keyof Events>(name: Name, run: (detail: Events[Name]) => void): void {
        this.listeners.set(name, [...(this.listeners.get(name) ?? []), run]);
    }

    protected emit<Name extends keyof Events>(name: Name, detail: Events[Name]): void {
        for (const run of this.listeners.get(name) ?? []) {
            try {
                (run as (value: Events[Name]) => void)(detail);
            } catch (error) {
                queueMicrotask(() => {
                    throw error;
                });
            }
        }
    }
}
