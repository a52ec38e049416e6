// The program under test: the demo region in a folder of its own, served on a free port, gone at the end.
// Nothing here knows more than a user does: the binary, its arguments and what it prints.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Small enough to load in seconds, large enough to have business parks and every region level. */
const REGION = ['--size', '10000', '--seed', '7'];

function binary() {
  const path = process.env.GEOCRM_BIN;
  if (!path) throw new Error('GEOCRM_BIN must name the built geocrm binary; make test sets it.');
  if (!existsSync(path)) throw new Error(`${path} is missing: cargo build --bin geocrm`);
  return path;
}

/** Runs the program to its end; `input` goes to its standard input. */
function run(home, args, input) {
  return new Promise((resolve, reject) => {
    const child = spawn(binary(), args, { env: environment(home), stdio: ['pipe', 'pipe', 'pipe'] });
    let said = '';
    child.stdout.on('data', (part) => (said += part));
    child.stderr.on('data', (part) => (said += part));
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(said) : reject(new Error(`geocrm ${args.join(' ')}: ${code}\n${said}`))));
    child.stdin.end(input ?? '');
  });
}

function environment(home) {
  const { DATABASE_URL: _, ...rest } = process.env;
  return { ...rest, GEOCRM_HOME: home };
}

/** Databases that still run in the folder, when the server could not stop them itself. */
function databases(home) {
  return readdirSync(home)
    .map((name) => join(home, name, 'postmaster.pid'))
    .filter((file) => existsSync(file))
    .map((file) => Number(readFileSync(file, 'utf8').split('\n')[0]));
}

const end = (id, signal) => {
  try {
    process.kill(id, signal);
  } catch {
    // It has ended by itself.
  }
};

function newHome() {
  const home = mkdtempSync(join(tmpdir(), 'geocrm-browser-'));
  // As root the database runs as another user, who must be able to get to the folder.
  chmodSync(home, 0o755);
  return home;
}

/**
 * Starts the demo and waits until it says where it serves and by which link it is set up. A home that is given stays,
 * for the next time.
 */
export async function startServer(region = REGION, kept = undefined) {
  const home = kept ?? newHome();
  const child = spawn(binary(), ['demo', ...region, '--port', '0'], { env: environment(home), stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  let log = '';
  child.stderr.on('data', (part) => (log += part));
  const remove = () => {
    for (const id of databases(home)) end(id, 'SIGQUIT');
    if (!kept) rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };
  const atExit = () => {
    end(child.pid, 'SIGKILL');
    remove();
  };
  process.once('exit', atExit);
  // A walk that is stopped half-way leaves nothing behind either.
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

  const links = await new Promise((resolve, reject) => {
    let address;
    createInterface({ input: child.stdout }).on('line', (line) => {
      address ??= /^GeoCRM serves (\S+)/.exec(line)?.[1];
      const setup = /(http\S+\/setup#token=\S+)/.exec(line)?.[1];
      if (address && setup) resolve({ address, setup });
    });
    child.once('error', reject);
    void ended.then((code) => reject(new Error(`the server ended before it served (${code}):\n${log}`)));
  });

  return {
    ...links,
    run: (args, input) => run(home, args, input),
    /** Asks it to stop, waits, and leaves nothing behind. It must end well and have had nothing to complain of. */
    async stop() {
      process.removeListener('exit', atExit);
      end(child.pid, 'SIGTERM');
      const code = await ended;
      remove();
      assert.equal(code, 0, log);
      assert.doesNotMatch(log, /\b(WARN|ERROR)\b/);
    },
  };
}
