// `mcp-auth login`, `whoami`, `logout` and what they are for, in a real browser, at two identity
// providers. Prints counted checks.
//
//     node run.mjs [demo|keyring|panva]
import { Browser } from './web_driver.mjs';
import { Checks } from './checks.mjs';
import { Home } from './command.mjs';
import { demoChecks } from './demo_provider.mjs';
import { keyringChecks } from './keyring.mjs';
import { panvaChecks } from './panva_provider.mjs';

const word = process.argv[2] ?? '';
const checks = new Checks();
const home = await Home.make();
const browser = await Browser.start();
try {
    if ('demo'.includes(word)) await demoChecks(checks, browser, home);
    if ('keyring'.includes(word)) await keyringChecks(checks, browser, home);
    if ('panva'.includes(word)) await panvaChecks(checks, browser, home);
} finally {
    await browser.stop();
    await home.remove();
}
console.log(`checks: ${checks.passed} passed, ${checks.failed} failed`);
process.exit(checks.failed === 0 && checks.passed > 0 ? 0 : 1);
