// What both load generators share: clock, latency record, pacing, sessions, sockets.
// One thread, one epoll, loopback only: the generator must cost less than what it measures.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void *need(size_t bytes) {
    void *p = calloc(1, bytes);
    if (!p) die("calloc");
    return p;
}

// ---- sessions: one cookie value per line; connection i uses line i modulo their number
static char (*sessions)[128];
static int session_count;

static void read_sessions(const char *path) {
    FILE *f = fopen(path, "r");
    if (!f) die(path);
    sessions = need(100000 * sizeof *sessions);
    while (session_count < 100000 && fscanf(f, "%127s", sessions[session_count]) == 1) session_count++;
    fclose(f);
    if (!session_count) { fprintf(stderr, "%s: no session\n", path); exit(1); }
}

// Writes a host name or the beginning of a path: in the pattern, "%s" stands for the session, which may be a tool's key.
static void with_session(char *out, size_t size, const char *pattern, const char *session) {
    const char *mark = strstr(pattern, "%s");
    if (mark) snprintf(out, size, "%.*s%s%s", (int)(mark - pattern), pattern, session, mark + 2);
    else snprintf(out, size, "%s", pattern);
}

static int dial(int port, int flags) {
    int fd = socket(AF_INET, SOCK_STREAM | flags, 0), one = 1;
    if (fd < 0) die("socket");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&a, sizeof a) < 0 && errno != EINPROGRESS) die("connect");
    return fd;
}

// ---- latencies in µs
enum { MAX_LATENCIES = 4000000 };
static float *latencies;
static size_t latency_count;

static void add_latency(double seconds) {
    if (latency_count < MAX_LATENCIES) latencies[latency_count++] = seconds * 1e6;
}

static int by_value(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static float quantile(double q) { return latency_count ? latencies[(size_t)((latency_count - 1) * q)] : 0; }

// The one line that rig.py reads. err: broken connections; bad: wrong status, length or content.
static void report(long long n, long long err, long long bad, long long bytes, double seconds) {
    qsort(latencies, latency_count, sizeof *latencies, by_value);
    printf("{\"n\":%lld,\"err\":%lld,\"bad\":%lld,\"s\":%.4f,\"rps\":%.1f,\"MBps\":%.1f,\"p50\":%.0f,\"p99\":%.0f}\n",
           n, err, bad, seconds, n / seconds, bytes / seconds / 1e6, quantile(.5), quantile(.99));
}

// ---- pacing. Closed loop (rate 0): a connection starts its next request when the last one is done.
// Open loop: request k is due at begin + k/rate whatever the proxy does; when no connection is free it
// waits in line, and its latency counts from the due time (no coordinated omission).
static double rate, begin;
static long long scheduled;  // requests whose due time has passed
static long long started;    // of these, requests given to a connection
static int *idle_ring, idle_size, idle_head, idle_count;

static double due_time(long long k) { return begin + k / rate; }

static void make_idle(int connection) {
    idle_ring[(idle_head + idle_count++) % idle_size] = connection;
}

// The longest idle connection takes the oldest due request; -1 when there is no such pair.
static int next_due(double *when) {
    while (due_time(scheduled) <= now()) scheduled++;
    if (!idle_count || started == scheduled) return -1;
    int connection = idle_ring[idle_head];
    idle_head = (idle_head + 1) % idle_size;
    idle_count--;
    *when = due_time(started++);
    return connection;
}

// Adds a timer that wakes epoll (with data.ptr == NULL) at every due time.
static int start_pacing(int epoll, int connections) {
    begin = now();
    idle_size = connections;
    idle_ring = need(connections * sizeof *idle_ring);
    latencies = need(MAX_LATENCIES * sizeof *latencies);
    if (rate <= 0) return -1;
    for (int i = 0; i < connections; i++) make_idle(i);
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct itimerspec every = {{(time_t)(1 / rate), (long)(1e9 / rate) % 1000000000}, {0, 1}};
    timerfd_settime(fd, 0, &every, NULL);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
    return fd;
}

static void drain_timer(int fd) {
    uint64_t ticks;
    if (read(fd, &ticks, sizeof ticks) < 0 && errno != EAGAIN) die("timerfd");
}
