/* A server with nothing to do, for load generators to be measured against: one thread, epoll, one fixed reply.
 *
 *     trivial_server FILE
 *
 * It prints its port. When it is told to end it writes to FILE when each request was whole: nanoseconds of
 * CLOCK_MONOTONIC, 8 bytes each as the machine has them. Requests are POSTs with a content-length, one at a time on a
 * connection. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LINES = 8192, ROOM = 16384, TIMES = 1 << 24, EVENTS = 256 };

static const char REPLY[] =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 39\r\n\r\n"
    "{\"infcode\":0,\"err_msg\":\"\",\"output\":{ }}";
static char *held[LINES];
static int holds[LINES];
static uint64_t *times;
static long asked;
static volatile sig_atomic_t over;

static void end(int number) { (void)number; over = 1; }

static void note(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (asked < TIMES) times[asked] = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    asked++;
}

/* Bytes of the first request held, or 0 while it is not whole. */
static int whole(const char *text) {
    const char *head = strstr(text, "\r\n\r\n"), *length = strcasestr(text, "content-length:");
    if (!head) return 0;
    return (int)(head + 4 - text) + (length && length < head ? atoi(length + 15) : 0);
}

static void forget(int line) { close(line); holds[line] = 0; }

static void take(int line) {
    int got = (int)read(line, held[line] + holds[line], (size_t)(ROOM - 1 - holds[line]));
    if (got <= 0) { if (got == 0 || errno != EAGAIN) forget(line); return; }
    holds[line] += got;
    held[line][holds[line]] = 0;
    for (int need; (need = whole(held[line])) && need <= holds[line];) {
        note();
        if (write(line, REPLY, sizeof REPLY - 1) < 0) { forget(line); return; }
        holds[line] -= need;
        memmove(held[line], held[line] + need, (size_t)holds[line] + 1);
    }
}

int main(int count, char **words) {
    if (count != 2) return 2;
    int door = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), poll = epoll_create1(0), on = 1;
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof here;
    if (bind(door, (struct sockaddr *)&here, size) || listen(door, 4096)) return 1;
    getsockname(door, (struct sockaddr *)&here, &size);
    times = calloc(TIMES, sizeof *times);
    signal(SIGPIPE, SIG_IGN);
    struct sigaction ending = {.sa_handler = end};
    sigaction(SIGTERM, &ending, NULL);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = door}, events[EVENTS];
    epoll_ctl(poll, EPOLL_CTL_ADD, door, &event);
    printf("%d\n", ntohs(here.sin_port));
    fflush(stdout);
    while (!over) {
        int ready = epoll_wait(poll, events, EVENTS, -1);
        for (int each = 0; each < ready; each++) {
            int line = events[each].data.fd;
            if (line != door) { take(line); continue; }
            while ((line = accept4(door, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
                if (line >= LINES) { close(line); continue; }
                if (!held[line]) held[line] = malloc(ROOM);
                holds[line] = 0;
                setsockopt(line, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                event = (struct epoll_event){.events = EPOLLIN, .data.fd = line};
                epoll_ctl(poll, EPOLL_CTL_ADD, line, &event);
            }
        }
    }
    FILE *file = fopen(words[1], "wb");
    if (!file) return 1;
    fwrite(times, sizeof *times, (size_t)(asked < TIMES ? asked : TIMES), file);
    return fclose(file) ? 1 : 0;
}
