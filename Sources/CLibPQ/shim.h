#pragma once
#include <errno.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* What Swift's Glibc module does not show: epoll, eventfd, thread names. */

static inline int pgio_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

static inline int pgio_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

/* Blocks in read until somebody adds one. */
static inline int pgio_semaphore(void) { return eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE); }

static inline void pgio_signal(int fd) {
  uint64_t one = 1;
  while (write(fd, &one, sizeof one) < 0 && errno == EINTR) {}
}

static inline void pgio_drain(int fd) {
  uint64_t value;
  while (read(fd, &value, sizeof value) < 0 && errno == EINTR) {}
}

/* Watches fd for input, and for output if `writing`; registers it if libpq has opened it anew. */
static inline int pgio_watch(int epoll, int fd, uint64_t tag, int writing) {
  struct epoll_event event;
  event.events = EPOLLIN | (writing ? EPOLLOUT : 0);
  event.data.u64 = tag;
  if (epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event) == 0) return 0;
  if (errno != ENOENT) return -1;
  return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static inline void pgio_unwatch(int epoll, int fd) {
  struct epoll_event event;
  epoll_ctl(epoll, EPOLL_CTL_DEL, fd, &event);
}

/* Tags of the ready descriptors; a negative time-out waits for ever. */
static inline int pgio_wait(int epoll, uint64_t *tags, int capacity, int milliseconds) {
  struct epoll_event events[64];
  int count = epoll_wait(epoll, events, capacity < 64 ? capacity : 64, milliseconds);
  for (int i = 0; i < count; i++) tags[i] = events[i].data.u64;
  return count;
}

static inline uint64_t pgio_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

extern int pthread_setname_np(pthread_t thread, const char *name);

static inline void pgio_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

static inline uintptr_t pgio_thread(void) { return (uintptr_t)pthread_self(); }

static inline int pgio_start_thread(void *(*body)(void *), void *argument) {
  pthread_t thread;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  int result = pthread_create(&thread, &attributes, body, argument);
  pthread_attr_destroy(&attributes);
  return result;
}
