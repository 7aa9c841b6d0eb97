// panva's oidc-provider on loopback: an identity provider that nobody here wrote. Its own pages sign
// the user in; its ID tokens live so shortly that each use renews them.
import { createServer } from 'node:http';
import { once } from 'node:events';
import Provider, { errors } from 'oidc-provider';

export const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange';

// Its advice for productive use would hide what the checks say.
console.info = () => {};
console.warn = () => {};

export async function startOpenIdProvider({ clients, dpopNonces = false, registration = false }) {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const issuer = `http://localhost:${server.address().port}`;
    const provider = new Provider(issuer, {
        clients,
        clientBasedCORS: () => false,
        features: {
            devInteractions: { enabled: true },
            deviceFlow: { enabled: true },
            revocation: { enabled: true },
            registration: { enabled: registration },
            dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 7), requireNonce: () => dpopNonces },
        },
        pkce: { required: () => true },
        scopes: ['openid', 'offline_access', 'email'],
        issueRefreshToken: async (ctx, client, code) => client.grantTypeAllowed('refresh_token') && code.scopes.has('openid'),
        rotateRefreshToken: true,
        ttl: { IdToken: 100, AccessToken: 300, Interaction: 300, Session: 300, Grant: 3600, RefreshToken: 3600 },
        cookies: { keys: ['only for a test'] },
    });
    const seen = [];
    // It has no token exchange of its own. This one notes who was signed in, and issues nothing.
    provider.registerGrantType(exchangeGrant, async (ctx) => {
        const [, claims] = ctx.oidc.params.subject_token.split('.');
        seen.push({ exchanged: JSON.parse(Buffer.from(claims, 'base64url')).sub });
        throw new errors.InvalidTarget('nothing is issued here');
    }, ['subject_token', 'subject_token_type', 'requested_token_type', 'audience', 'resource', 'scope'], []);
    provider.on('grant.success', (ctx) => seen.push({ grant: ctx.oidc.params.grant_type, client: ctx.oidc.client.clientId, dpop: Boolean(ctx.get('dpop')), method: ctx.oidc.params.client_assertion ? 'private_key_jwt' : 'other' }));
    provider.on('grant.error', (ctx, error) => seen.push({ error: error.message, detail: error.error_description, grant: ctx.oidc?.params?.grant_type }));
    provider.on('registration_create.success', (ctx, client) => seen.push({ registered: client.clientId, redirects: client.redirectUris }));
    provider.on('grant.revoked', () => seen.push({ revoked: true }));
    provider.on('server_error', (ctx, error) => seen.push({ server_error: error.stack }));
    server.on('request', provider.callback());
    return { issuer, seen, stop: () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); }) };
}
