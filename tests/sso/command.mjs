// `mcp-auth` as a user runs it, with a home of its own, and a $BROWSER that hands each URL to the
// test instead of showing it.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tmpdir } from 'node:os';

const binary = process.env.MCP_AUTH_COMMAND ?? join(import.meta.dirname, '../../build/release/bin/mcp-auth');

export class Home {
    static async make() {
        const home = new Home();
        home.directory = await mkdtemp(join(tmpdir(), 'mcp-auth-sso-'));
        home.opened = join(home.directory, 'opened-url');
        home.opener = join(home.directory, 'opener');
        await writeFile(home.opener, `#!/bin/sh\nprintf '%s' "$1" >'${home.opened}.new'\nmv '${home.opened}.new' '${home.opened}'\n`, { mode: 0o700 });
        return home;
    }
    remove = () => rm(this.directory, { recursive: true, force: true });
    file = (name) => join(this.directory, name);
    async write(name, text) {
        await writeFile(this.file(name), text, { mode: 0o600 });
        return this.file(name);
    }

    start(argv, environment = {}) {
        const child = spawn(binary, argv, {
            stdio: ['ignore', 'pipe', 'pipe'],
            env: { PATH: process.env.PATH, HOME: this.directory, BROWSER: this.opener, ...environment },
        });
        const running = { child, out: '', err: '' };
        child.stdout.on('data', (piece) => (running.out += piece));
        child.stderr.on('data', (piece) => (running.err += piece));
        running.ended = new Promise((resolve, reject) => {
            child.on('error', reject);
            child.on('close', (code) => resolve({ code, out: running.out, err: running.err }));
        });
        return running;
    }
    run = (argv, environment) => this.start(argv, environment).ended;

    // The URL that the command wanted to have shown, or what it said when it ended before.
    async shown(running) {
        let ended = false;
        running.ended.then(() => (ended = true));
        for (;;) {
            try {
                const url = await readFile(this.opened, 'utf8');
                await rm(this.opened);
                return url;
            } catch (error) {
                if (error.code !== 'ENOENT') throw error;
            }
            if (ended) throw new Error(`the command showed no page: ${running.err}`);
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
    }
    // A line of its output, as soon as it is there.
    async said(running, pattern) {
        let ended = false;
        running.ended.then(() => (ended = true));
        for (;;) {
            const match = pattern.exec(running.out + running.err);
            if (match) return match;
            if (ended) throw new Error(`${pattern} was never said: ${running.out}${running.err}`);
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
    }
}
