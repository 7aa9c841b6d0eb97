// Counted checks: each has a name, and a failed one says what was there instead.
import { isDeepStrictEqual } from 'node:util';

export class Checks {
    passed = 0;
    failed = 0;

    async group(name, run) {
        this.said = [];
        const before = this.failed;
        try {
            await run();
        } catch (error) {
            this.failed += 1;
            this.said.push(`    FAILED: ${error.stack}`);
        }
        console.log(name.padEnd(64) + (this.failed === before ? 'passed' : 'FAILED'));
        for (const line of this.said) console.log(line);
    }
    that(what, good, instead = '') {
        if (good) this.passed += 1;
        else {
            this.failed += 1;
            this.said.push(`    FAILED: ${what}${instead === '' ? '' : `: ${instead}`}`);
        }
    }
    equal(what, is, should) {
        this.that(what, isDeepStrictEqual(is, should), `${JSON.stringify(is)}, not ${JSON.stringify(should)}`);
    }
    matches(what, text, pattern) {
        this.that(what, pattern.test(text), JSON.stringify(text));
    }
    lacks(what, text, pattern) {
        this.that(what, !pattern.test(text), 'it is there');
    }
    ended(what, outcome, code) {
        this.that(what, outcome.code === code, `exit code ${outcome.code}, not ${code}: ${outcome.out}${outcome.err}`);
    }
}
