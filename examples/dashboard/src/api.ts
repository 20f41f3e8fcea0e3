/** Why the server refused; `field` names the parameter that it is about. */
export class ApiError extends Error {
    constructor(
        message: string,
        readonly status: number,
        readonly code?: number,
        readonly field?: string,
    ) {
        super(message);
    }
}

interface Problem {
    code?: number;
    detail?: string;
    field?: string;
}

type Parameters = Record<string, string | number | undefined>;

/** REST calls. A path that this server does not have answers null, so that a view can leave its part away. */
export class Api {
    private paths: Promise<string[]> | undefined;

    constructor(private readonly secret: () => string | null) {}

    /** Whether this server has the path, by its own description. */
    async has(path: string): Promise<boolean> {
        this.paths ??= this.get<{ paths?: object }>('/openapi.json').then((document) => Object.keys(document?.paths ?? {}));
        this.paths.catch(() => (this.paths = undefined));
        return (await this.paths).includes(`/api/v1${path}`);
    }

    async get<Answer>(path: string, parameters: Parameters = {}): Promise<Answer | null> {
        const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
        return this.send<Answer>('GET', `${path}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`);
    }

    async send<Answer>(method: string, path: string, body?: object): Promise<Answer | null> {
        const headers: Record<string, string> = {};
        const secret = this.secret();
        if (secret) headers.Authorization = `Bearer ${secret}`;
        if (body) headers['Content-Type'] = 'application/json';
        const answer = await fetch(`/api/v1${path}`, { method, headers, body: body ? JSON.stringify(body) : null, cache: 'no-store' });
        const text = await answer.text();
        if (answer.ok) return JSON.parse(text || '{}') as Answer;
        const { code, detail, field } = problemOf(text);
        if (answer.status === 404 && code === undefined) return null;
        throw new ApiError(detail ?? `the server answered ${answer.status}`, answer.status, code, field);
    }
}

function problemOf(text: string): Problem {
    try {
        return JSON.parse(text) as Problem;
    } catch {
        return {};
    }
}
