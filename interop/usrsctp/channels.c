#include "channels.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sha256.h"
#include "transport.h"

#define STREAMS 65535
/* After so many bytes the pseudo-random ones begin again; so far apart are messages in them. */
#define BLOCK 65537
#define STEP 251
#define RESETS_AT_ONCE 200

/* RFC 8831 8 and RFC 8832 8.2.1. */
enum { PPID_DCEP = 50, PPID_BINARY = 53 };
enum { DCEP_ACK = 2, DCEP_OPEN = 3 };
enum { TYPE_RETRANSMITS = 1, TYPE_LIFE_TIME = 2, TYPE_UNORDERED = 0x80 };

struct channel {
  char *label;
  struct channel *next;
  uint16_t stream;
  struct options options;
  bool open, closing;
  /* Our direction is reset: asked for, done. Theirs is. */
  bool reset_asked, reset_ours, reset_theirs, closed;
  /* A message that came in parts so far. */
  uint8_t *partial;
  size_t partial_size;
  struct taken taken;
  size_t numbers_room;
  struct sha256 digest;
  double first_at, last_at;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct channel *all;
/* What is on each stream now. */
static struct channel *streams[STREAMS];
static bool down;
static int parity;
static uint8_t block[2 * BLOCK];

static double now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec + at.tv_nsec / 1e9;
}

static struct channel *find(const char *label) {
  for (struct channel *c = all; c != NULL; c = c->next) {
    if (strcmp(c->label, label) == 0) return c;
  }
  return NULL;
}

static struct channel *add(const char *label, size_t size, uint16_t stream, struct options options) {
  struct channel *c = calloc(1, sizeof *c);
  c->label = strndup(label, size);
  c->stream = stream;
  c->options = options;
  c->next = all;
  sha256_begin(&c->digest);
  all = streams[stream] = c;
  return c;
}

static void note_closed(struct channel *c) {
  if (c->reset_ours && c->reset_theirs) {
    c->closed = true;
    streams[c->stream] = NULL;
  }
  pthread_cond_broadcast(&changed);
}

/*
 * Resets our direction of what is closing, as soon as usrsctp will: it has one request under way at a time. A channel may be
 * closed, and its stream another one's, before the call returns: so the mark is made before it.
 */
static void *resetter(void *unused) {
  for (;; usleep(2000)) {
    struct channel *asking[RESETS_AT_ONCE];
    uint16_t asked[RESETS_AT_ONCE];
    int count = 0;
    pthread_mutex_lock(&lock);
    for (struct channel *c = all; c != NULL && count < RESETS_AT_ONCE; c = c->next) {
      if (!c->closing || c->reset_asked || down) continue;
      c->reset_asked = true;
      asking[count] = c;
      asked[count++] = c->stream;
    }
    pthread_mutex_unlock(&lock);
    if (count == 0 || transport_reset(asked, count) == 0) continue;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < count; i++) asking[i]->reset_asked = false;
    pthread_mutex_unlock(&lock);
  }
  return unused;
}

void channels_begin(bool even) {
  uint32_t x = 7;
  for (int i = 0; i < BLOCK; i++) {
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    block[i] = block[i + BLOCK] = x;
  }
  parity = even ? 0 : 1;
  pthread_t thread;
  pthread_create(&thread, NULL, resetter, NULL);
}

static int policy_of(const struct options *options, uint32_t *value) {
  *value = 0;
  if (options->max_retransmits >= 0) {
    *value = options->max_retransmits;
    return SCTP_PR_SCTP_RTX;
  }
  if (options->max_packet_life_time >= 0) {
    *value = options->max_packet_life_time;
    return SCTP_PR_SCTP_TTL;
  }
  return SCTP_PR_SCTP_NONE;
}

static bool is_over(const struct channel *c) {
  pthread_mutex_lock(&lock);
  bool over = c->closing || down;
  pthread_mutex_unlock(&lock);
  return over;
}

/* Sends on a channel, and waits while the queue is full. Returns 0 or an errno; EPIPE when the channel is over. */
static int send_on(const struct channel *c, uint32_t ppid, bool unordered, int policy, uint32_t value, const void *data,
                   size_t size) {
  while (!is_over(c)) {
    int error = transport_send(c->stream, ppid, unordered, policy, value, data, size);
    if (error != EWOULDBLOCK) return error;
    usleep(200);
  }
  return EPIPE;
}

int channels_open(const char *label, struct options options) {
  pthread_mutex_lock(&lock);
  int stream = parity;
  while (stream < STREAMS && streams[stream] != NULL) stream += 2;
  if (stream >= STREAMS) stream = -1;
  struct channel *c = stream < 0 ? NULL : add(label, strlen(label), stream, options);
  pthread_mutex_unlock(&lock);
  if (stream < 0) return -1;
  size_t size = strlen(label);
  uint32_t value;
  int policy = policy_of(&options, &value);
  uint8_t open[12 + size];
  memset(open, 0, 12);
  open[0] = DCEP_OPEN;
  open[1] = policy == SCTP_PR_SCTP_RTX ? TYPE_RETRANSMITS : policy == SCTP_PR_SCTP_TTL ? TYPE_LIFE_TIME : 0;
  if (!options.ordered) open[1] |= TYPE_UNORDERED;
  open[2] = 1; /* Priority 256: normal. */
  for (int i = 0; i < 4; i++) open[4 + i] = value >> (24 - 8 * i);
  open[8] = size >> 8;
  open[9] = size;
  memcpy(open + 12, label, size);
  return send_on(c, PPID_DCEP, false, SCTP_PR_SCTP_NONE, 0, open, sizeof open) == 0 ? stream : -1;
}

bool channels_await_open(const char *label) {
  pthread_mutex_lock(&lock);
  struct channel *c = find(label);
  while (!c->open && !c->closing && !down) pthread_cond_wait(&changed, &lock);
  bool open = c->open;
  pthread_mutex_unlock(&lock);
  return open;
}

int channels_send(const char *label, uint32_t number, size_t size) {
  pthread_mutex_lock(&lock);
  struct channel *c = find(label);
  bool open = c != NULL && c->open;
  pthread_mutex_unlock(&lock);
  if (!open) return EPIPE;
  uint8_t message[size];
  memcpy(message, block + (uint64_t)number * STEP % BLOCK, size);
  for (int i = 0; i < 4; i++) message[i] = number >> (24 - 8 * i);
  uint32_t value;
  int policy = policy_of(&c->options, &value);
  return send_on(c, PPID_BINARY, !c->options.ordered, policy, value, message, size);
}

/* DATA_CHANNEL_OPEN of the other side: taken as it is, and acknowledged. */
static void opened(uint16_t stream, const uint8_t *data, size_t size) {
  size_t label = size < 12 ? 0 : data[8] << 8 | data[9];
  if (size < 12 + label) return;
  uint32_t value = (uint32_t)data[4] << 24 | data[5] << 16 | data[6] << 8 | data[7];
  struct options options = {!(data[1] & TYPE_UNORDERED), -1, -1};
  if ((data[1] & 0x7f) == TYPE_RETRANSMITS) options.max_retransmits = value;
  if ((data[1] & 0x7f) == TYPE_LIFE_TIME) options.max_packet_life_time = value;
  pthread_mutex_lock(&lock);
  if (streams[stream] == NULL) add((const char *)data + 12, label, stream, options)->open = true;
  pthread_mutex_unlock(&lock);
  /* In a thread of usrsctp's nothing waits: the acknowledgement is small, and the queue has room for a thousand of them. */
  uint8_t ack = DCEP_ACK;
  transport_send(stream, PPID_DCEP, false, SCTP_PR_SCTP_NONE, 0, &ack, 1);
}

static void take(struct channel *c, const uint8_t *data, size_t size) {
  struct taken *t = &c->taken;
  c->last_at = now();
  if (t->messages == 0) {
    c->first_at = c->last_at;
    t->shortest = size;
  }
  if (size < t->shortest) t->shortest = size;
  if (size > t->longest) t->longest = size;
  if (c->numbers_room == (size_t)t->messages) {
    c->numbers_room = c->numbers_room * 2 + 64;
    t->numbers = realloc(t->numbers, c->numbers_room * sizeof *t->numbers);
  }
  t->numbers[t->messages] = size < 4 ? 0 : (uint32_t)data[0] << 24 | data[1] << 16 | data[2] << 8 | data[3];
  t->messages++;
  t->bytes += size;
  sha256_update(&c->digest, data, size);
}

static void whole(uint16_t stream, uint32_t ppid, const uint8_t *data, size_t size) {
  if (ppid == PPID_DCEP && size > 0 && data[0] == DCEP_OPEN) {
    opened(stream, data, size);
    return;
  }
  pthread_mutex_lock(&lock);
  struct channel *c = streams[stream];
  if (c != NULL && ppid == PPID_DCEP) {
    c->open = true;
    pthread_cond_broadcast(&changed);
  } else if (c != NULL && !c->closing) {
    take(c, data, size);
  }
  pthread_mutex_unlock(&lock);
}

void channels_message(uint16_t stream, uint32_t ppid, const uint8_t *data, size_t size, bool last) {
  pthread_mutex_lock(&lock);
  struct channel *c = streams[stream];
  uint8_t *parts = NULL;
  if (c != NULL && (!last || c->partial_size > 0)) {
    c->partial = realloc(c->partial, c->partial_size + size);
    memcpy(c->partial + c->partial_size, data, size);
    c->partial_size += size;
    if (last) {
      parts = c->partial;
      data = parts;
      size = c->partial_size;
      c->partial = NULL;
      c->partial_size = 0;
    }
  }
  pthread_mutex_unlock(&lock);
  if (last) whole(stream, ppid, data, size);
  free(parts);
}

void channels_reset(const uint16_t *list, int count, bool incoming) {
  pthread_mutex_lock(&lock);
  for (int i = 0; i < count; i++) {
    struct channel *c = streams[list[i]];
    if (c == NULL) continue;
    if (incoming) {
      c->reset_theirs = c->closing = true;
    } else {
      c->reset_ours = true;
    }
    note_closed(c);
  }
  pthread_mutex_unlock(&lock);
}

void channels_down(void) {
  pthread_mutex_lock(&lock);
  down = true;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

struct progress channels_progress(const char *prefix) {
  struct progress found = {0, 0, 0};
  pthread_mutex_lock(&lock);
  for (struct channel *c = all; c != NULL; c = c->next) {
    if (strncmp(c->label, prefix, strlen(prefix)) != 0) continue;
    found.channels++;
    found.closed += c->closed || down;
    found.messages += c->taken.messages;
  }
  pthread_mutex_unlock(&lock);
  return found;
}

bool channels_taken(const char *label, struct taken *out) {
  pthread_mutex_lock(&lock);
  struct channel *c = find(label);
  if (c != NULL) {
    *out = c->taken;
    out->seconds = c->last_at - c->first_at;
    struct sha256 digest = c->digest;
    sha256_hex(&digest, out->sha256);
    out->numbers = malloc(out->messages * sizeof *out->numbers + 1);
    if (out->messages > 0) memcpy(out->numbers, c->taken.numbers, out->messages * sizeof *out->numbers);
  }
  pthread_mutex_unlock(&lock);
  return c != NULL;
}

void channels_close(const char *label) {
  pthread_mutex_lock(&lock);
  struct channel *c = find(label);
  if (c != NULL) c->closing = true;
  pthread_mutex_unlock(&lock);
}

void channels_await_closed(const char *label) {
  pthread_mutex_lock(&lock);
  struct channel *c = find(label);
  while (c != NULL && !c->closed && !down) pthread_cond_wait(&changed, &lock);
  pthread_mutex_unlock(&lock);
}
