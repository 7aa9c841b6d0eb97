// wait_for.mjs URL...: exits 0 once all of them answer with JSON, 1 if they do not within 5 seconds.
const until = Date.now() + 5000;
const answers = async (url) => {
    try {
        const response = await fetch(url, { method: 'POST', body: 'a=b' });
        return response.ok && typeof (await response.json()) === 'object';
    } catch {
        return false;
    }
};
for (const url of process.argv.slice(2)) {
    while (!(await answers(url))) {
        if (Date.now() > until) process.exit(1);
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
}
