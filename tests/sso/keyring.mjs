// Sessions in a real desktop keyring: gnome-keyring's secret service on a message bus of its own.
import { spawn } from 'node:child_process';
import { mkdir, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

async function startKeyring(home) {
    const bus = spawn('dbus-daemon', ['--session', '--print-address', '--nofork'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const address = await new Promise((resolve, reject) => {
        createInterface({ input: bus.stdout }).once('line', resolve);
        bus.on('error', reject);
    });
    const runtime = home.file('run');
    await mkdir(runtime, { mode: 0o700 });
    const environment = { DBUS_SESSION_BUS_ADDRESS: address, XDG_RUNTIME_DIR: runtime };
    const daemon = spawn('gnome-keyring-daemon', ['--foreground', '--unlock', '--components=secrets'], {
        stdio: ['pipe', 'ignore', 'ignore'],
        env: { PATH: process.env.PATH, HOME: home.directory, ...environment },
    });
    daemon.stdin.end('the login password');
    const ended = [bus, daemon].map((child) => new Promise((resolve) => child.on('close', resolve)));
    const stop = () => {
        daemon.kill();
        bus.kill();
        return Promise.all(ended);
    };
    return { environment, stop };
}

export async function keyringChecks(checks, browser, home) {
    const directory = home.file('keyring-enterprise');
    const demo = home.start(['demo', '--serve', '--directory', directory]);
    await home.said(demo, /Ctrl-C ends it/);
    const [, server] = /MCP server\s+(\S+)/.exec(demo.out);
    const plain = JSON.parse(await readFile(join(directory, 'sign-in.json'), 'utf8'));
    const config = ['--config', await home.write('keyring.json', JSON.stringify({ ...plain, sessions: 'keyring' }))];
    const keyring = await startKeyring(home);
    const run = (...argv) => home.run([...config, ...argv], keyring.environment);

    await checks.group('keyring: without a secret service it is said', async () => {
        const outcome = await home.run([...config, 'whoami'], { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' });
        checks.ended('whoami', outcome, 6);
        checks.matches('what is missing', outcome.err, /secret service/);
    });

    await checks.group('keyring: the session is there, and nowhere else', async () => {
        let nobody = await run('whoami');
        for (const end = Date.now() + 20_000; nobody.code === 6 && Date.now() < end;) nobody = await run('whoami');
        checks.ended('whoami', nobody, 5);
        const running = home.start([...config, 'login'], keyring.environment);
        await browser.open(await home.shown(running));
        await browser.type('#user', 'alice');
        await browser.type('#password', 'demo');
        await browser.click('#sign-in');
        checks.ended('login', await running.ended, 0);
        const who = JSON.parse((await run('whoami', '--json')).out);
        checks.equal('kept', who.kept, "in the desktop's keyring");
        checks.equal('subject', who.subject, '00u-alice');
        const places = await readdir(home.file('.local/state/mcp-auth'), { recursive: true, withFileTypes: true });
        for (const entry of places.filter((one) => one.isFile() && !/store/.test(one.parentPath)))
            checks.lacks(`${entry.name} holds no token`, await readFile(join(entry.parentPath, entry.name), 'utf8'), /eyJ/);
        checks.ended('token', await run('token', server), 0);
    });

    await checks.group('keyring: a sign-out removes it', async () => {
        checks.ended('logout', await run('logout'), 0);
        checks.ended('whoami', await run('whoami'), 5);
    });

    await keyring.stop();
    demo.child.kill('SIGTERM');
    await demo.ended;
}
