/*
 * Data channels (RFC 8831, 8832) over one association, with the functions of ExchangeSide: what each does is said in
 * interop/exchange/side.d.ts. Each function blocks until it is done; several may run at once.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
  int channels, closed, messages;
};

struct taken {
  int messages;
  uint64_t bytes;
  size_t shortest, longest;
  double seconds;
  char sha256[65];
  /* As they came; to be freed. */
  uint32_t *numbers;
};

/* What a channel is asked to be: -1 where nothing is asked. */
struct options {
  bool ordered;
  int max_retransmits, max_packet_life_time;
};

/* `even`: our channels have even streams (RFC 8832 6). */
void channels_begin(bool even);
/* Opens a channel and does not wait. Returns its stream, -1 when there is none left. */
int channels_open(const char *label, struct options options);
/* Whether it opened; false when the association ended first. */
bool channels_await_open(const char *label);
/* Returns 0, or an errno with the message not sent; EPIPE when the channel is not open. */
int channels_send(const char *label, uint32_t number, size_t size);
struct progress channels_progress(const char *prefix);
/* False when there is no such channel. */
bool channels_taken(const char *label, struct taken *out);
void channels_close(const char *label);
void channels_await_closed(const char *label);
