/*
 * libsrtp-side protects and unprotects packets with libsrtp for the interop runner. It reads requests and writes answers, all
 * integers big-endian:
 *
 *   request   op 1 byte, length 4 bytes, so many bytes
 *   answer    status 4 bytes (0, or libsrtp's error), length 4 bytes, so many bytes
 *
 *   'v'  version                      answered with the library's name; what was answered before is written out now
 *   'o'  open two new sessions        profile 2, window 2, count and ids of encrypted header extensions, MKI length and MKI,
 *                                     key length and key with the salt behind it
 *   'p' 'c'  protect RTP, RTCP        a packet; answered with the protected packet
 *   'u' 'd'  unprotect RTP, RTCP      a packet; answered with the plain one
 *
 * Profiles are DTLS-SRTP's numbers, and 0x100 more than Hawser's last two digits for the others of RFC 6188.
 */
#include <srtp2/srtp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM 65536

static srtp_t sender, receiver;

static unsigned get(const unsigned char *bytes, int count) {
  unsigned value = 0;
  for (int i = 0; i < count; i++) value = value << 8 | bytes[i];
  return value;
}

static void answer(unsigned status, const unsigned char *bytes, unsigned length) {
  unsigned char head[8] = {status >> 24, status >> 16, status >> 8, status, length >> 24, length >> 16, length >> 8, length};
  fwrite(head, 1, sizeof head, stdout);
  fwrite(bytes, 1, length, stdout);
}

static int set_profile(srtp_policy_t *policy, unsigned profile) {
  srtp_crypto_policy_t *rtp = &policy->rtp, *rtcp = &policy->rtcp;
  switch (profile) {
    case 1:
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(rtp);
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(rtcp);
      return 0;
    case 2:
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(rtp);
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(rtcp);
      return 0;
    case 5:
      srtp_crypto_policy_set_null_cipher_hmac_sha1_80(rtp);
      srtp_crypto_policy_set_null_cipher_hmac_sha1_80(rtcp);
      return 0;
    case 7:
      srtp_crypto_policy_set_aes_gcm_128_16_auth(rtp);
      srtp_crypto_policy_set_aes_gcm_128_16_auth(rtcp);
      return 0;
    case 8:
      srtp_crypto_policy_set_aes_gcm_256_16_auth(rtp);
      srtp_crypto_policy_set_aes_gcm_256_16_auth(rtcp);
      return 0;
    case 0x103:
      srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(rtp);
      srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(rtcp);
      return 0;
    case 0x104:
      srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32(rtp);
      srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(rtcp);
      return 0;
    default:
      return -1;
  }
}

/* A request of the interop runner is well formed: it is not checked. */
static unsigned open_sessions(const unsigned char *at) {
  srtp_policy_t policy;
  srtp_master_key_t master;
  srtp_master_key_t *masters[1] = {&master};
  unsigned char key[128];
  int ids[256];
  unsigned status;
  memset(&policy, 0, sizeof policy);
  if (set_profile(&policy, get(at, 2))) return srtp_err_status_bad_param;
  policy.window_size = get(at + 2, 2);
  at += 4;
  policy.enc_xtn_hdr_count = *at++;
  for (int i = 0; i < policy.enc_xtn_hdr_count; i++) ids[i] = *at++;
  policy.enc_xtn_hdr = ids;
  master.mki_size = *at++;
  master.mki_id = (unsigned char *)at;
  at += master.mki_size;
  memcpy(key, at + 1, *at);
  master.key = key;
  if (master.mki_size > 0) {
    policy.keys = masters;
    policy.num_master_keys = 1;
  } else {
    policy.key = key;
  }
  if (sender) srtp_dealloc(sender);
  if (receiver) srtp_dealloc(receiver);
  sender = receiver = NULL;
  policy.ssrc.type = ssrc_any_outbound;
  status = srtp_create(&sender, &policy);
  if (status) return status;
  policy.ssrc.type = ssrc_any_inbound;
  return srtp_create(&receiver, &policy);
}

int main(void) {
  static unsigned char bytes[2 * ROOM];
  unsigned char head[5];
  int with_mki = 0;
  if (srtp_init()) return 1;
  while (fread(head, 1, sizeof head, stdin) == sizeof head) {
    unsigned length = get(head + 1, 4);
    int size = length;
    unsigned status;
    if (length > ROOM || fread(bytes, 1, length, stdin) != length) return 1;
    switch (head[0]) {
      case 'v':
        answer(0, (const unsigned char *)srtp_get_version_string(), strlen(srtp_get_version_string()));
        break;
      case 'o':
        with_mki = bytes[5 + bytes[4]] > 0;
        answer(open_sessions(bytes), NULL, 0);
        break;
      case 'p':
      case 'c':
        status = head[0] == 'p' ? srtp_protect_mki(sender, bytes, &size, with_mki, 0)
                                : srtp_protect_rtcp_mki(sender, bytes, &size, with_mki, 0);
        answer(status, bytes, status ? 0 : size);
        break;
      case 'u':
      case 'd':
        status = head[0] == 'u' ? srtp_unprotect_mki(receiver, bytes, &size, with_mki)
                                : srtp_unprotect_rtcp_mki(receiver, bytes, &size, with_mki);
        answer(status, bytes, status ? 0 : size);
        break;
      default:
        return 1;
    }
    if (head[0] == 'v' || head[0] == 'o') fflush(stdout);
  }
  return 0;
}
