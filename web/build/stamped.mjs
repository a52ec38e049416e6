// Builds the page unless nothing it is made of has changed since the last build. The files of dist/ then
// keep their times, so that the Rust build that embeds them has nothing to do either.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(fileURLToPath(import.meta.url), '../..');
const stamp = join(root, 'node_modules/.cache/dist.stamp');

function sources() {
  const folders = ['src', 'public', 'build'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  const single = ['index.html', 'vite.config.ts', 'package-lock.json', 'tsconfig.app.json'];
  return [...folders, ...single.map((name) => join(root, name))].sort();
}

const hash = createHash('sha256');
for (const file of sources()) hash.update(file.slice(root.length)).update(readFileSync(file));
const now = hash.digest('hex');

const before = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
if (before === now && existsSync(join(root, 'dist/index.html'))) {
  console.log('dist is up to date');
} else {
  // Built aside and then swapped in: dist/ is whole at every moment, also while two builds run at once.
  const aside = join(root, `node_modules/.cache/dist-${process.pid}`);
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  const done = spawnSync(process.execPath, [vite, 'build', '--outDir', aside, '--emptyOutDir'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (done.status !== 0) {
    rmSync(aside, { recursive: true, force: true });
    process.exit(done.status ?? 1);
  }
  const old = `${aside}-old`;
  if (existsSync(join(root, 'dist'))) renameSync(join(root, 'dist'), old);
  renameSync(aside, join(root, 'dist'));
  rmSync(old, { recursive: true, force: true });
  mkdirSync(join(root, 'node_modules/.cache'), { recursive: true });
  writeFileSync(stamp, now);
}
