/* SHA-256 (FIPS 180-4) as it goes. */
#include <stddef.h>
#include <stdint.h>

struct sha256 {
  uint32_t state[8];
  uint64_t bytes;
  uint8_t rest[64];
};

void sha256_begin(struct sha256 *digest);
void sha256_update(struct sha256 *digest, const uint8_t *data, size_t size);
/* Writes 64 hexadecimal digits and a zero. */
void sha256_hex(struct sha256 *digest, char out[65]);
