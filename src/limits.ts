/** Bytes of a session key. Galaxy's are 48 hex digits or a few hundred; longer ones are nobody's. */
export const SESSION_KEY_BYTES = 1024;

/** Bytes of a pipelined request that wait in memory while the one before it is served; then the client is not read. */
export const PIPELINED_BYTES = 64 * 1024;

/** Bytes of a request body that are read and thrown away so that its early answer arrives and the connection lives. */
export const DISCARDED_BYTES = 16 * 1024 * 1024;

/** Milliseconds that a client whose connection ends gets to take its answer and close: without it a reset could eat the answer. */
export const LINGER_MS = 5_000;

/** Milliseconds that a tunnel of which one side has ended may go on. */
export const HALF_CLOSED_MS = 30_000;

/**
 * Milliseconds without a byte after which TCP asks whether the other side is still there: of tunnels, and of every
 * connection to a container, whose host may vanish without a FIN. Below the shortest idle limits of NAT boxes.
 */
export const TCP_KEEP_ALIVE_MS = 60_000;

/** Milliseconds that an idle upstream connection is kept: below the 5 s at which Node and many others close theirs. */
export const UPSTREAM_IDLE_MS = 4_000;

/** Milliseconds that a container gets to close a connection after Connection: close, so that TIME_WAIT is on its side. */
export const UPSTREAM_FIN_MS = 1_000;

/** Milliseconds within which a pooled connection must have been used to carry a request that cannot be repeated. */
export const UPSTREAM_RECENT_MS = 1_000;

/** Connections with Connection: close that are opened to a target within the window before others are reused (monitor_traffic.sh counts TIME_WAIT and wants three). */
export const CLOSED_CONNECTIONS = 4;
export const CLOSED_WINDOW_MS = 30_000;

/** Interim responses of one exchange: more is a flood. */
export const INTERIM_RESPONSES = 16;

/** Milliseconds that a name's addresses are kept. */
export const LOOKUP_KEPT_MS = 1_000;

/** Milliseconds for which they are still good while the resolver is stuck on other names; longer, and the address may be another container's. */
export const LOOKUP_STALE_MS = 60_000;

/** Name look-ups at a time: libuv has four threads, and the log and the session map need theirs. */
export const LOOKUPS_AT_A_TIME = 2;

/** Milliseconds of asking after which a row that is not ready gets a page that says what to do: most are ready in seconds. */
export const LONG_WAIT_MS = 5 * 60_000;

/** Milliseconds of asking after which that page stops: nobody may be looking at it. */
export const LONGEST_WAIT_MS = 30 * 60_000;

/** Lines a minute of the same fault in the log; the rest of that minute becomes one line with their number. */
export const FAULTS_A_MINUTE = 20;
