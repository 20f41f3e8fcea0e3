import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, transformWithEsbuild, type Plugin } from 'vite';

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Runs `theme.ts` as a classic script before the first paint, so that a chosen theme does not flash: modules run after it. */
function themeFirst(): Plugin {
    const source = file('src/theme.ts');
    return {
        name: 'theme-first',
        apply: 'build',
        async buildStart() {
            const { code } = await transformWithEsbuild(readFileSync(source, 'utf8'), source, { minify: true, sourcemap: false });
            this.emitFile({ type: 'asset', name: 'theme.js', source: code });
        },
        transformIndexHtml: {
            order: 'post',
            handler(_html, { bundle }) {
                const name = Object.keys(bundle ?? {}).find((path) => /\btheme-[^/]*\.js$/.test(path));
                if (!name) throw new Error('the theme script is not in the bundle');
                return [{ tag: 'script', attrs: { src: `/${name}` }, injectTo: 'head-prepend' }];
            },
        },
    };
}

/** What is shipped of others brings its licence along. */
function licences(): Plugin {
    return {
        name: 'licences',
        apply: 'build',
        generateBundle() {
            this.emitFile({ type: 'asset', fileName: 'lightweight-charts.license.txt', source: readFileSync(file('node_modules/lightweight-charts/LICENSE'), 'utf8') });
        },
    };
}

export default defineConfig({
    root: file('src'),
    plugins: [themeFirst(), licences()],
    build: {
        outDir: file('dist'),
        emptyOutDir: true,
        target: 'es2022',
        // The content policy allows no script or style inside the page, and no file inside another.
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        sourcemap: false,
        reportCompressedSize: false,
        rollupOptions: { output: { manualChunks: (id) => (id.includes('lightweight-charts') ? 'chart' : undefined) } },
    },
    server: {
        proxy: {
            '/api': 'http://127.0.0.1:8080',
            '/ws': { target: 'ws://127.0.0.1:8080', ws: true },
        },
    },
});
