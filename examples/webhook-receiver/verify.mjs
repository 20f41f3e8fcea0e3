import { createHmac, timingSafeEqual } from 'node:crypto';

const kToleranceS = 5 * 60;

/**
 * Checks a request as Standard Webhooks asks for and answers its message. Throws an Error that says what is wrong.
 *
 * `secret` is `whsec_…`, `headers` as Node gives them (lower case), `body` the text exactly as it came: parsing and
 * writing it again would change bytes that are signed. `nowS` in seconds.
 */
export function verify(secret, headers, body, nowS = Date.now() / 1000) {
    const id = headers['webhook-id'];
    const timestamp = headers['webhook-timestamp'];
    const signatures = headers['webhook-signature'];
    if (!id || !timestamp || !signatures) throw new Error('a webhook header is missing');
    // An old request, sent again by someone who has seen it.
    if (!/^\d+$/.test(timestamp) || Math.abs(nowS - Number(timestamp)) > kToleranceS)
        throw new Error('the timestamp is too far from now');
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    const wanted = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest();
    // After a rotation there are two: of the new secret and of the old one.
    const good = signatures.split(' ').some((signature) => {
        const [version, text] = signature.split(',', 2);
        const given = Buffer.from(text ?? '', 'base64');
        return version === 'v1' && given.length === wanted.length && timingSafeEqual(given, wanted);
    });
    if (!good) throw new Error('no signature is right');
    return JSON.parse(body);
}
