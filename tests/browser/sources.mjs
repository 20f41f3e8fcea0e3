import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { after } from 'node:test';

const kDashboard = new URL('../../examples/dashboard/', import.meta.url);
const vite = await import(pathToFileURL(createRequire(new URL('package.json', kDashboard)).resolve('vite/package.json')).href.replace('package.json', 'dist/node/index.js'));
const server = await vite.createServer({
    root: new URL('src/', kDashboard).pathname,
    configFile: false,
    logLevel: 'error',
    appType: 'custom',
    optimizeDeps: { noDiscovery: true },
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
});
after(() => server.close());

/** A TypeScript module of the dashboard, as this process can run it. */
export function source(name) {
    return server.ssrLoadModule(`/${name}.ts`);
}
