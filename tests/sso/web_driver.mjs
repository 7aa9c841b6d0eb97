// A real browser, driven by the W3C WebDriver protocol: headless Chromium behind its driver.
//
//     const browser = await Browser.start();
//     await browser.open(url);
//     await browser.type('#user', 'alice');
//     await browser.click('#sign-in');
//     await browser.until(async () => (await browser.title()).startsWith('Signed in'));
//     await browser.stop();
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { tmpdir } from 'node:os';

// The key of an element's reference in every answer (WebDriver 12.1).
const elementKey = 'element-6066-11e4-a52e-4f735466cecf';

async function startDriver() {
    // Its own process group: the driver's browsers go with it.
    const driver = spawn('chromedriver', ['--port=0'], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const port = await new Promise((resolve, reject) => {
        let output = '';
        const read = (piece) => {
            output += piece;
            const started = /started successfully on port (\d+)/.exec(output);
            if (started) resolve(Number(started[1]));
        };
        driver.stdout.on('data', read);
        driver.stderr.on('data', read);
        driver.on('error', reject);
        driver.on('close', () => reject(new Error(`chromedriver ended: ${output}`)));
    });
    return { driver, port };
}

export class Browser {
    static async start() {
        const browser = new Browser();
        const { driver, port } = await startDriver();
        browser.driver = driver;
        browser.base = `http://127.0.0.1:${port}`;
        browser.profile = await mkdtemp(join(tmpdir(), 'mcp-auth-chromium-'));
        const { sessionId } = await browser.ask('POST', '/session', {
            capabilities: {
                alwaysMatch: {
                    browserName: 'chrome',
                    acceptInsecureCerts: true, // the demo's authority is made on the spot
                    'goog:chromeOptions': {
                        args: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage',
                            '--no-first-run', `--user-data-dir=${browser.profile}`],
                    },
                },
            },
        });
        browser.session = `/session/${sessionId}`;
        return browser;
    }

    async ask(method, path, body) {
        const answer = await fetch(this.base + path, {
            method,
            headers: { 'content-type': 'application/json' },
            body: body === undefined ? undefined : JSON.stringify(body),
            signal: AbortSignal.timeout(60_000),
        });
        const { value } = await answer.json();
        if (!answer.ok) throw new Error(`${method} ${path}: ${value?.error}: ${value?.message?.split('\n')[0]}`);
        return value;
    }

    open = (url) => this.ask('POST', `${this.session}/url`, { url });
    url = () => this.ask('GET', `${this.session}/url`);
    title = () => this.ask('GET', `${this.session}/title`);
    // In one step: an element that was found may be gone with its page by the time it is asked.
    text = () => this.ask('POST', `${this.session}/execute/sync`, { script: 'return document.body?.innerText ?? ""', args: [] });
    forget = () => this.ask('DELETE', `${this.session}/cookie`);

    async find(selector) {
        const found = await this.ask('POST', `${this.session}/element`, { using: 'css selector', value: selector });
        return found[elementKey];
    }
    async has(selector) {
        const found = await this.ask('POST', `${this.session}/elements`, { using: 'css selector', value: selector });
        return found.length > 0;
    }
    async click(selector) {
        await this.ask('POST', `${this.session}/element/${await this.find(selector)}/click`, {});
    }
    async type(selector, text) {
        const element = `${this.session}/element/${await this.find(selector)}`;
        await this.ask('POST', `${element}/clear`, {});
        await this.ask('POST', `${element}/value`, { text });
    }
    // What assistive technology is told of an element.
    async label(selector) {
        return this.ask('GET', `${this.session}/element/${await this.find(selector)}/computedlabel`);
    }
    async until(condition, what, milliseconds = 30_000) {
        const end = Date.now() + milliseconds;
        while (!(await condition())) {
            if (Date.now() > end) throw new Error(`waited in vain for ${what}; the page is: ${await this.text()}`);
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
    }

    async stop() {
        try {
            await this.ask('DELETE', this.session);
        } finally {
            process.kill(-this.driver.pid);
            await rm(this.profile, { recursive: true, force: true, maxRetries: 5 });
        }
    }
}
