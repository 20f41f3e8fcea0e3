import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

const kStepMs = 20_000;
const kChromium = [process.env.TICKBELL_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => path && existsSync(path));
const kFlags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-dev-shm-usage'];

/** Why the tests cannot run here; an empty text when they can. ctest counts a run that prints this as skipped. */
export const kMissing = kChromium ? '' : 'browser: skipped, there is no chromium; scripts/setup --tests installs it';

/** A browser whose pages report whatever went wrong in them. */
export class Browser {
    static async start() {
        const { chromium } = await import('playwright-core');
        const browser = new Browser();
        browser.browser = await chromium.launch({ executablePath: kChromium, args: kFlags });
        browser.problems = [];
        return browser;
    }

    /** A page of a visitor of its own (no storage shared); `options` are those of a browser context, `prepare(page)` comes before the page does. */
    async visit(url, { prepare, ...options } = {}) {
        const context = await this.browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
        const page = await context.newPage();
        page.setDefaultTimeout(kStepMs);
        page.on('pageerror', (error) => this.problems.push(`exception: ${error.message}`));
        page.on('console', (message) => ['error', 'warning'].includes(message.type()) && this.note(page, message.text()));
        // Violations that a browser reports to the page but not to its console are found too.
        await page.addInitScript(() => {
            globalThis.violations = [];
            document.addEventListener('securitypolicyviolation', (event) => globalThis.violations.push(`${event.violatedDirective}: ${event.blockedURI}`));
        });
        await prepare?.(page);
        await page.goto(url);
        return page;
    }

    /** While `page.serverDown` is set, a browser rightly says that it cannot connect; with `page.refused`, that a request was wrong. */
    note(page, text) {
        if (page.serverDown && /ERR_|WebSocket connection to/.test(text)) return;
        if (page.refused && /status of 400/.test(text)) return;
        this.problems.push(text);
    }

    /** Closes the page and its visitor. */
    async leave(page) {
        this.problems.push(...(await page.evaluate(() => globalThis.violations)));
        await page.context().close();
    }

    /** Into the folder that the build names, for people to look at. */
    async shoot(page, name) {
        const folder = process.env.TICKBELL_SCREENSHOTS;
        if (!folder) return;
        mkdirSync(folder, { recursive: true });
        await page.screenshot({ path: join(folder, `${name}.png`) });
    }

    async stop() {
        await this.browser.close();
    }
}

/** The dashboard as a visitor uses it. */
export class Dashboard {
    constructor(page, stack) {
        Object.assign(this, { page, stack });
    }

    get rows() {
        return this.page.locator('#panel-alerts .alert-row');
    }

    get notices() {
        return this.page.locator('#panel-notices .notice-row');
    }

    get levels() {
        return this.page.locator('.level:not([hidden]) .level-handle');
    }

    async ready() {
        await this.live();
        await this.page.locator('#chart-note').waitFor({ state: 'hidden' });
    }

    live() {
        return this.page.locator('#connection[data-tone=good]').waitFor();
    }

    async tab(name) {
        await this.page.getByRole('tab', { name }).click();
    }

    /** An alert by a line of text; answers its row once it has this state. */
    async type(line, state = 'Armed') {
        const before = await this.rows.count();
        await this.page.getByLabel('New alert as a line of text').fill(line);
        await this.page.keyboard.press('Enter');
        await this.rows.nth(before).waitFor();
        const row = this.rows.first();
        await row.locator('.state', { hasText: state }).waitFor();
        return row;
    }

    /** A point of the chart by shares of its width and height, from the left and the top. */
    async point(x, y) {
        const box = await this.page.locator('#chart').boundingBox();
        return { x: box.x + box.width * x, y: box.y + box.height * y };
    }

    /** What the server stores, asked beside the page. */
    async stored(path) {
        const secret = await this.page.evaluate(() => JSON.parse(localStorage.getItem('tickbell.session')));
        const answer = await fetch(`${this.stack.url}api/v1${path}`, { headers: { Authorization: `Bearer ${secret}` } });
        return answer.json();
    }

    /** Until `check` answers true; the page's own waiting covers everything but the server. */
    async until(what, check) {
        const end = Date.now() + kStepMs;
        for (;;) {
            if (await check()) return;
            if (Date.now() > end) throw new Error(`did not happen: ${what}`);
            await new Promise((resolve) => setImmediate(resolve));
        }
    }
}
