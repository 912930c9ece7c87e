#include "transport.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* A constant of usrsctp's own sctp.h that its installed header leaves out. */
#ifndef SCTP_INTERLEAVING_SUPPORTED
#define SCTP_INTERLEAVING_SUPPORTED 0x00001206
#endif

#define SCTP_PORT 5000
#define STREAMS 65535
#define MTU 1200
#define BUFFER (4 * 1024 * 1024)
#define QUEUE (1024 * 1024)

/* AF_CONN knows the lower layer by a pointer: the address of this. */
static int udp;
static struct socket *sctp;
static struct association state;
static sctp_assoc_t id;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct sockaddr_conn address(void) {
  struct sockaddr_conn out = {.sconn_family = AF_CONN, .sconn_port = htons(SCTP_PORT), .sconn_addr = &udp};
  return out;
}

static int output(void *lower, void *packet, size_t size, uint8_t tos, uint8_t df) {
  (void)lower, (void)tos, (void)df;
  return send(udp, packet, size, 0) < 0 ? errno : 0;
}

static void *input(void *unused) {
  static uint8_t packet[65536];
  for (;;) {
    ssize_t size = recv(udp, packet, sizeof packet, 0);
    /* What was sent before the other side was there comes back as an error. */
    if (size >= 0) usrsctp_conninput(&udp, packet, size, 0);
  }
  return unused;
}

static void changed(const struct sctp_assoc_change *change) {
  pthread_mutex_lock(&lock);
  if (change->sac_state == SCTP_COMM_UP || change->sac_state == SCTP_RESTART) {
    state.up = true;
    id = change->sac_assoc_id;
    for (size_t i = 0; i < change->sac_length - sizeof *change; i++) {
      if (change->sac_info[i] == SCTP_ASSOC_SUPPORTS_INTERLEAVING) state.interleaving = true;
      if (change->sac_info[i] == SCTP_ASSOC_SUPPORTS_RE_CONFIG) state.reconfiguration = true;
    }
  } else {
    state.down = true;
  }
  bool down = state.down;
  pthread_mutex_unlock(&lock);
  if (down) channels_down();
}

static void notified(const union sctp_notification *what) {
  const struct sctp_stream_reset_event *reset = &what->sn_strreset_event;
  switch (what->sn_header.sn_type) {
    case SCTP_ASSOC_CHANGE:
      changed(&what->sn_assoc_change);
      return;
    case SCTP_STREAM_RESET_EVENT:
      if (reset->strreset_flags & (SCTP_STREAM_RESET_DENIED | SCTP_STREAM_RESET_FAILED)) return;
      int count = (reset->strreset_length - sizeof *reset) / sizeof(uint16_t);
      channels_reset(reset->strreset_stream_list, count, reset->strreset_flags & SCTP_STREAM_RESET_INCOMING_SSN);
  }
}

static int received(struct socket *from, union sctp_sockstore source, void *data, size_t size, struct sctp_rcvinfo info,
                    int flags, void *unused) {
  (void)from, (void)source, (void)unused;
  if (data == NULL) return 1;
  if (flags & MSG_NOTIFICATION) {
    notified(data);
  } else {
    channels_message(info.rcv_sid, ntohl(info.rcv_ppid), data, size, flags & MSG_EOR);
  }
  free(data);
  return 1;
}

static bool set(int option, const void *value, socklen_t size) {
  return usrsctp_setsockopt(sctp, IPPROTO_SCTP, option, value, size) == 0;
}

static bool configure(bool interleaving) {
  const uint16_t events[] = {SCTP_ASSOC_CHANGE, SCTP_STREAM_RESET_EVENT};
  for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
    struct sctp_event event = {.se_assoc_id = SCTP_ALL_ASSOC, .se_type = events[i], .se_on = 1};
    if (!set(SCTP_EVENT, &event, sizeof event)) return false;
  }
  struct sctp_initmsg initial = {.sinit_num_ostreams = STREAMS, .sinit_max_instreams = STREAMS};
  struct sctp_assoc_value reset = {SCTP_ALL_ASSOC, SCTP_ENABLE_RESET_STREAM_REQ | SCTP_ENABLE_CHANGE_ASSOC_REQ};
  struct sctp_paddrparams path = {.spp_flags = SPP_PMTUD_DISABLE, .spp_pathmtu = MTU};
  struct sctp_assoc_value idata = {SCTP_FUTURE_ASSOC, interleaving};
  int on = 1, both = 2, queue = QUEUE, buffer = BUFFER;
  return set(SCTP_INITMSG, &initial, sizeof initial) && set(SCTP_ENABLE_STREAM_RESET, &reset, sizeof reset) &&
         set(SCTP_NODELAY, &on, sizeof on) && set(SCTP_PEER_ADDR_PARAMS, &path, sizeof path) &&
         set(SCTP_FRAGMENT_INTERLEAVE, &both, sizeof both) && set(SCTP_INTERLEAVING_SUPPORTED, &idata, sizeof idata) &&
         usrsctp_setsockopt(sctp, SOL_SOCKET, SO_SNDBUF, &queue, sizeof queue) == 0 &&
         usrsctp_setsockopt(sctp, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer) == 0;
}

int transport_open(bool interleaving) {
  struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof local;
  int buffer = BUFFER;
  udp = socket(AF_INET, SOCK_DGRAM, 0);
  setsockopt(udp, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  if (bind(udp, (struct sockaddr *)&local, size) != 0 || getsockname(udp, (struct sockaddr *)&local, &size) != 0) return 0;
  usrsctp_init(0, output, NULL);
  usrsctp_sysctl_set_sctp_ecn_enable(0);
  usrsctp_register_address(&udp);
  sctp = usrsctp_socket(AF_CONN, SOCK_SEQPACKET, IPPROTO_SCTP, received, NULL, 0, NULL);
  struct sockaddr_conn ours = address();
  if (sctp == NULL || !configure(interleaving)) return 0;
  if (usrsctp_bind(sctp, (struct sockaddr *)&ours, sizeof ours) != 0 || usrsctp_listen(sctp, 1) != 0) return 0;
  return ntohs(local.sin_port);
}

bool transport_connect(int udp_port, bool active) {
  struct sockaddr_in remote = {
      .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(udp_port)};
  pthread_t thread;
  if (connect(udp, (struct sockaddr *)&remote, sizeof remote) != 0) return false;
  if (pthread_create(&thread, NULL, input, NULL) != 0) return false;
  if (!active) return true;
  struct sockaddr_conn theirs = address();
  usrsctp_set_non_blocking(sctp, 1);
  int result = usrsctp_connect(sctp, (struct sockaddr *)&theirs, sizeof theirs);
  bool begun = result == 0 || errno == EINPROGRESS;
  usrsctp_set_non_blocking(sctp, 0);
  return begun;
}

struct association transport_state(void) {
  pthread_mutex_lock(&lock);
  struct association now = state;
  pthread_mutex_unlock(&lock);
  return now;
}

int transport_send(uint16_t stream, uint32_t ppid, bool unordered, int policy, uint32_t value, const void *data, size_t size) {
  struct sctp_sendv_spa how = {.sendv_flags = SCTP_SEND_SNDINFO_VALID};
  how.sendv_sndinfo.snd_sid = stream;
  how.sendv_sndinfo.snd_ppid = htonl(ppid);
  how.sendv_sndinfo.snd_flags = SCTP_EOR | (unordered ? SCTP_UNORDERED : 0);
  how.sendv_sndinfo.snd_assoc_id = id;
  if (policy != SCTP_PR_SCTP_NONE) {
    how.sendv_flags |= SCTP_SEND_PRINFO_VALID;
    how.sendv_prinfo.pr_policy = policy;
    how.sendv_prinfo.pr_value = value;
  }
  return usrsctp_sendv(sctp, data, size, NULL, 0, &how, sizeof how, SCTP_SENDV_SPA, 0) < 0 ? errno : 0;
}

int transport_reset(const uint16_t *streams, int count) {
  size_t size = sizeof(struct sctp_reset_streams) + count * sizeof(uint16_t);
  struct sctp_reset_streams *reset = calloc(1, size);
  reset->srs_assoc_id = id;
  reset->srs_flags = SCTP_STREAM_RESET_OUTGOING;
  reset->srs_number_streams = count;
  memcpy(reset->srs_stream_list, streams, count * sizeof(uint16_t));
  int result = usrsctp_setsockopt(sctp, IPPROTO_SCTP, SCTP_RESET_STREAMS, reset, size) == 0 ? 0 : errno;
  free(reset);
  return result;
}

int transport_end(bool abort) {
  struct sctp_sndinfo how = {.snd_flags = abort ? SCTP_ABORT : SCTP_EOF, .snd_assoc_id = id};
  return usrsctp_sendv(sctp, "", 0, NULL, 0, &how, sizeof how, SCTP_SENDV_SNDINFO, 0) < 0 ? errno : 0;
}
