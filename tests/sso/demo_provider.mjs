// `mcp-auth login` at the demo's identity provider: its own page, its policy, its device page.
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const landed = (browser) => browser.until(async () => (await browser.url()).startsWith('http://127.0.0.1:'), 'the landing page');

// Part of every token that there is: nothing that a person reads may hold it.
const tokenPart = /eyJ[A-Za-z0-9_-]{8}/;

async function signIn(browser, user, password = 'demo') {
    await browser.type('#user', user);
    await browser.type('#password', password);
    await browser.click('#sign-in');
}

export async function demoChecks(checks, browser, home) {
    const directory = home.file('enterprise');
    const demo = home.start(['demo', '--serve', '--directory', directory]);
    await home.said(demo, /Ctrl-C ends it/);
    const config = ['--config', join(directory, 'sign-in.json')];
    const [, server] = /MCP server\s+(\S+)/.exec(demo.out);
    const run = (...argv) => home.run([...config, ...argv]);
    const whoami = async () => JSON.parse((await run('whoami', '--json')).out);
    const login = async (user, ...argv) => {
        const running = home.start([...config, 'login', ...argv]);
        await browser.open(await home.shown(running));
        await signIn(browser, user);
        await landed(browser);
        return running.ended;
    };

    await checks.group('demo: nobody is signed in', async () => {
        checks.ended('whoami', await run('whoami'), 5);
        checks.equal('whoami --json', await whoami(), { signed_in: false });
        const token = await run('token', server);
        checks.ended('token', token, 5);
        checks.matches('what to do', token.err, /run mcp-auth login/);
    });

    await checks.group('demo: alice signs in on the page', async () => {
        const running = home.start([...config, 'login']);
        await browser.open(await home.shown(running));
        checks.matches('title', await browser.title(), /Sign in/);
        checks.equal('label of the user', await browser.label('#user'), 'User');
        checks.equal('label of the password', await browser.label('#password'), 'Password');
        await signIn(browser, 'alice', 'guessed');
        await browser.until(() => browser.has('[role=alert]'), 'the complaint');
        checks.that('the command waits on', running.child.exitCode === null);
        await signIn(browser, 'alice');
        await landed(browser);
        checks.lacks('no code on the landing page', await browser.text(), /[A-Za-z0-9_-]{43}/);
        const outcome = await running.ended;
        checks.ended('login', outcome, 0);
        checks.matches('who', outcome.out, /signed in: alice@acme\.example/);
        checks.lacks('no token in what it says', outcome.out + outcome.err, tokenPart);
    });

    await checks.group('demo: the session is kept in a file of ours alone', async () => {
        const who = await whoami();
        checks.equal('subject', who.subject, '00u-alice');
        checks.equal('renewable', who.renewable, true);
        checks.equal('kept', who.kept, home.file('.local/state/mcp-auth/sessions'));
        const files = (await readdir(who.kept, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
        let holding = 0;
        for (const entry of files) {
            const path = join(entry.parentPath, entry.name);
            checks.equal(`mode of ${entry.name}`, (await stat(path)).mode & 0o777, 0o600);
            if (tokenPart.test(await readFile(path, 'utf8'))) holding += 1;
        }
        checks.equal('files with the session', holding, 1);
        const shown = await run('whoami');
        checks.lacks('no token in whoami', shown.out + shown.err + JSON.stringify(who), tokenPart);
    });

    await checks.group('demo: the sign-in is the subject of a connection', async () => {
        const connected = await run('connect', server, '--call', 'whoami');
        checks.ended('connect', connected, 0);
        checks.matches('the tool knows alice', connected.out, /alice/);
    });

    await checks.group('demo: bob takes her place, and gets nothing of hers', async () => {
        checks.ended('login', await login('bob'), 0);
        checks.equal('subject', (await whoami()).subject, '00u-bob');
        checks.ended('token', await run('token', server), 4);
    });

    await checks.group('demo: a sign-in that is cancelled on the page', async () => {
        const running = home.start([...config, 'login']);
        await browser.open(await home.shown(running));
        await browser.click('#deny');
        await landed(browser);
        const outcome = await running.ended;
        checks.ended('login', outcome, 4);
        checks.equal('bob is still signed in', (await whoami()).subject, '00u-bob');
    });

    await checks.group('demo: carol signs a machine without a browser in', async () => {
        const running = home.start([...config, 'login', '--device']);
        const [, uri, code] = await home.said(running, /Open (\S+) in any browser and enter (\S+) within/);
        await browser.open(uri);
        checks.equal('label of the code', await browser.label('#user_code'), 'Code');
        await browser.type('#user_code', code.toLowerCase());
        await signIn(browser, 'carol');
        await browser.until(async () => /Signed in/.test(await browser.title()), 'the end');
        const outcome = await running.ended;
        checks.ended('login --device', outcome, 0);
        checks.equal('subject', (await whoami()).subject, '00u-carol');
        checks.ended('token', await run('token', server), 0);
    });

    await checks.group('demo: a sign-out ends it', async () => {
        const out = await run('logout');
        checks.ended('logout', out, 0);
        checks.matches('revoked', out.out, /has revoked the session/);
        checks.ended('whoami', await run('whoami'), 5);
        checks.ended('token', await run('token', server), 5);
        checks.matches('again', (await run('logout')).out, /nobody was signed in/);
    });

    demo.child.kill('SIGTERM');
    await demo.ended;
}
