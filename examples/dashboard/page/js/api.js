/** REST calls. A path that this server does not have answers null, so that a view can leave its part away. */
export class Api {
    constructor(secret) {
        this.secret = secret;
    }

    /** Whether this server has the path, by its own description. */
    async has(path) {
        this.described ??= this.get('/openapi.json').then((document) => Object.keys(document?.paths ?? {}));
        this.described.catch(() => (this.described = undefined));
        return (await this.described).includes(`/api/v1${path}`);
    }

    async get(path, parameters = {}) {
        const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== undefined));
        return this.send('GET', `${path}?${query}`);
    }

    async send(method, path, body) {
        const headers = {};
        const secret = this.secret();
        if (secret) headers.Authorization = `Bearer ${secret}`;
        if (body !== undefined) headers['Content-Type'] = 'application/json';
        const answer = await fetch(`/api/v1${path}`, { method, headers, body: body && JSON.stringify(body), cache: 'no-store' });
        const text = await answer.text();
        if (answer.ok) return text ? JSON.parse(text) : {};
        const problem = parseOr(text, {});
        if (answer.status === 404 && problem.code === undefined) return null;
        throw Object.assign(new Error(problem.detail ?? `the server answered ${answer.status}`), { status: answer.status, code: problem.code, field: problem.field });
    }
}

function parseOr(text, otherwise) {
    try {
        return JSON.parse(text);
    } catch {
        return otherwise;
    }
}
