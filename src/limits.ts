/** Bytes of a session key. Galaxy's are 48 hex digits or a few hundred; longer ones are not session keys. */
export const SESSION_KEY_BYTES = 1024;

/** Bytes of pipelined requests that are buffered while an exchange is in progress; beyond, the client is not read. */
export const PIPELINED_BYTES = 64 * 1024;

/** Bytes of a request body that are read and discarded so that an early response arrives and the connection stays usable. */
export const DISCARDED_BYTES = 16 * 1024 * 1024;

/** Milliseconds that a client gets to read the last response and close: an earlier close could reset the connection and lose it. */
export const LINGER_MS = 5_000;

/** Milliseconds in which a connection without a request may send its last one, once the daemon drains. */
export const GRACE_MS = 1_500;

/** Milliseconds that tunnels stay open in a rolling restart, unless --tunnel-drain says otherwise. */
export const ROLLING_TUNNELS_MS = 3_600_000;

/** Milliseconds that a tunnel stays open after one side has ended. */
export const HALF_CLOSED_MS = 30_000;

/**
 * Milliseconds without a byte after which TCP probes the client of a tunnel, whose host may vanish without a FIN. Below the
 * shortest idle limits of NAT boxes.
 */
export const TCP_KEEP_ALIVE_MS = 60_000;

/**
 * The same for connections to containers. libuv has ten probes sent, one a second, so that a dead container is found after
 * 30 seconds: until then its address is not given to another tool's row (docs/decisions.md, 40).
 */
export const CONTAINER_KEEP_ALIVE_MS = 20_000;

/** Milliseconds that an idle upstream connection is kept: below the 5 s after which Node and many other servers close it. */
export const UPSTREAM_IDLE_MS = 4_000;

/** Milliseconds that a container gets to close a connection after Connection: close, so that TIME_WAIT is on its side. */
export const UPSTREAM_FIN_MS = 1_000;

/** Connections with Connection: close to a target within the window, before connections are reused (monitor_traffic.sh counts TIME_WAIT and wants three). */
export const CLOSED_CONNECTIONS = 4;
export const CLOSED_WINDOW_MS = 30_000;

/**
 * Milliseconds for which a new connection may wait for its first byte before idle connections to the same target are
 * closed: a server that serves one connection at a time would not answer before. Most servers answer faster.
 */
export const FIRST_BYTE_MS = 40;

/** An answer within these milliseconds after that close shows such a server. One that is merely slow rarely answers just then. */
export const FREED_ANSWER_MS = 100;

/** Milliseconds for which it is remembered that a target serves several connections: its port may go to another container. */
export const SEVERAL_KEPT_MS = 10 * 60_000;

/** The same for one that serves a single one. A wrong verdict must not last, and a right one is found again in FIRST_BYTE_MS. */
export const SINGLE_KEPT_MS = 60_000;

/** Interim responses of one exchange: more is a flood. */
export const INTERIM_RESPONSES = 16;

/** Milliseconds after which the next address of a name is tried although the attempts before have not failed (RFC 8305, 5). */
export const ATTEMPT_DELAY_MS = 250;

/** Milliseconds for which the address of a name that connected first is tried first. */
export const PREFERRED_MS = 10 * 60_000;

/** Names whose preferred addresses are remembered. */
export const PREFERRED_NAMES = 1_000;

/** Milliseconds that the addresses of a name are cached. */
export const LOOKUP_KEPT_MS = 1_000;

/** Milliseconds for which cached addresses are used while the resolver hangs on other names; later they may be another container's. */
export const LOOKUP_STALE_MS = 60_000;

/** Name look-ups at a time: libuv has four threads, and the log and the session map need theirs. */
export const LOOKUPS_AT_A_TIME = 2;

/** Milliseconds of waiting after which the page for a row that is not ready says what to do: most are ready in seconds. */
export const LONG_WAIT_MS = 5 * 60_000;

/** Milliseconds of waiting after which that page stops its retries: the user may have left. */
export const LONGEST_WAIT_MS = 30 * 60_000;

/** Log lines a minute for the same fault; one more line gives the number of the others. */
export const FAULTS_A_MINUTE = 20;
