// Runs the scenarios of scenarios.json, each on its wires, against tests/conformance/client, and
// counts the suite's checks: its exit code says too little, since a skipped scenario exits 0.
//
//     node run.mjs [WORD]      only scenarios whose name contains WORD
//
// Beside the checks, a run must have checked something, and the client must have ended with the
// exit code that scenarios.json expects: a client that crashed after the last check has not passed.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { tmpdir } from 'node:os';

const here = import.meta.dirname;
const suite = join(here, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');
const client = process.env.MCP_CONFORMANCE_CLIENT ?? join(here, 'client');
const word = process.argv[2] ?? '';

function run(argv) {
    return new Promise((resolve, reject) => {
        // Standard input of its own: nothing here may wait for a person.
        // The user's browser is a program that follows redirects: the suite's servers ask nothing.
        const env = { ...process.env, BROWSER: join(here, 'browser') };
        const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'], env });
        let output = '';
        child.stdout.on('data', (piece) => (output += piece));
        child.stderr.on('data', (piece) => (output += piece));
        child.on('error', reject);
        child.on('close', (code) => resolve({ code, output }));
    });
}

async function checksOf(directory) {
    for (const entry of await readdir(directory, { recursive: true })) {
        if (entry.endsWith('checks.json')) return JSON.parse(await readFile(join(directory, entry), 'utf8'));
    }
    return [];
}

async function runScenario(row, wire, directory) {
    await mkdir(directory, { recursive: true });
    const { output } = await run([
        suite, 'client', '--command', client, '--scenario', row.scenario,
        '--spec-version', wire, '--force', '--timeout', '30000', '--output-dir', directory,
    ]);
    const checks = await checksOf(directory);
    const passed = checks.filter((check) => check.status === 'SUCCESS').map((check) => check.id);
    // A status that is neither success nor information is a failure, whatever the suite calls it.
    const faults = checks
        .filter((check) => !['SUCCESS', 'INFO'].includes(check.status))
        .map((check) => `${check.status} ${check.id}: ${check.errorMessage ?? check.description}`);
    const ended = Number(/Client exited with code (-?\d+)/.exec(output)?.[1] ?? 0);
    if (passed.length === 0) faults.push('no check passed: was the scenario skipped?');
    if (/Client timed out/.test(output)) faults.push('the client did not end in time');
    else if (ended !== row.exit) faults.push(`the client exited with ${ended}, not with ${row.exit}`);
    return { passed: passed.length, faults, output };
}

const rows = JSON.parse(await readFile(join(here, 'scenarios.json'), 'utf8'))
    .filter((row) => row.scenario.includes(word));
const scratch = await mkdtemp(join(tmpdir(), 'mcp-auth-conformance-'));
const line = (...cells) => console.log(cells[0].padEnd(44) + cells[1].padEnd(12) + cells[2].padEnd(20) + cells[3]);
let passed = 0;
let failed = 0;
try {
    line('scenario', 'wire', 'plugin', 'checks');
    for (const row of rows) {
        for (const wire of row.wires) {
            const result = await runScenario(row, wire, join(scratch, `${passed}-${failed}-${wire}`));
            passed += result.passed;
            failed += result.faults.length;
            line(row.scenario, wire, row.plugin, result.faults.length === 0
                ? `${result.passed} passed` : `${result.passed} passed, ${result.faults.length} FAILED`);
            for (const fault of result.faults) console.log(`    ${fault}`);
            if (result.faults.length > 0) console.log(result.output.replace(/^/gm, '    | '));
        }
    }
} finally {
    await rm(scratch, { recursive: true, force: true });
}
console.log(`checks: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
