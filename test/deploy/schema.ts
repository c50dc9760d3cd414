/** The part of a Kubernetes object that our manifests use. Everything else is an unknown field. */
export type Shape =
	| "string"
	| "boolean"
	| "whole"
	/** A port's name, or its number. */
	| "port"
	/** A count, or a percentage. */
	| "count"
	/** As in "100m" and "512Mi". */
	| "quantity"
	/** A map of strings. */
	| "strings"
	| readonly string[]
	| { readonly listOf: Shape }
	| { readonly fields: Fields };

/** By name; a question mark at its end: it may be absent. */
export type Fields = Readonly<Record<string, Shape>>;

const object = (fields: Fields): Shape => ({ fields });
const list = (listOf: Shape): Shape => ({ listOf });

const metadata = object({ name: "string", "labels?": "strings" });
const labelSelector = object({ matchLabels: "strings" });

const probe = object({
	httpGet: object({ path: "string", port: "port" }),
	"initialDelaySeconds?": "whole",
	"periodSeconds?": "whole",
	"timeoutSeconds?": "whole",
	"failureThreshold?": "whole",
});

const quantities = object({ "cpu?": "quantity", "memory?": "quantity" });

const container = object({
	name: "string",
	image: "string",
	"args?": list("string"),
	"env?": list(
		object({
			name: "string",
			valueFrom: object({
				secretKeyRef: object({ name: "string", key: "string" }),
			}),
		}),
	),
	"ports?": list(object({ name: "string", containerPort: "whole" })),
	"readinessProbe?": probe,
	"livenessProbe?": probe,
	"lifecycle?": object({
		preStop: object({ exec: object({ command: list("string") }) }),
	}),
	"resources?": object({ "requests?": quantities, "limits?": quantities }),
	"securityContext?": object({
		"allowPrivilegeEscalation?": "boolean",
		"readOnlyRootFilesystem?": "boolean",
		"capabilities?": object({ drop: list("string") }),
	}),
});

const podTemplate = object({
	metadata: object({ labels: "strings" }),
	spec: object({
		"automountServiceAccountToken?": "boolean",
		"enableServiceLinks?": "boolean",
		"terminationGracePeriodSeconds?": "whole",
		"securityContext?": object({
			"runAsNonRoot?": "boolean",
			"runAsUser?": "whole",
			"runAsGroup?": "whole",
			"seccompProfile?": object({ type: ["RuntimeDefault", "Unconfined"] }),
		}),
		"topologySpreadConstraints?": list(
			object({
				maxSkew: "whole",
				topologyKey: "string",
				whenUnsatisfiable: ["ScheduleAnyway", "DoNotSchedule"],
				labelSelector,
			}),
		),
		containers: list(container),
	}),
});

/** By apiVersion and kind, which the fields do not repeat. */
export const KINDS: Readonly<Record<string, Fields>> = {
	"apps/v1 Deployment": {
		metadata,
		spec: object({
			"replicas?": "whole",
			selector: labelSelector,
			"strategy?": object({
				type: ["RollingUpdate", "Recreate"],
				"rollingUpdate?": object({
					maxUnavailable: "count",
					maxSurge: "count",
				}),
			}),
			template: podTemplate,
		}),
	},
	"v1 Service": {
		metadata,
		spec: object({
			"type?": ["ClusterIP", "NodePort", "LoadBalancer"],
			selector: "strings",
			ports: list(
				object({
					name: "string",
					port: "whole",
					"targetPort?": "port",
					"protocol?": ["TCP", "UDP"],
				}),
			),
		}),
	},
	"v1 Secret": { metadata, "type?": ["Opaque"], "stringData?": "strings" },
	"policy/v1 PodDisruptionBudget": {
		metadata,
		spec: object({
			"maxUnavailable?": "count",
			"minAvailable?": "count",
			selector: labelSelector,
		}),
	},
	"kustomize.config.k8s.io/v1beta1 Kustomization": {
		resources: list("string"),
		"images?": list(
			object({ name: "string", newName: "string", newTag: "string" }),
		),
	},
};

const WORDS: Readonly<Record<string, (value: unknown) => boolean>> = {
	string: (value) => typeof value === "string" && value !== "",
	boolean: (value) => typeof value === "boolean",
	whole: (value) => Number.isInteger(value) && Number(value) >= 0,
	port: (value) =>
		(Number.isInteger(value) && Number(value) > 0) ||
		(typeof value === "string" && /^[a-z][a-z0-9-]{0,14}$/.test(value)),
	count: (value) => Number.isInteger(value) || /^\d+%$/.test(String(value)),
	quantity: (value) => /^\d+(\.\d+)?(m|Ki|Mi|Gi)?$/.test(String(value)),
	strings: (value) =>
		isObject(value) &&
		Object.values(value).every((each) => typeof each === "string"),
};

/** What is wrong with a manifest, each problem with the path of its field. */
export function problemsOf(manifest: unknown): string[] {
	if (!isObject(manifest)) return ["it is no object"];
	const { apiVersion, kind, ...others } = manifest;
	const fields = KINDS[`${apiVersion} ${kind}`];
	if (fields === undefined) return [`unknown kind ${apiVersion} ${kind}`];
	return problemsAt(String(kind), { fields }, others);
}

function problemsAt(at: string, shape: Shape, value: unknown): string[] {
	if (typeof shape === "string")
		return WORDS[shape]?.(value) ? [] : [`${at}: not a ${shape}`];
	if (!("fields" in shape || "listOf" in shape))
		return shape.includes(String(value)) ? [] : [`${at}: not ${shape}`];
	if ("listOf" in shape)
		return Array.isArray(value) && value.length > 0
			? value.flatMap((each, index) =>
					problemsAt(`${at}[${index}]`, shape.listOf, each),
				)
			: [`${at}: not a list`];
	if (!isObject(value)) return [`${at}: not an object`];
	const known = new Map(
		Object.entries(shape.fields).map(([name, of]) => [
			name.replace("?", ""),
			{ of, isNeeded: !name.endsWith("?") },
		]),
	);
	const missing = [...known].flatMap(([name, { isNeeded }]) =>
		isNeeded && value[name] === undefined ? [`${at}.${name}: missing`] : [],
	);
	const wrong = Object.entries(value).flatMap(([name, each]) => {
		const { of } = known.get(name) ?? {};
		return of === undefined
			? [`${at}.${name}: unknown`]
			: problemsAt(`${at}.${name}`, of, each);
	});
	return [...missing, ...wrong];
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
