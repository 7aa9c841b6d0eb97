// Prints two ports of the loopback that are free.
import { createServer } from 'node:net';

const open = () =>
    new Promise((resolve, reject) => {
        const server = createServer().on('error', reject);
        server.listen(0, '127.0.0.1', () => resolve(server));
    });
const servers = [await open(), await open()];
console.log(servers.map((server) => server.address().port).join(' '));
servers.forEach((server) => server.close());
