/* An SCTP association of usrsctp whose packets travel plainly in UDP datagrams over the loopback interface. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <usrsctp.h>

struct association {
  /* Has been up. */
  bool up;
  /* Has ended after that, or never came up. */
  bool down;
  /* I-DATA and RE-CONFIG (RFC 8260, 6525) are in use. */
  bool interleaving;
  bool reconfiguration;
};

/* Opens the UDP socket and an SCTP socket that takes associations in. Returns the UDP port, 0 on failure. */
int transport_open(bool interleaving);
/* Where packets go from now on; `active`: sends INIT. */
bool transport_connect(int udp_port, bool active);
struct association transport_state(void);
/* Sends a message. Returns 0 or an errno; EWOULDBLOCK while the queue is full, or the stream is being reset. */
int transport_send(uint16_t stream, uint32_t ppid, bool unordered, int policy, uint32_t value, const void *data, size_t size);
/* Asks to reset our direction of streams. Returns 0 or an errno; EAGAIN and the like: later. */
int transport_reset(const uint16_t *streams, int count);
/* Ends the association in good order, or with ABORT. Returns 0 or an errno. */
int transport_end(bool abort);

/* Called by the transport, in threads of usrsctp's. */
void channels_message(uint16_t stream, uint32_t ppid, const uint8_t *data, size_t size, bool last);
void channels_reset(const uint16_t *streams, int count, bool incoming);
void channels_down(void);
