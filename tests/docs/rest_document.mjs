// Prints docs/rest.md from the OpenAPI document that the notifier serves: node rest_document.mjs openapi.json
import { readFileSync } from 'node:fs';

const document = JSON.parse(readFileSync(process.argv[2], 'utf8'));

const cell = (text) => String(text ?? '').replaceAll('|', '\\|');
const schemaName = (schema) => schema?.$ref?.split('/').at(-1);

function typeOf(schema) {
    if (!schema) return '';
    const name = schemaName(schema);
    if (name) return `[${name}](#${name.toLowerCase()})`;
    if (schema.enum) return schema.enum.map((word) => `\`${word}\``).join(', ');
    if (schema.type === 'array') return `list of ${typeOf(schema.items)}`;
    const types = [schema.type].flat().filter(Boolean).map((type) => (type === 'null' ? 'null' : type));
    if (types.includes('array')) return `list of ${typeOf(schema.items)} or null`;
    return types.join(' or ');
}

function range(schema) {
    const parts = [];
    if (schema?.minimum !== undefined || schema?.maximum !== undefined) parts.push(`${schema.minimum ?? '…'} to ${schema.maximum ?? '…'}`);
    if (schema?.default !== undefined) parts.push(`default \`${schema.default}\``);
    return parts.join(', ');
}

function fields(schema) {
    const rows = ['| member | type | meaning |', '|---|---|---|'];
    for (const [name, member] of Object.entries(schema.properties ?? {})) {
        const notes = [member.description, range(member)].filter(Boolean).join('; ');
        rows.push(`| \`${name}\` | ${cell(typeOf(member))} | ${cell(notes)} |`);
    }
    return rows;
}

function parameters(list = []) {
    if (list.length === 0) return [];
    const rows = ['| parameter | in | type | meaning |', '|---|---|---|---|'];
    for (const { name, in: place, required, description, schema } of list) {
        const notes = [description, range(schema), required && place !== 'path' ? 'required' : ''].filter(Boolean).join('; ');
        rows.push(`| \`${name}\` | ${place} | ${cell(typeOf(schema))} | ${cell(notes)} |`);
    }
    return [...rows, ''];
}

function body(requestBody) {
    const schema = requestBody?.content?.['application/json']?.schema;
    if (!schema) return [];
    if (schemaName(schema)) return [`Body: ${typeOf(schema)}.`, ''];
    const required = schema.required ?? [];
    return [`Body${required.length ? `, required: ${required.map((name) => `\`${name}\``).join(', ')}` : ''}:`, '', ...fields(schema), ''];
}

function answers(responses) {
    const lines = [];
    for (const [status, { description, content, $ref }] of Object.entries(responses)) {
        if ($ref || status === 'default') continue;
        const [type, media] = Object.entries(content ?? {})[0] ?? [];
        const schema = media?.schema;
        const members = schema?.properties && !schemaName(schema) ? `: ${Object.entries(schema.properties).map(([name, member]) => `\`${name}\` (${typeOf(member)})`).join(', ')}` : schema ? `: ${typeOf(schema)}` : '';
        lines.push(`- ${status} ${description}${type && type !== 'application/json' ? `, \`${type}\`` : ''}${members}`);
    }
    return [...lines, ''];
}

const lines = [
    '# REST',
    '',
    'Written by `scripts/docs` from the OpenAPI document, which every server has at `/api/v1/openapi.json`; a test compares.',
    '',
    document.info.description,
    '',
    `Authorization: \`Authorization: Bearer …\` with ${document.components.securitySchemes.bearer.description.replace(/^An/, 'an')}. Paths marked *open* answer without it.`,
    '',
    'Errors are `application/problem+json` ([Problem](#problem)); their codes are those of [the protocol](protocol.md#errors).',
    '',
    '## Paths',
];

for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
        const open = operation.security?.some((way) => Object.keys(way).length === 0) || operation.security?.length === 0;
        lines.push('', `### ${method.toUpperCase()} ${path}`, '', `${operation.summary}${open ? ' (*open*)' : ''}.`, '');
        lines.push(...parameters(operation.parameters), ...body(operation.requestBody), ...answers(operation.responses));
    }
}

lines.push('', '## Schemas');
for (const [name, schema] of Object.entries(document.components.schemas)) {
    lines.push('', `### ${name}`, '');
    if (schema.description) lines.push(`${schema.description}.`, '');
    lines.push(...fields(schema));
}
console.log(lines.join('\n').replace(/\n{3,}/g, '\n\n'));
