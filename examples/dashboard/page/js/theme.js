// Runs before the first paint, so that a chosen theme does not flash; a classic script, for modules run later.
(() => {
    try {
        const theme = JSON.parse(localStorage.getItem('tickbell.theme'));
        if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
    } catch {
        // Without storage the system's theme holds.
    }
})();
