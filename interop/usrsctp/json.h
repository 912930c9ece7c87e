/*
 * As much of JSON as it takes to read lines that JSON.stringify wrote for this program: every key stands once in a line,
 * and no text has an escape.
 */
#include <stdbool.h>
#include <stddef.h>

/* Where the value of a key begins; NULL when the line has no such key. */
const char *json_value(const char *line, const char *key);
/* A number; `missing` when there is none. */
int json_number(const char *line, const char *key, int missing);
bool json_true(const char *line, const char *key, bool missing);
/* A text, copied; empty when there is none. Returns `out`. */
char *json_text(const char *line, const char *key, char *out, size_t room);
/* Texts of a list, copied one by one, to be freed; how many. */
int json_texts(const char *line, const char *key, char ***out);
