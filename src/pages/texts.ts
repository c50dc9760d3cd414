import type { PageName } from "../error-pages.js";

export type Language = "en" | "de";

/** The language that Accept-Language (RFC 9110 12.5.4) prefers; English by default. */
export function languageOf(accepted: string): Language {
	let best: Language = "en";
	let most = 0;
	for (const member of accepted.toLowerCase().split(",")) {
		const [range = "", ...parameters] = member.split(";");
		const language = range.trim().split("-")[0];
		const weight = weightIn(parameters);
		if ((language !== "en" && language !== "de") || weight <= most) continue;
		best = language;
		most = weight;
	}
	return best;
}

/** The q of RFC 9110 12.4.2; 1 without one, 0 for an invalid one. */
function weightIn(parameters: readonly string[]): number {
	const q = parameters.find((parameter) => /^\s*q\s*=/.test(parameter));
	if (q === undefined) return 1;
	const weight = Number(q.slice(q.indexOf("=") + 1));
	return weight >= 0 && weight <= 1 ? weight : 0;
}

/** The texts of one page. Plain text: the template escapes it. */
export interface PageText {
	readonly title: string;
	/** The problem. "{since}" becomes the time of the container's last answer, or of the first request for it. */
	readonly lead: string;
	readonly note?: string;
	/** Instructions for the user, in order. */
	readonly steps?: readonly string[];
}

/** The texts that all pages have. */
export interface CommonText {
	readonly button: string;
	/** Shown while the environment, which has just answered, is being opened. */
	readonly opening: string;
	/** Label of the fault's code, which is for the admin. */
	readonly fault: string;
	/** Heading of the steps. */
	readonly todo: string;
}

type Texts = Readonly<Record<PageName, PageText>>;

const ENGLISH: Texts = {
	starting: {
		title: "Your environment is starting",
		lead: "It opens here automatically as soon as it answers. You do not have to do anything.",
		note: "If nothing happens within a few minutes, it may have failed to start. Start it again from Galaxy.",
	},
	"not-reachable": {
		title: "Your environment cannot be reached",
		lead: "It last answered {since}. It was stopped, it failed, or the connection to it is broken.",
		steps: [
			"Start it again from Galaxy. Everything that you saved to your history is still there.",
			"This tab then opens it automatically. If it does not, ask your Galaxy administrator.",
		],
	},
	ended: {
		title: "This environment has ended",
		lead: "Its address belongs to another environment now, or may belong to one. It can no longer be opened here.",
		steps: [
			"Start a new environment from Galaxy. Everything that you saved to your history is still there.",
			"If this environment was still running, tell your Galaxy administrator the code below.",
		],
	},
	waiting: {
		title: "Your environment is not ready yet",
		lead: "It was first requested {since}, and Galaxy has not given it an address since then.",
		steps: [
			"Keep Galaxy's page for this environment open: the environment becomes ready only while that page is open.",
			"If nothing changes, start the environment again from Galaxy.",
			"If that does not help, tell your Galaxy administrator.",
		],
	},
	"no-session": {
		title: "No environment belongs to this session",
		lead: "Either this browser is not logged in to Galaxy any more, or your environment has ended.",
		steps: [
			"Log in to Galaxy again.",
			"Start the environment from there.",
			"Come back to this tab: it tries again automatically.",
		],
	},
	"several-sessions": {
		title: "This browser has two sessions",
		lead: "It sends the session cookies of two different environments. A page that you opened may have planted one of them.",
		steps: [
			"Delete this site's cookies in your browser.",
			"Log in to Galaxy again and open your environment from there.",
			"Tell your Galaxy administrator the code below, and which tools or environments you opened last.",
		],
	},
	"not-found": {
		title: "There is nothing at this address",
		lead: "Interactive environments have other addresses on this server.",
		note: "Open your environment from Galaxy.",
	},
	unavailable: {
		title: "Environments are temporarily unavailable",
		lead: "The server cannot connect you right now. This page tries again automatically; your environment is not affected.",
		note: "If this lasts for minutes, tell your Galaxy administrator.",
	},
	unusable: {
		title: "Your environment cannot be opened",
		lead: "The program at its address is not an environment that can be shown here.",
		steps: [
			"Start it again from Galaxy.",
			"If that does not help, tell your Galaxy administrator the code below.",
		],
	},
	slow: {
		title: "Your environment takes too long to answer",
		lead: "It is running, but it did not answer in time. It may be busy with a computation.",
		steps: [
			"Wait a moment and try again.",
			"If it stays like this, stop it in Galaxy and start it again.",
		],
	},
};

const GERMAN: Texts = {
	starting: {
		title: "Ihre Umgebung wird gestartet",
		lead: "Sie öffnet sich hier von selbst, sobald sie antwortet. Sie müssen nichts tun.",
		note: "Wenn nach einigen Minuten nichts geschehen ist, ist der Start vielleicht fehlgeschlagen: Starten Sie sie in Galaxy noch einmal.",
	},
	"not-reachable": {
		title: "Ihre Umgebung ist nicht erreichbar",
		lead: "Sie hat zuletzt {since} geantwortet. Sie wurde beendet, ist abgestürzt, oder die Verbindung zu ihr ist gestört.",
		steps: [
			"Starten Sie sie in Galaxy noch einmal. Was Sie in Ihrer History gespeichert haben, ist noch da.",
			"Dieser Tab öffnet sie dann von selbst. Wenn nicht, fragen Sie Ihre Galaxy-Administration.",
		],
	},
	ended: {
		title: "Diese Umgebung ist beendet",
		lead: "Ihre Adresse gehört jetzt einer anderen Umgebung, oder es könnte so sein. Sie wird hier nicht mehr geöffnet.",
		steps: [
			"Starten Sie in Galaxy eine neue Umgebung. Was Sie in Ihrer History gespeichert haben, ist noch da.",
			"Wenn diese hier noch lief, nennen Sie Ihrer Galaxy-Administration die Kennung unten.",
		],
	},
	waiting: {
		title: "Ihre Umgebung ist noch nicht bereit",
		lead: "Die erste Anfrage kam {since}, und seither hat Galaxy ihr keine Adresse gegeben.",
		steps: [
			"Lassen Sie die Seite dieser Umgebung in Galaxy geöffnet: Nur solange sie offen ist, wird die Umgebung bereit.",
			"Wenn sich nichts ändert, starten Sie die Umgebung in Galaxy noch einmal.",
			"Wenn das nicht hilft, wenden Sie sich an Ihre Galaxy-Administration.",
		],
	},
	"no-session": {
		title: "Zu dieser Sitzung gehört keine Umgebung",
		lead: "Entweder sind Sie in diesem Browser nicht mehr bei Galaxy angemeldet, oder Ihre Umgebung ist beendet.",
		steps: [
			"Melden Sie sich wieder bei Galaxy an.",
			"Starten Sie die Umgebung von dort.",
			"Kommen Sie zu diesem Tab zurück: Er sieht von selbst noch einmal nach.",
		],
	},
	"several-sessions": {
		title: "Dieser Browser hat zwei Sitzungen",
		lead: "Er sendet Sitzungs-Cookies von zwei verschiedenen Umgebungen, und eines davon kann eine Seite gesetzt haben, die Sie geöffnet haben.",
		steps: [
			"Löschen Sie die Cookies dieser Website in Ihrem Browser.",
			"Melden Sie sich wieder bei Galaxy an und öffnen Sie Ihre Umgebung von dort.",
			"Nennen Sie Ihrer Galaxy-Administration die Kennung unten und welche Tools oder Umgebungen Sie zuletzt geöffnet haben.",
		],
	},
	"not-found": {
		title: "Unter dieser Adresse gibt es nichts",
		lead: "Interaktive Umgebungen haben auf diesem Server andere Adressen.",
		note: "Öffnen Sie Ihre Umgebung aus Galaxy.",
	},
	unavailable: {
		title: "Umgebungen sind gerade nicht verfügbar",
		lead: "Der Server kann Sie im Moment nicht weiterleiten. Diese Seite versucht es von selbst wieder; Ihre Umgebung ist nicht betroffen.",
		note: "Wenn das minutenlang so bleibt, wenden Sie sich an Ihre Galaxy-Administration.",
	},
	unusable: {
		title: "Ihre Umgebung lässt sich nicht öffnen",
		lead: "Was unter ihrer Adresse steht, ist keine Umgebung, die hier gezeigt werden kann.",
		steps: [
			"Starten Sie sie in Galaxy noch einmal.",
			"Wenn das nicht hilft, nennen Sie Ihrer Galaxy-Administration die Kennung unten.",
		],
	},
	slow: {
		title: "Ihre Umgebung antwortet zu langsam",
		lead: "Sie läuft, hat aber nicht rechtzeitig geantwortet. Vielleicht ist sie mit einer Berechnung beschäftigt.",
		steps: [
			"Warten Sie etwas und versuchen Sie es noch einmal.",
			"Wenn es so bleibt, beenden Sie sie in Galaxy und starten Sie sie neu.",
		],
	},
};

export const TEXTS: Readonly<Record<Language, Texts>> = {
	en: ENGLISH,
	de: GERMAN,
};

export const COMMON: Readonly<Record<Language, CommonText>> = {
	en: {
		button: "Try again now",
		opening: "It answers. Opening …",
		fault: "Code for the administrator",
		todo: "What you can do",
	},
	de: {
		button: "Jetzt noch einmal versuchen",
		opening: "Sie antwortet. Wird geöffnet …",
		fault: "Kennung für die Administration",
		todo: "Was Sie tun können",
	},
};
