/** The style of every page. Its hash is in the Content-Security-Policy. Contrasts are at least 4.5:1 in both colour schemes. */
export const STYLE = `
:root {
	color-scheme: light dark;
	--ground: #f3f5f8; --card: #ffffff; --edge: #dde2ea; --ink: #1c2533; --soft: #505c6d;
	--accent: #25537b; --on-accent: #ffffff; --tint: #e6eef6; --warning: #8a5300; --warning-tint: #fcf0dc;
	--shadow: 0 1px 2px rgb(28 37 51 / 6%), 0 12px 32px rgb(28 37 51 / 8%);
}
@media (prefers-color-scheme: dark) {
	:root {
		--ground: #12161c; --card: #1b212a; --edge: #2d3642; --ink: #e9edf3; --soft: #a7b2c1;
		--accent: #8cbdec; --on-accent: #10202f; --tint: #22303f; --warning: #f0bd6b; --warning-tint: #3a2f1d;
		--shadow: 0 12px 32px rgb(0 0 0 / 35%);
	}
}
* { box-sizing: border-box; }
body {
	margin: 0; padding: 1.5rem; min-height: 100vh; min-height: 100dvh;
	display: grid; place-items: center; background: var(--ground); color: var(--ink);
	font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
main {
	width: 100%; max-width: 35rem; overflow: hidden; background: var(--card);
	border: 1px solid var(--edge); border-radius: 14px; box-shadow: var(--shadow);
}
.bar { height: 4px; background: var(--tint); overflow: hidden; }
.bar::before {
	content: ""; display: block; width: 35%; height: 100%; border-radius: 2px; background: var(--accent);
	animation: pass 2.2s ease-in-out infinite;
}
@keyframes pass {
	from { transform: translateX(-100%); }
	to { transform: translateX(290%); }
}
[data-opening] .bar::before { animation: none; width: 100%; }
.body { padding: 2.25rem 2.5rem 2rem; }
.sign {
	display: grid; place-items: center; width: 3.25rem; height: 3.25rem; margin-bottom: 1.25rem;
	border-radius: 50%; background: var(--tint); color: var(--accent);
}
.warning .sign { background: var(--warning-tint); color: var(--warning); }
.sign svg {
	width: 1.625rem; height: 1.625rem; fill: none;
	stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round;
}
h1 { margin: 0 0 .5rem; font-size: 1.5rem; line-height: 1.25; font-weight: 650; letter-spacing: -.01em; text-wrap: balance; }
p { margin: 0; }
.lead { color: var(--soft); font-size: 1.0625rem; text-wrap: pretty; }
time { color: var(--ink); font-weight: 600; }
.note { margin-top: 1.25rem; color: var(--soft); }
h2 { margin: 1.75rem 0 .375rem; font-size: .9375rem; font-weight: 650; }
ul, ol { margin: 0; padding-left: 1.25rem; color: var(--soft); }
li + li { margin-top: .25rem; }
li::marker { color: var(--accent); }
.acts { display: flex; flex-wrap: wrap; align-items: center; gap: .75rem 1rem; margin-top: 1.75rem; }
a {
	padding: .5625rem 1.125rem; border: 1px solid var(--accent); border-radius: 8px;
	background: var(--accent); color: var(--on-accent); font-weight: 600; text-decoration: none;
}
[data-wait] a { background: transparent; color: var(--accent); }
a:hover { filter: brightness(1.08); text-decoration: underline; text-underline-offset: .2em; }
a:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
[role="status"] { color: var(--soft); }
footer { padding: .75rem 2.5rem; border-top: 1px solid var(--edge); color: var(--soft); font-size: .8125rem; }
code { font: 600 .8125rem ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; color: var(--ink); }
@media (max-width: 30rem) {
	body { padding: 0; place-items: stretch; background: var(--card); }
	main { display: flex; flex-direction: column; border: 0; border-radius: 0; box-shadow: none; }
	.body { flex: 1; padding: 2rem 1.375rem 1.5rem; }
	.acts a { flex: 1; text-align: center; }
	.acts [role="status"]:empty { display: none; }
	footer { padding: .75rem 1.375rem; }
}
@media (prefers-reduced-motion: reduce) {
	.bar::before { animation: none; width: 100%; opacity: .55; }
}
@media (forced-colors: active) {
	.bar::before { background: Highlight; }
}
`;
