// `mcp-auth login` at panva's oidc-provider: what it makes of our requests, and we of its answers.
import { createServer } from 'node:http';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { exchangeGrant, startOpenIdProvider } from './openid_provider.mjs';

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

// An MCP server that is only asked what it is, and an authorization server that is never reached.
async function startResource() {
    const server = createServer((request, response) => {
        const answer = (body) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
        if (request.url === '/.well-known/oauth-protected-resource/mcp') return answer({ resource: `${origin}/mcp`, authorization_servers: [origin] });
        if (request.url === '/.well-known/oauth-authorization-server') return answer({ issuer: origin, token_endpoint: `${origin}/token` });
        return response.writeHead(request.url === '/mcp' ? 401 : 404).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const origin = `http://localhost:${server.address().port}`;
    return { origin, stop: () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); }) };
}

function configuration(idp, client, resource, dpopKey) {
    return JSON.stringify({
        version: 1,
        providers: {
            panva: {
                plugin: 'cross-app-access',
                clients: { idp: { issuer: idp.issuer, ...client } },
                subject: {
                    type: 'id_token', from: { session: client.id ?? 'registered' }, scopes: ['email'],
                    ...(dpopKey ? { dpop: { key: { file: dpopKey } } } : {}),
                },
            },
        },
        connections: [{
            name: 'chat', server: `${resource.origin}/mcp`, provider: 'panva', issuer: resource.origin,
            clients: { mcp: { id: 'host' } },
        }],
        policy: { allow_http_loopback: true },
    });
}

async function enter(browser, user) {
    await browser.type('input[name=login]', user);
    await browser.type('input[name=password]', 'any');
    await browser.click('button[type=submit]');
    await browser.until(async () => /Authorize/.test(await browser.text()), 'the consent page');
    await browser.click('button[type=submit]');
}

// `mcp-auth login` and alice in the browser.
async function signIn(checks, browser, home, config) {
    const running = home.start([...config, 'login']);
    await browser.open(await home.shown(running));
    await enter(browser, 'alice');
    await browser.until(async () => (await browser.url()).startsWith('http://127.0.0.1:'), 'the landing page');
    checks.ended('login', await running.ended, 0);
}

async function clientChecks(checks, browser, home, resource, { name, ours, theirs, dpopKey }) {
    const dpop = Boolean(dpopKey);
    const idp = await startOpenIdProvider({
        dpopNonces: dpop,
        clients: [{
            client_id: ours.id, application_type: 'native', redirect_uris: ['http://127.0.0.1/callback'],
            response_types: ['code'], grant_types: ['authorization_code', 'refresh_token', deviceGrant, exchangeGrant], ...theirs,
        }],
    });
    const config = ['--config', await home.write(`${ours.id}.json`, configuration(idp, ours, resource, dpopKey))];
    const run = (...argv) => home.run([...config, ...argv]);
    const whoami = async () => JSON.parse((await run('whoami', '--json')).out);
    const granted = (grant) => idp.seen.filter((event) => event.grant === grant && !event.error);
    const method = ours.method === 'private_key_jwt' ? 'private_key_jwt' : 'other';

    await checks.group(`oidc-provider, ${name}: code flow`, async () => {
        await signIn(checks, browser, home, config);
        const who = await whoami();
        checks.equal('subject', who.subject, 'alice');
        checks.equal('issuer', who.issuer, idp.issuer);
        checks.equal('renewable', who.renewable, true);
        checks.equal('one code grant', granted('authorization_code'), [{ grant: 'authorization_code', client: ours.id, dpop, method }]);
    });

    await checks.group(`oidc-provider, ${name}: the ID token is renewed, twice`, async () => {
        for (const times of [1, 2]) {
            // Whatever comes of the exchange: it is asked for with an ID token that was renewed for it.
            const outcome = await run('assertion', `${resource.origin}/mcp`);
            checks.ended('assertion', outcome, 4);
            checks.matches('says who refused', outcome.err, /invalid_target/);
            checks.equal('exchanges', idp.seen.filter((event) => event.exchanged === 'alice').length, times);
            checks.equal('refresh grants', granted('refresh_token').length, times);
        }
        checks.equal('as which client', granted('refresh_token')[1], { grant: 'refresh_token', client: ours.id, dpop, method });
        checks.equal('still signed in', (await whoami()).renewable, true);
    });

    await checks.group(`oidc-provider, ${name}: device flow`, async () => {
        const running = home.start([...config, 'login', '--device']);
        const [, uri] = await home.said(running, /With the code in it: (\S+)/);
        await browser.open(uri);
        await browser.forget(); // that alice is signed in there
        await browser.open(uri);
        await browser.click('button[type=submit]');
        await browser.until(() => browser.has('input[name=login]'), 'the sign-in page');
        await enter(browser, 'bob');
        await browser.until(async () => /Sign-in Success/.test(await browser.text()), 'the end');
        checks.ended('login --device', await running.ended, 0);
        checks.equal('subject', (await whoami()).subject, 'bob');
        checks.equal('one device grant', granted(deviceGrant), [{ grant: deviceGrant, client: ours.id, dpop, method }]);
        await browser.forget();
    });

    await checks.group(`oidc-provider, ${name}: sign-out`, async () => {
        const out = await run('logout');
        checks.ended('logout', out, 0);
        checks.matches('revoked', out.out, /has revoked the session/);
        checks.that('the provider agrees', idp.seen.some((event) => event.revoked));
        checks.ended('whoami', await run('whoami'), 5);
    });
    for (const event of idp.seen.filter((one) => one.server_error)) console.log(event.server_error);
    await idp.stop();
}

// A client without an id: the provider registers it, with the redirect that it listens at.
async function registrationChecks(checks, browser, home, resource) {
    const idp = await startOpenIdProvider({ clients: [], registration: true });
    const ours = { register: { name: 'Acme Assistant' } };
    const config = ['--config', await home.write('registered.json', configuration(idp, ours, resource))];
    const run = (...argv) => home.run([...config, ...argv]);
    const registered = () => idp.seen.filter((event) => event.registered).map((event) => event.registered);
    const login = async () => {
        await signIn(checks, browser, home, config);
        await browser.open(`${idp.issuer}/.well-known/openid-configuration`);
        await browser.forget(); // that alice is signed in there
        return JSON.parse((await run('whoami', '--json')).out).client_id;
    };

    await checks.group('oidc-provider, registration: once, and kept', async () => {
        const first = await login();
        checks.equal('who it is', [first], registered());
        checks.equal('the same at the next sign-in', [await login()], registered());
    });

    await checks.group('oidc-provider, registration: the session is exchanged as that client', async () => {
        checks.ended('assertion', await run('assertion', `${resource.origin}/mcp`), 4);
        checks.equal('exchanged', idp.seen.filter((event) => event.exchanged).at(-1)?.exchanged, 'alice');
        checks.equal('registrations', registered().length, 1);
    });

    await checks.group('oidc-provider, registration: a sign-out forgets it', async () => {
        checks.matches('revoked', (await run('logout')).out, /has revoked the session/);
        checks.equal('another one at the next sign-in', [await login()], registered().slice(1));
    });
    for (const event of idp.seen.filter((one) => one.server_error)) console.log(event.server_error);
    await idp.stop();
}

export async function panvaChecks(checks, browser, home) {
    const resource = await startResource();
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = await home.write('idp.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig', alg: 'ES256' };
    await clientChecks(checks, browser, home, resource, {
        name: 'none', ours: { id: 'public', method: 'none' }, theirs: { token_endpoint_auth_method: 'none' },
    });
    await clientChecks(checks, browser, home, resource, {
        name: 'private_key_jwt',
        ours: { id: 'keyed', method: 'private_key_jwt', key: { file: key }, alg: 'ES256', kid: 'k1' },
        theirs: { token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: 'ES256', jwks: { keys: [jwk] } },
    });
    // Its proofs must carry the provider's nonces, and a public client's refresh tokens are bound.
    await clientChecks(checks, browser, home, resource, {
        name: 'DPoP with nonces', dpopKey: key, ours: { id: 'bound', method: 'none' },
        theirs: { token_endpoint_auth_method: 'none', dpop_bound_access_tokens: true },
    });
    await registrationChecks(checks, browser, home, resource);
    await resource.stop();
}
