import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { runCli } from "../cli/run-cli.js";
import { read } from "../support/folders.js";
import {
	type Budget,
	type Container,
	type Deployment,
	files,
	type Kustomization,
	one,
	type Secret,
	type Service,
} from "./manifests.js";
import { problemsOf } from "./schema.js";

const deployment = one<Deployment>("Deployment");
const service = one<Service>("Service");
const budget = one<Budget>("PodDisruptionBudget");
const pod = deployment.spec.template;
const [container] = pod.spec.containers as readonly [Container];
const { args } = container;

function argument(name: string): string {
	const found = args.find((each) => each.startsWith(`--${name}=`));
	assert.ok(found, name);
	return found.slice(name.length + 3);
}

test("the check finds unknown kinds, unknown and missing fields, and values of another kind", () => {
	const { replicas, selector, ...spec } = deployment.spec;
	const hostNetwork = { ...pod, spec: { ...pod.spec, hostNetwork: true } };
	const template = { ...hostNetwork };
	const broken = { ...deployment, spec: { ...spec, replicas: "2", template } };
	assert.deepEqual(problemsOf(broken).sort(), [
		"Deployment.spec.replicas: not a whole",
		"Deployment.spec.selector: missing",
		"Deployment.spec.template.spec.hostNetwork: unknown",
	]);
	assert.ok(replicas > 0 && selector);
	const old = { ...deployment, apiVersion: "extensions/v1beta1" };
	assert.match(problemsOf(old).join(), /unknown kind extensions/);
});

test("the kustomization names every other file, and the image of the deployment", () => {
	const {
		resources,
		images: [image],
	} = one<Kustomization>("Kustomization");
	const others = files.filter((file) => file !== "kustomization.yaml");
	assert.deepEqual([...resources].sort(), others.sort());
	assert.ok(image);
	assert.equal(image.name, container.image);
	const { version } = JSON.parse(read("package.json"));
	assert.equal(image.newTag, version);
});

test("every selector matches the labels of the pods", () => {
	const { labels } = pod.metadata;
	for (const selector of [
		deployment.spec.selector.matchLabels,
		service.spec.selector,
		budget.spec.selector.matchLabels,
		pod.spec.topologySpreadConstraints[0]?.labelSelector.matchLabels,
	])
		assert.deepEqual(selector, labels);
});

test("every port that is named exists, and the proxy listens there", () => {
	const ports = new Map(
		container.ports.map((port) => [port.name, port.containerPort]),
	);
	assert.equal(ports.get("http"), Number(argument("port")));
	assert.equal(`0.0.0.0:${ports.get("admin")}`, argument("admin"));
	const [port] = service.spec.ports;
	assert.equal(port?.targetPort, "http");
	assert.equal(container.readinessProbe.httpGet.port, "admin");
	assert.equal(container.livenessProbe.httpGet.port, "admin");
});

test("readiness is whether it can serve, liveness whether it answers", () => {
	assert.equal(container.readinessProbe.httpGet.path, "/servez");
	assert.equal(container.livenessProbe.httpGet.path, "/healthz");
});

test("an update and the drain of a node never take the last pod away", () => {
	const { replicas, strategy } = deployment.spec;
	assert.ok(replicas >= 2);
	assert.equal(strategy.type, "RollingUpdate");
	assert.equal(strategy.rollingUpdate.maxUnavailable, 0);
	assert.ok(budget.spec.maxUnavailable < replicas);
});

test("a pod has the time to wait and to drain before it is killed", () => {
	const [program, seconds] = container.lifecycle.preStop.exec.command;
	assert.equal(program, "sleep");
	const drain = Number(argument("drain-timeout"));
	assert.ok(pod.spec.terminationGracePeriodSeconds > Number(seconds) + drain);
	const { periodSeconds, failureThreshold } = container.readinessProbe;
	assert.ok(Number(seconds) > periodSeconds * failureThreshold);
});

test("the pod has no privileges, and a root file system that it cannot write", () => {
	const { securityContext } = pod.spec;
	assert.equal(securityContext.runAsNonRoot, true);
	// The user of the image.
	const { runAsUser, runAsGroup } = securityContext;
	assert.ok(read("Dockerfile").includes(`USER ${runAsUser}:${runAsGroup}\n`));
	assert.equal(securityContext.seccompProfile.type, "RuntimeDefault");
	assert.deepEqual(container.securityContext, {
		allowPrivilegeEscalation: false,
		readOnlyRootFilesystem: true,
		capabilities: { drop: ["ALL"] },
	});
	assert.equal(pod.spec.automountServiceAccountToken, false);
});

test("the Ingress in the documents leads to the Service", () => {
	const [, block = ""] =
		/```yaml\n(\s*apiVersion: networking.*?)```/s.exec(
			read("docs/several-machines.md"),
		) ?? [];
	const { spec } = parse(block);
	const services = spec.rules.flatMap((rule: Rule) =>
		rule.http.paths.map(({ backend }) => backend.service),
	);
	assert.deepEqual(services, [
		{ name: service.metadata.name, port: { name: "http" } },
		{ name: service.metadata.name, port: { name: "http" } },
	]);
});

interface Rule {
	readonly http: {
		readonly paths: readonly { readonly backend: { service: unknown } }[];
	};
}

test("no variable of a Service overrides one of the proxy's", () => {
	// Kubernetes would set NAME_PORT, with the Service's name in capitals.
	assert.equal(service.metadata.name, "galaxy-proxy");
	assert.equal(pod.spec.enableServiceLinks, false);
});

test("the proxy accepts its arguments and the values of the Secret", async () => {
	const secret = one<Secret>("Secret");
	const env = Object.fromEntries(
		container.env.map(({ name, valueFrom }) => {
			assert.equal(valueFrom.secretKeyRef.name, secret.metadata.name);
			return [name, secret.stringData[valueFrom.secretKeyRef.key] ?? ""];
		}),
	);
	assert.match(env.GALAXY_PROXY_SESSIONS ?? "", /^postgresql:/);
	const words = ["config", "--json", ...args];
	const { code, stdout, stderr } = await runCli(words, { env });
	assert.deepEqual([code, stderr], [0, ""]);
	assert.match(stdout, /"gxit"/);
	assert.doesNotMatch(stdout, /CHANGE-ME/);
});
