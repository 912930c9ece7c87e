#include "json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *json_value(const char *line, const char *key) {
  char quoted[64];
  int size = snprintf(quoted, sizeof quoted, "\"%s\":", key);
  const char *at = strstr(line, quoted);
  return at == NULL ? NULL : at + size;
}

int json_number(const char *line, const char *key, int missing) {
  const char *at = json_value(line, key);
  return at == NULL ? missing : atoi(at);
}

bool json_true(const char *line, const char *key, bool missing) {
  const char *at = json_value(line, key);
  return at == NULL ? missing : strncmp(at, "true", 4) == 0;
}

char *json_text(const char *line, const char *key, char *out, size_t room) {
  const char *at = json_value(line, key);
  size_t size = at == NULL || *at != '"' ? 0 : strcspn(at + 1, "\"");
  if (size >= room) size = room - 1;
  if (size > 0) memcpy(out, at + 1, size);
  out[size] = 0;
  return out;
}

int json_texts(const char *line, const char *key, char ***out) {
  const char *at = json_value(line, key);
  int count = 0;
  *out = NULL;
  while (at != NULL && *at != ']' && (at = strchr(at, '"')) != NULL) {
    size_t size = strcspn(at + 1, "\"");
    *out = realloc(*out, (count + 1) * sizeof **out);
    (*out)[count++] = strndup(at + 1, size);
    at += size + 2;
  }
  return count;
}
