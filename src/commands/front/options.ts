/** What `front` prints, by the name that it is asked for. */
export const FRONTS = ["nginx", "apache", "systemd", "supervisord"] as const;
export type Front = (typeof FRONTS)[number];

/** The command's own options, as they were typed. */
export interface FrontOptions {
	readonly serverName?: string;
	readonly galaxy?: string;
	readonly galaxyRoot?: string;
	readonly user?: string;
}
