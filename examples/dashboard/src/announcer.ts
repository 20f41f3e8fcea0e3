import type { Memory } from './memory';

type DesktopState = 'unsupported' | 'denied' | 'on' | 'off';

/** Sound and the system's notifications; each only where the user switched it on. */
export class Announcer {
    private audio: AudioContext | undefined;

    constructor(private readonly memory: Memory) {}

    get sound(): boolean {
        return this.memory.get('sound') ?? true;
    }

    set sound(on: boolean) {
        this.memory.set('sound', on);
        if (on) this.chime();
    }

    /** The system's notifications. */
    get desktop(): DesktopState {
        if (!('Notification' in globalThis)) return 'unsupported';
        if (Notification.permission === 'denied') return 'denied';
        return this.memory.get('desktop') && Notification.permission === 'granted' ? 'on' : 'off';
    }

    async setDesktop(on: boolean): Promise<DesktopState> {
        if (on && 'Notification' in globalThis && Notification.permission === 'default') await Notification.requestPermission();
        this.memory.set('desktop', on);
        return this.desktop;
    }

    announce({ id, title, text }: { id: string; title: string; text: string }): void {
        if (this.sound) this.chime();
        if (this.desktop !== 'on' || document.visibilityState === 'visible') return;
        try {
            // The tag is the notification's id: several open pages show it once.
            const shown = new Notification(title, { body: text, tag: id });
            shown.onclick = () => {
                window.focus();
                shown.close();
            };
        } catch {
            // Some phones allow them to service workers only; the page's own list has it.
        }
    }

    /** Two short tones of a bell, made here: no file to load. A browser allows none before the first click or key. */
    private chime(): void {
        if (!navigator.userActivation?.hasBeenActive) return;
        try {
            const audio = (this.audio ??= new AudioContext());
            const start = audio.currentTime;
            [880, 1318.5].forEach((frequency, i) => {
                const [tone, volume] = [audio.createOscillator(), audio.createGain()] as const;
                tone.frequency.value = frequency;
                volume.gain.setValueAtTime(0.0001, start + i * 0.14);
                volume.gain.exponentialRampToValueAtTime(0.18, start + i * 0.14 + 0.02);
                volume.gain.exponentialRampToValueAtTime(0.0001, start + i * 0.14 + 0.7);
                tone.connect(volume).connect(audio.destination);
                tone.start(start + i * 0.14);
                tone.stop(start + i * 0.14 + 0.75);
            });
        } catch {
            // No audio device.
        }
    }
}
