// The plugin `text/frequency`: one tool, in plain C.
//
// From top to bottom as a library has to say it: what the plugin is (manifest), what it does (an instance and the
// functions of its interface), and how a host gets at it (tables).

#include <stdatomic.h>
#include <string.h>

#include <keyway_tool.h>

#include "frequency.h"

// ---- What the plugin is: read by hosts from the file, before any of its code runs ---------------------------------

#define ID "text/frequency"
#define VERSION "1.0.0"
#define MANIFEST                                                                                                      \
    "{\"id\":\"" ID "\",\"version\":\"" VERSION "\","                                                                 \
    "\"description\":\"Counts how often each character of a text occurs\","                                           \
    "\"license\":\"MIT OR Apache-2.0\","                                                                              \
    "\"provides\":{\"" KEYWAY_TOOL_ID "\":\"" KEYWAY_TOOL_VERSION "\"}}"

KEYWAY_MANIFEST(MANIFEST);

// ---- An instance: counted, since hosts may keep its interfaces for as long as they like ---------------------------

struct instance {
    atomic_size_t holders;
    const keyway_context *context;
};

KEYWAY_CONSTANT_FAULT(no_memory, KEYWAY_FAULT_OTHER, "there is no memory left");

static void instance_log(const struct instance *self, keyway_level level, keyway_str message) {
    self->context->log(self->context->data, level, KEYWAY_STR(ID), message);
}

static void instance_retain(const void *data) {
    struct instance *self = (struct instance *)data;
    atomic_fetch_add_explicit(&self->holders, 1, memory_order_relaxed);
}

// The last holder ends it. What other threads did with it before they let go has happened by then.
static void instance_release(const void *data) {
    struct instance *self = (struct instance *)data;
    if (atomic_fetch_sub_explicit(&self->holders, 1, memory_order_release) != 1) return;
    atomic_thread_fence(memory_order_acquire);
    self->context->release(self->context->data);
    free(self);
}

// The context may be used during the call; whoever keeps it, retains it.
static keyway_start_reply instance_start(const keyway_context *context) {
    keyway_start_reply reply = {&no_memory, {NULL}};
    if (context == NULL || context->size < sizeof(keyway_context)) {
        reply.status = KEYWAY_REFUSED;
        reply.value.refused = keyway_owned_str_constant(KEYWAY_STR("the host's context is older than this plugin"));
        return reply;
    }
    struct instance *self = malloc(sizeof *self);
    if (self == NULL) return reply;
    atomic_init(&self->holders, 1);
    context->retain(context->data);
    self->context = context;
    instance_log(self, KEYWAY_LEVEL_DEBUG, KEYWAY_STR("started"));
    reply.status = KEYWAY_DONE;
    reply.value.done = self;
    return reply;
}

// Here ends what `start` began: threads, files, connections. The instance itself goes with its last holder.
static keyway_u8_reply instance_stop(const void *data) {
    keyway_u8_reply reply = {KEYWAY_DONE, 0};
    instance_log(data, KEYWAY_LEVEL_DEBUG, KEYWAY_STR("stopped"));
    return reply;
}

// ---- What it does: the functions of `keyway/tool` -----------------------------------------------------------------

static keyway_str_reply tool_name(const void *data) {
    (void)data;
    return keyway_tool_text(KEYWAY_STR("text-frequency"));
}

static keyway_str_reply tool_description(const void *data) {
    (void)data;
    return keyway_tool_text(KEYWAY_STR("Counts how often each character of a text occurs, the most frequent first"));
}

static keyway_str_reply tool_parameters(const void *data) {
    (void)data;
    return keyway_tool_text(KEYWAY_STR(
        "{\"type\":\"object\",\"properties\":{"
        "\"text\":{\"type\":\"string\",\"description\":\"The text to count\"},"
        "\"top\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":999999999,"
        "\"description\":\"How many characters to tell of; all where it is left out\"}},"
        "\"required\":[\"text\"],\"additionalProperties\":false,\"x-input\":\"text\"}"));
}

// `arguments` is the caller's, and gone after the call; the answer is given away, and comes back to be freed.
static keyway_tool_reply tool_run(const void *data, keyway_str arguments) {
    const struct instance *self = data;
    struct frequency_answer answer;
    enum frequency_outcome outcome = frequency_run((const char *)arguments.ptr, arguments.len, &answer);
    if (outcome == FREQUENCY_NO_MEMORY) {
        instance_log(self, KEYWAY_LEVEL_ERROR, no_memory.message);
        return keyway_tool_faulted(&no_memory);
    }
    keyway_owned_str text = keyway_owned_str_from(answer.text, answer.len);
    if (outcome == FREQUENCY_DONE) return keyway_tool_done(text);
    if (answer.help == NULL) return keyway_tool_refused(KEYWAY_TOOL_INVALID_ARGUMENTS, text, NULL);
    keyway_owned_str help = keyway_owned_str_constant(keyway_str_of(answer.help, strlen(answer.help)));
    return keyway_tool_refused(KEYWAY_TOOL_INVALID_ARGUMENTS, text, &help);
}

// ---- How a host gets at it: constants that live as long as the process --------------------------------------------

static const keyway_tool_methods tool_methods = {
    .name = tool_name,
    .description = tool_description,
    .parameters = tool_parameters,
    .run = tool_run,
};

static const keyway_table tool_table = {
    .size = sizeof(keyway_table),
    .interface = &keyway_tool_descriptor,
    .retain = instance_retain,
    .release = instance_release,
    .methods = KEYWAY_TOOL_METHODS(&tool_methods),
};

static const keyway_table *const interfaces[] = {&tool_table};

static const keyway_plugin plugin = {
    .size = sizeof(keyway_plugin),
    .manifest = KEYWAY_STR_INIT(MANIFEST),
    .interfaces = KEYWAY_ARRAY(interfaces),
    .start = instance_start,
    .stop = instance_stop,
    .release = instance_release,
};

KEYWAY_LIBRARY(&plugin);
