// Runs by itself before the first paint; vite.config.ts says how.
(() => {
    try {
        const theme: unknown = JSON.parse(localStorage.getItem('tickbell.theme') ?? 'null');
        if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
    } catch {
        // Without storage the system's theme holds.
    }
})();
