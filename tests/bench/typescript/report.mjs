// report.mjs RUNS CACHED [FILE.json]: the best of each figure, as a table and as a file. The best,
// because what else runs on a machine can only add to what a client needs.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';

const [runsFile, cachedFile, outFile] = process.argv.slice(2);
const runs = readFileSync(runsFile, 'utf8').trim().split('\n').map(JSON.parse);
const clients = ['ours', 'bare_poco', 'typescript'];
const inFlight = ['1', '8', '32'];

const rounded = (value, digits) => Number(value.toFixed(digits));
const figures = {};
for (const who of clients) {
    const mine = runs.filter((run) => run.who === who);
    const at = (n, pick) => mine.filter((run) => String(run.in_flight) === n).map(pick);
    const each = (best) => Object.fromEntries(inFlight.map((n) => [n, best(n)]));
    figures[who] = {
        cpu_us: each((n) => rounded(Math.min(...at(n, (run) => run.cpu_us)), 1)),
        per_s: each((n) => Math.round(Math.max(...at(n, (run) => run.per_s)))),
        rss_mb: rounded(Math.max(...mine.map((run) => run.rss_mb)), 1),
    };
}
figures.cached_ns = {};
for (const run of JSON.parse(readFileSync(cachedFile, 'utf8')).benchmarks) {
    if (run.run_type !== 'iteration') continue;
    // Per call over all threads together.
    const ns = 1e9 / run.items_per_second;
    const best = figures.cached_ns[run.threads];
    figures.cached_ns[run.threads] = rounded(best === undefined ? ns : Math.min(best, ns), 1);
}

const { ours, bare_poco: poco, typescript } = figures;
const row = (...cells) =>
    console.log(cells.map((cell, i) => (i ? String(cell).padStart(14) : cell.padEnd(26))).join(''));
const ratio = (a, b) => `${(a / b).toFixed(a / b < 10 ? 2 : 1)} x`;
console.log(`${new Date().toISOString().slice(0, 10)}, ${cpus().length} x ${cpus()[0].model}\n`);
row('cold acquisition', 'ours', 'bare Poco', 'TypeScript', 'ours / Poco', 'TS / ours');
for (const n of inFlight)
    row(`CPU us, ${n} in flight`, ours.cpu_us[n], poco.cpu_us[n], typescript.cpu_us[n],
        ratio(ours.cpu_us[n], poco.cpu_us[n]), ratio(typescript.cpu_us[n], ours.cpu_us[n]));
console.log();
row('', 'ours', 'bare Poco', 'TypeScript', 'ours / Poco', 'ours / TS');
for (const n of inFlight)
    row(`per second, ${n} in flight`, ours.per_s[n], poco.per_s[n], typescript.per_s[n],
        ratio(ours.per_s[n], poco.per_s[n]), ratio(ours.per_s[n], typescript.per_s[n]));
row('largest memory, MB', ours.rss_mb, poco.rss_mb, typescript.rss_mb,
    ratio(ours.rss_mb, poco.rss_mb), ratio(ours.rss_mb, typescript.rss_mb));
console.log();
row('cached token', '1 thread', '2 threads', 'speed-up');
row('ns per call', figures.cached_ns['1'], figures.cached_ns['2'],
    ratio(figures.cached_ns['1'], figures.cached_ns['2']));
if (outFile) writeFileSync(outFile, JSON.stringify(figures, null, 2) + '\n');
