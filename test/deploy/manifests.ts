import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { read, repository } from "../support/folders.js";
import { problemsOf } from "./schema.js";

const FOLDER = "deploy/kubernetes";
export const files = readdirSync(join(repository, FOLDER));

/** As problemsOf() has checked it. */
interface Manifest {
	readonly kind: string;
	readonly metadata: { readonly name: string };
}

export interface Deployment extends Manifest {
	readonly spec: {
		readonly replicas: number;
		readonly selector: { readonly matchLabels: Labels };
		readonly strategy: {
			readonly type: string;
			readonly rollingUpdate: { readonly maxUnavailable: number };
		};
		readonly template: {
			readonly metadata: { readonly labels: Labels };
			readonly spec: Pod;
		};
	};
}

export type Labels = Readonly<Record<string, string>>;

interface Pod {
	readonly automountServiceAccountToken: boolean;
	readonly enableServiceLinks: boolean;
	readonly terminationGracePeriodSeconds: number;
	readonly securityContext: {
		readonly runAsNonRoot: boolean;
		readonly runAsUser: number;
		readonly runAsGroup: number;
		readonly seccompProfile: { readonly type: string };
	};
	readonly topologySpreadConstraints: readonly {
		readonly labelSelector: { readonly matchLabels: Labels };
	}[];
	readonly containers: readonly Container[];
}

export interface Container {
	readonly image: string;
	readonly args: readonly string[];
	readonly env: readonly {
		readonly name: string;
		readonly valueFrom: {
			readonly secretKeyRef: { readonly name: string; readonly key: string };
		};
	}[];
	readonly ports: readonly {
		readonly name: string;
		readonly containerPort: number;
	}[];
	readonly readinessProbe: Probe;
	readonly livenessProbe: Probe;
	readonly lifecycle: {
		readonly preStop: { readonly exec: { readonly command: string[] } };
	};
	readonly securityContext: unknown;
}

interface Probe {
	readonly httpGet: { readonly path: string; readonly port: string };
	readonly periodSeconds: number;
	readonly failureThreshold: number;
}

export interface Service extends Manifest {
	readonly spec: {
		readonly selector: Labels;
		readonly ports: readonly { readonly targetPort: string }[];
	};
}

export interface Budget extends Manifest {
	readonly spec: {
		readonly maxUnavailable: number;
		readonly selector: { readonly matchLabels: Labels };
	};
}

export interface Kustomization extends Manifest {
	readonly resources: readonly string[];
	readonly images: readonly {
		readonly name: string;
		readonly newTag: string;
	}[];
}

export interface Secret extends Manifest {
	readonly stringData: Labels;
}

function objectsOf(file: string): Manifest[] {
	const documents = parseAllDocuments(read(`${FOLDER}/${file}`), {
		strict: true,
		uniqueKeys: true,
	});
	return documents.map((document): Manifest => {
		assert.deepEqual([...document.errors, ...document.warnings], [], file);
		const object = document.toJS();
		assert.deepEqual(problemsOf(object), [], file);
		return object;
	});
}

const objects = files.flatMap(objectsOf);

/** The only object of its kind. */
export function one<T extends Manifest>(kind: string): T {
	const [found, ...more] = objects.filter((object) => object.kind === kind);
	assert.ok(found !== undefined && more.length === 0, kind);
	return found as T;
}
