// http_load: HTTP/1.1 load on one loopback port. Every answer is checked: status 200 and, with -l, the
// body length. Bodies are dropped in the kernel (MSG_TRUNC) to keep the generator cheap; their content is
// the business of test/.
//   -p port  -c connections  -d seconds  -n stop after so many requests  -r requests/s (0: closed loop)
//   -u path  -l expected body length  -b upload size (POST)  -x new connection for each request
//   -s sessions file  -h host ("%s" = session)
#include "load.h"

enum { HEAD_MAX = 16384, CHUNK = 1 << 18, SINK = 1 << 20 };
enum state { IDLE, SENDING_OR_WAITING };
enum framing { IN_HEAD, LENGTH, CHUNKED };

typedef struct {
    int fd, index;
    enum state state;
    enum framing framing;
    double due;
    long long sent, left, body;  // bytes sent; body bytes still to come (LENGTH, or in this chunk); body bytes seen
    int head_length, ok, close_after, want_write;
    enum { SIZE, SKIP_LINE, DATA, DATA_END, TRAILER } chunk_state;
    int line_length;
    char *request;
    int request_length;
    char head[HEAD_MAX];
} conn;

static int port = 8000, connections = 64, new_connection_each = 0, epoll;
static long long upload = 0, expected = -1, limit = 0;
static const char *path = "/", *host_pattern = "localhost", *prefix_pattern = "", *session_file;
static double duration = 3;
static long long launched, done, errors, bad, received;
static int draining;  // the time is up: finish what is under way, start nothing
static char *sink;  // source of uploads, and where MSG_TRUNC pretends to read to

static void begin_request(conn *c, double due);

static void build_request(conn *c) {
    char host[256], prefix[256], body_head[128] = "", *session = sessions[c->index % session_count];
    with_session(host, sizeof host, host_pattern, session);
    with_session(prefix, sizeof prefix, prefix_pattern, session);
    if (upload) snprintf(body_head, sizeof body_head, "Content-Type: application/octet-stream\r\nContent-Length: %lld\r\n", upload);
    // About what a browser sends to a notebook server, with the session cookie between two others.
    c->request_length = asprintf(&c->request,
        "%s %s%s HTTP/1.1\r\nHost: %s:%d\r\n"
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
        "Accept: application/json, text/javascript, */*; q=0.01\r\nAccept-Language: en-US,en;q=0.5\r\n"
        "Accept-Encoding: identity\r\n"
        "Referer: http://localhost:8080/gie_proxy/jupyter/ipython/notebooks/ipython_galaxy_notebook.ipynb\r\n"
        "X-Requested-With: XMLHttpRequest\r\nSec-Fetch-Dest: empty\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Site: same-origin\r\n"
        "Cookie: _xsrf=2|8f3c2f0a|4e5b; galaxysession=%s; username-localhost-8888=\"2|1:0|10:1700000000|23\"\r\n%s%s\r\n",
        upload ? "POST" : "GET", prefix, path, host, port, session, body_head, new_connection_each ? "Connection: close\r\n" : "");
    if (c->request_length < 0) die("asprintf");
}

static void watch(conn *c, int op, int want_write) {
    struct epoll_event e = {.events = EPOLLIN | (want_write ? EPOLLOUT : 0), .data.ptr = c};
    epoll_ctl(epoll, op, c->fd, &e);
    c->want_write = want_write;
}

static void hang_up(conn *c) {
    close(c->fd);
    c->fd = -1;
}

static void after_request(conn *c) {
    c->state = IDLE;
    if (rate > 0) make_idle(c->index);
    else if (!draining) begin_request(c, now());
}

static void request_done(conn *c) {
    if (c->ok && (expected < 0 || c->body == expected)) { done++; add_latency(now() - c->due); }
    else bad++;
    if (new_connection_each || c->close_after) hang_up(c);
    after_request(c);
}

static void request_failed(conn *c) {
    errors++;
    hang_up(c);
    if (errors > 1000) { report(done, errors, bad, received, now() - begin); exit(0); }
    after_request(c);
}

static void send_some(conn *c) {
    long long total = c->request_length + upload;
    while (c->sent < total) {
        ssize_t n;
        if (c->sent < c->request_length) {
            n = send(c->fd, c->request + c->sent, c->request_length - c->sent, MSG_NOSIGNAL | (upload ? MSG_MORE : 0));
        } else {
            long long rest = total - c->sent;
            n = send(c->fd, sink, rest < CHUNK ? rest : CHUNK, MSG_NOSIGNAL);
        }
        if (n < 0) {
            if (errno == EAGAIN && !c->want_write) watch(c, EPOLL_CTL_MOD, 1);
            return;  // any other error shows up in recv
        }
        c->sent += n;
    }
    if (c->want_write) watch(c, EPOLL_CTL_MOD, 0);
}

static void begin_request(conn *c, double due) {
    if (limit && launched >= limit) return;
    launched++;
    if (c->fd < 0) {
        c->fd = dial(port, SOCK_NONBLOCK);
        watch(c, EPOLL_CTL_ADD, 0);
    }
    c->state = SENDING_OR_WAITING;
    c->framing = IN_HEAD;
    c->due = due;
    c->sent = c->left = c->body = c->head_length = c->close_after = 0;
    send_some(c);
}

// Decodes chunked framing so that the body length can be checked; 1 when the body is complete.
static int chunked(conn *c, const char *p, ssize_t n) {
    for (const char *end = p + n; p < end;) {
        if (c->chunk_state == DATA) {
            long long take = end - p < c->left ? end - p : c->left;
            p += take; c->left -= take; c->body += take;
            if (!c->left) c->chunk_state = DATA_END;
            continue;
        }
        char ch = *p++;
        if (c->chunk_state == DATA_END) { if (ch == '\n') { c->chunk_state = SIZE; c->left = 0; } }
        else if (c->chunk_state == TRAILER) {
            if (ch == '\n') { if (!c->line_length) return 1; c->line_length = 0; }
            else if (ch != '\r') c->line_length++;
        } else if (ch == '\n') {
            c->chunk_state = c->left ? DATA : TRAILER;
            c->line_length = 0;
        } else if (c->chunk_state == SIZE) {
            if (ch >= '0' && ch <= '9') c->left = c->left * 16 + ch - '0';
            else if ((ch | 32) >= 'a' && (ch | 32) <= 'f') c->left = c->left * 16 + (ch | 32) - 'a' + 10;
            else c->chunk_state = SKIP_LINE;
        }
    }
    return 0;
}

// Looks at the head once it is complete; 1 when the whole answer is there.
static int head_complete(conn *c, char *end_of_head) {
    char *body = end_of_head + 4;
    long long got = c->head_length - (body - c->head);
    *end_of_head = 0;
    c->ok = atoi(c->head + 9) == 200;
    c->close_after = strcasestr(c->head, "\r\nconnection: close") != NULL || !strncmp(c->head, "HTTP/1.0", 8);
    char *length = strcasestr(c->head, "\r\ncontent-length:");
    if (length) {
        c->framing = LENGTH;
        c->body = got;
        c->left = atoll(length + 17) - got;
        return c->left <= 0;
    }
    if (!strcasestr(c->head, "transfer-encoding: chunked")) { c->ok = 0; c->close_after = 1; return 1; }
    c->framing = CHUNKED;
    c->chunk_state = SIZE;
    return chunked(c, body, got);
}

static void receive(conn *c) {
    while (c->state == SENDING_OR_WAITING) {
        static char buffer[65536];
        ssize_t n;
        if (c->framing == IN_HEAD) n = recv(c->fd, c->head + c->head_length, HEAD_MAX - 1 - c->head_length, 0);
        else if (c->framing == CHUNKED) n = recv(c->fd, buffer, sizeof buffer, 0);
        else n = recv(c->fd, sink, c->left < SINK ? c->left : SINK, MSG_TRUNC);
        if (n < 0 && errno == EAGAIN) return;
        if (n <= 0) { request_failed(c); return; }
        received += n;
        if (c->framing == IN_HEAD) {
            c->head_length += n;
            c->head[c->head_length] = 0;
            char *end = memmem(c->head, c->head_length, "\r\n\r\n", 4);
            if (end && head_complete(c, end)) { request_done(c); return; }
        } else if (c->framing == CHUNKED) {
            if (chunked(c, buffer, n)) { request_done(c); return; }
        } else {
            c->left -= n;
            c->body += n;
            if (!c->left) { request_done(c); return; }
        }
        // One short read means the socket is empty: do not pay for an EAGAIN each time.
        if (c->framing == IN_HEAD) return;
    }
}

int main(int argc, char **argv) {
    for (int o; (o = getopt(argc, argv, "p:c:d:n:r:u:l:b:xs:h:P:")) != -1;) switch (o) {
        case 'p': port = atoi(optarg); break;
        case 'c': connections = atoi(optarg); break;
        case 'd': duration = atof(optarg); break;
        case 'n': limit = atoll(optarg); break;
        case 'r': rate = atof(optarg); break;
        case 'u': path = optarg; break;
        case 'P': prefix_pattern = optarg; break;
        case 'l': expected = atoll(optarg); break;
        case 'b': upload = atoll(optarg); break;
        case 'x': new_connection_each = 1; break;
        case 's': session_file = optarg; break;
        case 'h': host_pattern = optarg; break;
        default: return 2;
    }
    read_sessions(session_file);
    sink = need(SINK);
    memset(sink, 'a', SINK);
    epoll = epoll_create1(0);
    conn *all = need(connections * sizeof *all);
    for (int i = 0; i < connections; i++) {
        all[i].index = i;
        all[i].fd = -1;
        build_request(&all[i]);
    }
    int timer = start_pacing(epoll, connections);
    if (rate <= 0) for (int i = 0; i < connections; i++) begin_request(&all[i], now());
    // Requests under way at the end are waited for, so that the proxy's CPU time and the number of requests belong
    // to each other; one that is still open 3 s later hangs, and is an error.
    for (;;) {
        if (now() >= begin + duration) draining = 1;
        int busy = 0;
        for (int i = 0; (draining || limit) && i < connections; i++) busy += all[i].state != IDLE;
        if ((draining || (limit && launched >= limit)) && !busy) break;
        if (now() >= begin + duration + 3) { errors += busy; break; }
        struct epoll_event events[256];
        int n = epoll_wait(epoll, events, 256, 100);
        for (int i = 0; i < n; i++) {
            conn *c = events[i].data.ptr;
            if (!c) { drain_timer(timer); continue; }
            if (c->fd < 0) continue;
            if (events[i].events & EPOLLOUT) send_some(c);
            if (!(events[i].events & ~EPOLLOUT)) continue;
            if (c->state == SENDING_OR_WAITING) receive(c);
            else hang_up(c);  // the proxy closed an idle connection (or spoke out of turn): dial again next time
        }
        double due;
        for (int i; rate > 0 && !draining && (i = next_due(&due)) >= 0;) begin_request(&all[i], due);
    }
    report(done, errors, bad, received, now() - begin);
    return 0;
}
