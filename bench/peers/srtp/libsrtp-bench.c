/*
 * libsrtp-bench times libsrtp for the bench runner. It reads one question per line and answers with one line:
 *
 *   version <operation>                       of the library
 *   srtp-protect <ms> <profile> <bytes>       nanoseconds per packet of so many bytes of payload, timed for so many ms
 *   srtp-unprotect <ms> <profile> <bytes>     the same; the packets are protected beforehand, 256 at a time, untimed
 *
 * Profiles are DTLS-SRTP's numbers: 1 is AES-CM with HMAC-SHA1-80, 7 is AES-128-GCM. Built twice: against Debian's library,
 * which uses NSS, and against one made of the same source with OpenSSL.
 */
#include <srtp2/srtp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define BATCH 256
#define HEADER 12
#define ROOM 2048

static unsigned char key[64];
static unsigned char packets[BATCH][ROOM];

static double now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static int open_session(srtp_t *session, int profile) {
  srtp_policy_t policy;
  memset(&policy, 0, sizeof policy);
  if (profile == 7) {
    srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
    srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
  } else {
    srtp_crypto_policy_set_rtp_default(&policy.rtp);
    srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
  }
  policy.ssrc.type = ssrc_specific;
  policy.ssrc.value = 9;
  policy.key = key;
  policy.window_size = 1024;
  return srtp_create(session, &policy);
}

static void write_packet(unsigned char *packet, unsigned sequence, int bytes) {
  static const unsigned char header[HEADER] = {0x80, 96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9};
  memcpy(packet, header, HEADER);
  packet[2] = sequence >> 8;
  packet[3] = sequence;
  memset(packet + HEADER, 0x5a, bytes);
}

static double measure(int opening, int ms, int profile, int bytes) {
  srtp_t sender, receiver;
  unsigned sequence = 0;
  double spent = 0, count = 0;
  if (open_session(&sender, profile) || open_session(&receiver, profile)) return -1;
  while (spent < ms * 1e6) {
    int lengths[BATCH];
    double start = now_ns();
    for (int i = 0; i < BATCH; i++) {
      write_packet(packets[i], sequence++ & 0xffff, bytes);
      lengths[i] = HEADER + bytes;
      if (srtp_protect(sender, packets[i], &lengths[i])) return -1;
    }
    if (opening) {
      start = now_ns();
      for (int i = 0; i < BATCH; i++)
        if (srtp_unprotect(receiver, packets[i], &lengths[i])) return -1;
    }
    spent += now_ns() - start;
    count += BATCH;
  }
  srtp_dealloc(sender);
  srtp_dealloc(receiver);
  return spent / count;
}

int main(void) {
  char line[256], operation[64];
  int ms, profile, bytes;
  for (int i = 0; i < (int)sizeof key; i++) key[i] = 17 * i;
  if (srtp_init()) return 1;
  while (fgets(line, sizeof line, stdin)) {
    if (strncmp(line, "version", 7) == 0) {
      printf("%s\n", srtp_get_version_string());
    } else if (sscanf(line, "%63s %d %d %d", operation, &ms, &profile, &bytes) == 4 && bytes < ROOM - 64) {
      printf("%f\n", measure(strcmp(operation, "srtp-unprotect") == 0, ms, profile, bytes));
    } else {
      printf("error: unknown question\n");
    }
    fflush(stdout);
  }
  return 0;
}
