/**
 * npm run check:container: the container files, checked on a machine without a container engine. The compose and
 * Kubernetes files by their rules; the Dockerfile by running its own lines in an empty folder and starting what they made.
 * With --quick the files only, with the dependencies that are there.
 */
import './bootstrap/node-version.mjs';
import { mkdtempSync, chmodSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureDependencies } from './bootstrap/dependencies.mjs';
import { runTool } from './bootstrap/failure.mjs';
import { note, step } from './bootstrap/progress.mjs';
import { inProject } from './bootstrap/project.mjs';
import { ensureRedisServer } from './bootstrap/redis-server.mjs';
import { checkCompose } from './container/compose.mjs';
import { parseDockerfile } from './container/dockerfile.mjs';
import { parseIgnore } from './container/ignore.mjs';
import { checkDockerfile } from './container/image-rules.mjs';
import { inspectImage } from './container/image.mjs';
import { checkKubernetes } from './container/kubernetes.mjs';
import { rehearse } from './container/rehearsal.mjs';
import { serve } from './container/serve.mjs';

const read = (file) => readFileSync(inProject(file), 'utf8');

async function checkFiles(stages) {
  checkDockerfile(stages);
  await checkCompose();
  await checkKubernetes();
  note('Dockerfile, docker-compose.yml and deploy/kubernetes keep their rules');
}

async function checkImage(stages) {
  await ensureRedisServer();
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-image-'));
  // Another user runs the server.
  chmodSync(folder, 0o755);
  try {
    const image = await rehearse(stages, folder, parseIgnore(read('.dockerignore')));
    inspectImage(image.cwd);
    await step('starting and stopping the image', () => serve(image));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await runTool(async () => {
  const quick = process.argv.includes('--quick');
  if (!quick) await ensureDependencies();
  const stages = parseDockerfile(read('Dockerfile'));
  await checkFiles(stages);
  if (!quick) await checkImage(stages);
});
