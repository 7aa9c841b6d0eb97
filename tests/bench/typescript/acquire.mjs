// acquire.mjs CLIENT_JSON IN_FLIGHT COUNT: the same acquisitions with the TypeScript SDK's own two
// functions, as many in flight as asked for. Prints one line, as the other programs do.
import { readFileSync } from 'node:fs';
import { exchangeJwtAuthGrant, requestJwtAuthorizationGrant } from '@modelcontextprotocol/client';

const [file, inFlight, count] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const given = JSON.parse(readFileSync(file, 'utf8'));

async function acquire() {
    const { jwtAuthGrant } = await requestJwtAuthorizationGrant({
        tokenEndpoint: given.idp_token_endpoint,
        audience: given.audience,
        resource: given.resource,
        scope: given.scope,
        idToken: given.id_token,
        clientId: given.idp_client,
        clientSecret: given.idp_secret,
    });
    const token = await exchangeJwtAuthGrant({
        tokenEndpoint: given.server_token_endpoint,
        jwtAuthGrant,
        clientId: given.mcp_client,
        clientSecret: given.mcp_secret,
    });
    if (!token.access_token) throw new Error('no token');
}

async function acquireAll(total) {
    let next = 0;
    const worker = async () => {
        while (next++ < total) await acquire();
    };
    await Promise.all(Array.from({ length: inFlight }, worker));
}

// Compiled and connected before it is measured.
await acquireAll(1000);
const cpu = process.cpuUsage();
const began = performance.now();
await acquireAll(count);
const spent = process.cpuUsage(cpu);
const seconds = (performance.now() - began) / 1000;
console.log(
    JSON.stringify({
        who: 'typescript',
        in_flight: inFlight,
        count,
        cpu_us: (spent.user + spent.system) / count,
        per_s: Math.round(count / seconds),
        rss_mb: process.resourceUsage().maxRSS / 1024,
    }),
);
