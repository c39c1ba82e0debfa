/** The rules that deploy/kubernetes keeps; kubectl puts the files together itself where it is there. */
import { readdirSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { executeQuietly } from '../bootstrap/command.mjs';
import { onPath } from '../bootstrap/programs.mjs';
import { inProject } from '../bootstrap/project.mjs';
import { heapMiB, readYaml, mustHold, toMiB } from './rules.mjs';

const folder = 'deploy/kubernetes';

async function readManifests() {
  const files = readdirSync(inProject(folder));
  const [{ resources, configMapGenerator }] = await readYaml(`${folder}/kustomization.yaml`);
  const documents = (await Promise.all(resources.map((file) => readYaml(`${folder}/${file}`)))).flat();
  const byKind = Object.fromEntries(documents.map((document) => [document.kind, document]));
  const settings = configMapGenerator[0].literals.map((literal) => literal.split(/=(.*)/s));
  return {
    byKind,
    settings: Object.fromEntries(settings),
    isComplete: files.length === resources.length + 1 && documents.length === resources.length,
  };
}

function selection({ Deployment, Service, PodDisruptionBudget, NetworkPolicy, HorizontalPodAutoscaler }) {
  const { labels } = Deployment.spec.template.metadata;
  const selectors = [
    Deployment.spec.selector.matchLabels,
    Service.spec.selector,
    PodDisruptionBudget.spec.selector.matchLabels,
    NetworkPolicy.spec.podSelector.matchLabels,
    ...Deployment.spec.template.spec.topologySpreadConstraints.map(
      (constraint) => constraint.labelSelector.matchLabels,
    ),
  ];
  return {
    "every selector is the pods' labels": selectors.every((selector) => isDeepStrictEqual(selector, labels)),
    'the autoscaler scales the deployment':
      HorizontalPodAutoscaler.spec.scaleTargetRef.name === Deployment.metadata.name,
    'the autoscaler alone sets the number of replicas': !('replicas' in Deployment.spec),
  };
}

function lifetime(pod, container, settings) {
  const stopMs = container.lifecycle.preStop.sleep.seconds * 1000 + Number(settings.SHUTDOWN_TIMEOUT_MS);
  const probes = ['startup', 'liveness', 'readiness'].map((name) => container[`${name}Probe`].httpGet.path);
  return {
    'a pod is given longer to stop than it takes': pod.terminationGracePeriodSeconds * 1000 > stopMs,
    'each probe asks its own route': probes.join() === '/health/startup,/health/live,/health/ready',
    'the heap leaves a quarter of the memory':
      heapMiB(settings.NODE_OPTIONS) <= 0.75 * toMiB(container.resources.limits.memory),
  };
}

function hardening(pod, { securityContext, volumeMounts }) {
  return {
    'the pod has no service account token': pod.automountServiceAccountToken === false,
    'it is not root': pod.securityContext.runAsNonRoot && pod.securityContext.runAsUser > 0,
    'its system calls are filtered': pod.securityContext.seccompProfile.type === 'RuntimeDefault',
    'its root file system is read-only': securityContext.readOnlyRootFilesystem === true,
    'it gains no privilege': securityContext.allowPrivilegeEscalation === false,
    'it has no capability': securityContext.capabilities.drop.join() === 'ALL',
    'it writes to /tmp only': volumeMounts.map(({ mountPath }) => mountPath).join() === '/tmp',
  };
}

/** @throws {BootstrapFailure} Naming every rule that the manifests break. */
export async function checkKubernetes() {
  if (onPath('kubectl')) await executeQuietly(['kubectl', 'kustomize', inProject(folder)]);
  const { byKind, settings, isComplete } = await readManifests();
  mustHold(folder, { 'kustomization.yaml names every file, one object each': isComplete });
  const pod = byKind.Deployment.spec.template.spec;
  const [container] = pod.containers;
  mustHold(folder, {
    ...selection(byKind),
    ...lifetime(pod, container, settings),
    ...hardening(pod, container),
  });
}
