/*
 * usrsctp-side is one association of usrsctp that is called by JSON-RPC 2.0, one message a line on standard input and output.
 * Built by interop/peers/usrsctp.ts against Debian's libusrsctp.
 */
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channels.h"
#include "json.h"
#include "transport.h"

#define LONGEST_LABEL 200

static pthread_mutex_t writing = PTHREAD_MUTEX_INITIALIZER;

/* Answers a call: `what` is "result" or "error", and the rest the value. */
static void answer(int id, const char *what, const char *format, ...) {
  va_list values;
  va_start(values, format);
  pthread_mutex_lock(&writing);
  printf("{\"jsonrpc\":\"2.0\",\"id\":%d,\"%s\":", id, what);
  vprintf(format, values);
  printf("}\n");
  fflush(stdout);
  pthread_mutex_unlock(&writing);
  va_end(values);
}

static void refuse(int id, const char *why) { answer(id, "error", "{\"code\":-32000,\"message\":\"%s\"}", why); }

static void free_all(char **texts, int count) {
  for (int i = 0; i < count; i++) free(texts[i]);
  free(texts);
}

/* {"interleaving":…,"even":…} → the UDP port. */
static void create(int id, const char *line) {
  int port = transport_open(json_true(line, "interleaving", true));
  if (port == 0) {
    refuse(id, strerror(errno));
    return;
  }
  channels_begin(json_true(line, "even", true));
  answer(id, "result", "%d", port);
}

/* {"port":…,"active":…}. */
static void connect_to(int id, const char *line) {
  if (transport_connect(json_number(line, "port", 0), json_true(line, "active", false))) {
    answer(id, "result", "{}");
  } else {
    refuse(id, strerror(errno));
  }
}

static void connected(int id) {
  struct association state = transport_state();
  for (; !state.up && !state.down; state = transport_state()) usleep(1000);
  if (state.down) {
    refuse(id, "the association failed");
    return;
  }
  answer(id, "result", "{\"interleaving\":%s,\"reconfiguration\":%s}", state.interleaving ? "true" : "false",
         state.reconfiguration ? "true" : "false");
}

/* Waits until the association has ended. */
static void ended(int id) {
  while (!transport_state().down) usleep(1000);
  answer(id, "result", "{}");
}

static void open_channels(int id, const char *line) {
  struct options options = {json_true(line, "ordered", true), json_number(line, "maxRetransmits", -1),
                            json_number(line, "maxPacketLifeTime", -1)};
  char **labels;
  int count = json_texts(line, "labels", &labels);
  char *ids = malloc(count * 8 + 1), *at = ids;
  bool good = true;
  for (int i = 0; i < count && good; i++) {
    int stream = channels_open(labels[i], options);
    good = stream >= 0;
    at += sprintf(at, "%s%d", i == 0 ? "" : ",", stream);
  }
  for (int i = 0; i < count && good; i++) good = channels_await_open(labels[i]);
  if (good) {
    answer(id, "result", "[%s]", count == 0 ? "" : ids);
  } else {
    refuse(id, "a channel did not open");
  }
  free(ids);
  free_all(labels, count);
}

static void send_messages(int id, const char *line) {
  char **labels;
  int channels = json_texts(line, "labels", &labels);
  int count = json_number(line, "count", 0), bytes = json_number(line, "bytes", 0), pace = json_number(line, "paceMs", 0);
  int sent = 0, error = 0;
  for (; sent < count && error == 0; sent++) {
    for (int i = 0; i < channels && error == 0; i++) error = channels_send(labels[i], sent, bytes);
    if (pace > 0) usleep(pace * 1000);
  }
  if (error == 0) {
    answer(id, "result", "{\"sent\":%d,\"stopped\":\"\"}", sent);
  } else {
    answer(id, "result", "{\"sent\":%d,\"stopped\":\"%s\"}", sent - 1, strerror(error));
  }
  free_all(labels, channels);
}

static void progress(int id, const char *line) {
  char prefix[LONGEST_LABEL];
  struct progress found = channels_progress(json_text(line, "prefix", prefix, sizeof prefix));
  answer(id, "result", "{\"channels\":%d,\"closed\":%d,\"messages\":%d}", found.channels, found.closed, found.messages);
}

static void taken(int id, const char *line) {
  char label[LONGEST_LABEL];
  struct taken found;
  if (!channels_taken(json_text(line, "label", label, sizeof label), &found)) {
    refuse(id, "no such channel came");
    return;
  }
  int named = json_true(line, "numbers", false) ? found.messages : 0;
  char *numbers = malloc(named * 11 + 1), *at = numbers;
  *at = 0;
  for (int i = 0; i < named; i++) at += sprintf(at, "%s%u", i == 0 ? "" : ",", found.numbers[i]);
  answer(id, "result",
         "{\"messages\":%d,\"bytes\":%llu,\"shortest\":%zu,\"longest\":%zu,\"seconds\":%f,\"sha256\":\"%s\",\"numbers\":[%s]}",
         found.messages, (unsigned long long)found.bytes, found.shortest, found.longest, found.seconds, found.sha256,
         numbers);
  free(numbers);
  free(found.numbers);
}

static void close_channels(int id, const char *line) {
  char **labels;
  int count = json_texts(line, "labels", &labels);
  for (int i = 0; i < count; i++) channels_close(labels[i]);
  for (int i = 0; i < count; i++) channels_await_closed(labels[i]);
  answer(id, "result", "{}");
  free_all(labels, count);
}

static void *handle(void *text) {
  char *line = text;
  char method[32], name[32];
  int id = json_number(line, "id", 0);
  json_text(line, "method", method, sizeof method);
  json_text(line, "name", name, sizeof name);
  if (strcmp(method, "launch") == 0) {
    answer(id, "result", "{\"version\":\"%s\"}", VERSION);
  } else if (strcmp(method, "exit") == 0) {
    answer(id, "result", "{}");
    _exit(0);
  } else if (strcmp(name, "create") == 0) {
    create(id, line);
  } else if (strcmp(name, "connect") == 0) {
    connect_to(id, line);
  } else if (strcmp(name, "connected") == 0) {
    connected(id);
  } else if (strcmp(name, "ended") == 0) {
    ended(id);
  } else if (strcmp(name, "end") == 0) {
    int error = transport_end(json_true(line, "abort", false));
    if (error == 0) {
      answer(id, "result", "{}");
    } else {
      refuse(id, strerror(error));
    }
  } else if (strcmp(name, "openChannels") == 0) {
    open_channels(id, line);
  } else if (strcmp(name, "sendMessages") == 0) {
    send_messages(id, line);
  } else if (strcmp(name, "progress") == 0) {
    progress(id, line);
  } else if (strcmp(name, "taken") == 0) {
    taken(id, line);
  } else if (strcmp(name, "closeChannels") == 0) {
    close_channels(id, line);
  } else {
    refuse(id, "no such function");
  }
  free(line);
  return NULL;
}

int main(void) {
  char *line = NULL;
  size_t room = 0;
  /* Calls wait for the network: each has a thread of its own. */
  while (getline(&line, &room, stdin) > 0) {
    pthread_t thread;
    char *copy = strdup(line);
    if (pthread_create(&thread, NULL, handle, copy) == 0) pthread_detach(thread);
  }
  _exit(0);
}
