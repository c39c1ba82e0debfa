import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { spawnNode } from '../support/child.js';

const project = path.resolve(__dirname, '../..');
const files = ['tools', 'deploy', 'Dockerfile', 'docker-compose.yml', 'package.json'];

// Each test starts processes, and the machine may be busy with other tests.

let copy: string;

beforeEach(() => {
  copy = mkdtempSync(path.join(tmpdir(), 'holdfast-container-'));
  for (const file of files) cpSync(path.join(project, file), path.join(copy, file), { recursive: true });
  symlinkSync(path.join(project, 'node_modules'), path.join(copy, 'node_modules'));
});

afterEach(() => rmSync(copy, { recursive: true, force: true }));

async function check(): Promise<{ code: number | null; told: string }> {
  const tool = spawnNode(path.join(copy, 'tools/check-container.mjs'), { args: ['--quick'] });
  const { code } = await tool.exited;
  return { code, told: tool.stderr };
}

/** Breaks a file of the copy in one place. */
function plant(file: string, from: string, to: string): void {
  const text = readFileSync(path.join(copy, file), 'utf8');
  expect(text).toContain(from);
  writeFileSync(path.join(copy, file), text.replace(from, to));
}

describe('the container files', () => {
  it('keep their rules', async () => {
    expect(await check()).toEqual({
      code: 0,
      told: 'holdfast: Dockerfile, docker-compose.yml and deploy/kubernetes keep their rules\n',
    });
  });

  const k8s = 'deploy/kubernetes';
  it.each([
    ['Dockerfile', 'USER 65532:65532', 'USER root', 'numeric user that is not root'],
    ['Dockerfile', 'HOST=0.0.0.0', 'ALLOW_UNAUTHENTICATED=true', 'protected mode stays on'],
    ['Dockerfile', 'COPY package.json ./\n# A', 'COPY . ./\n# A', 'takes package.json alone'],
    [
      'Dockerfile',
      'npm ci --omit=dev --omit=optional --ignore-scripts',
      'npm install',
      'npm installs from the lockfile',
    ],
    ['Dockerfile', '/health/live', '/', 'HEALTHCHECK asks /health/live'],
    ['Dockerfile', 'EXPOSE 3000', 'ONBUILD EXPOSE 3000', 'cannot rehearse the instruction ONBUILD'],
    ['docker-compose.yml', "'127.0.0.1:8080:8080'", "'8080:8080'", 'published on loopback'],
    ['docker-compose.yml', 'build: .', "build: .\n    ports: ['3000:3000']", 'nginx alone is published'],
    [
      'docker-compose.yml',
      'TRUST_PROXY: 172.30.0.0/24',
      'TRUST_PROXY: 0.0.0.0/0',
      'TRUST_PROXY is the network',
    ],
    [
      'docker-compose.yml',
      'stop_grace_period: 35s',
      'stop_grace_period: 10s',
      'longer to stop than it takes',
    ],
    ['docker-compose.yml', 'size=384', 'size=512', 'leaves a quarter of its memory'],
    ['docker-compose.yml', 'replicas: 3', 'replicas: 1', 'three replicas'],
    ['docker-compose.yml', '- noeviction', '- allkeys-lru', 'state is never evicted'],
    ['docker-compose.yml', '- everysec', "- 'no'", 'state is on disk within a second'],
    ['docker-compose.yml', './deploy/nginx.conf:', './deploy/ngin.conf:', 'every mount is'],
    ['docker-compose.yml', '@postgres:', '@database:', 'pointed at services of this file'],
    [`${k8s}/deployment.yaml`, 'readOnlyRootFilesystem: true', 'readOnlyRootFilesystem: false', 'read-only'],
    [
      `${k8s}/deployment.yaml`,
      'terminationGracePeriodSeconds: 45',
      'terminationGracePeriodSeconds: 30',
      'longer to stop',
    ],
    [`${k8s}/deployment.yaml`, '/health/ready', '/health/live', 'each probe asks its own route'],
    [
      `${k8s}/service.yaml`,
      'app.kubernetes.io/name: holdfast',
      'app: holdfast',
      "every selector is the pods' labels",
    ],
    [`${k8s}/kustomization.yaml`, '  - network-policy.yaml\n', '', 'names every file'],
  ])('are refused where %s has, for %j, %j', async (file, from, to, rule) => {
    plant(file, from, to);
    const { code, told } = await check();
    expect(told).toContain(rule);
    expect(code).toBe(1);
  });
});
