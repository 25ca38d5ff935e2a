// The interface `keyway/tool` 1.0.0 for plugins in C: a function that takes a JSON document and answers with one.
//
//     trait Tool {
//         fn name(&self) -> String;
//         fn description(&self) -> String;
//         fn parameters(&self) -> String;
//         fn run(&self, arguments: &str) -> Result<String, ToolError>;
//     }
//     struct ToolError { kind: ToolErrorKind, message: String, help: Option<String> }
//     enum ToolErrorKind { InvalidArguments, Failed, LimitExceeded, Unavailable, Fault }
//
// Written by hand, as a header for any interface can be: first what its types are in memory, then its functions, then
// the same once more as data, which a host compares with its own before it calls. What the methods mean, and what a name
// and a schema may look like, is said at the trait in `keyway-interfaces`.

#ifndef KEYWAY_TOOL_H
#define KEYWAY_TOOL_H

#include "keyway.h"

#define KEYWAY_TOOL_ID "keyway/tool"
#define KEYWAY_TOOL_VERSION "1.0.0"

#ifdef __cplusplus
extern "C" {
#endif

// ---- Types in memory: a field after the other, each in the form that results have ---------------------------------

// Who can mend an error; in Rust an enum, so in memory its variant's place and an empty union.
typedef struct keyway_tool_error_kind {
    uint32_t tag; // one of the numbers below
    union {
        uint8_t none;
    } value;
} keyway_tool_error_kind;

#define KEYWAY_TOOL_INVALID_ARGUMENTS 0
#define KEYWAY_TOOL_FAILED 1
#define KEYWAY_TOOL_LIMIT_EXCEEDED 2
#define KEYWAY_TOOL_UNAVAILABLE 3
#define KEYWAY_TOOL_FAULT 4

// `Option<String>`.
KEYWAY_OPTION_TYPE(keyway_option_string, keyway_owned_str);

// Why a tool gave no answer.
typedef struct keyway_tool_error {
    keyway_tool_error_kind kind;
    keyway_owned_str message;  // what went wrong and where, in one lower-case clause
    keyway_option_string help; // what to write or to do instead
} keyway_tool_error;

// `Result<String, ToolError>`.
KEYWAY_RESULT_TYPE(keyway_tool_reply, keyway_owned_str, keyway_tool_error);

// ---- The functions: the tool's own data first, then the arguments -------------------------------------------------

// One pointer a method, in the order of the descriptor: as an array of functions it is `methods` of a `keyway_table`.
typedef struct keyway_tool_methods {
    keyway_str_reply (*name)(const void *data);
    keyway_str_reply (*description)(const void *data);
    keyway_str_reply (*parameters)(const void *data);
    keyway_tool_reply (*run)(const void *data, keyway_str arguments);
} keyway_tool_methods;

KEYWAY_ASSERT_(sizeof(keyway_tool_methods) == 4 * sizeof(keyway_fn), "every method is one pointer");

// `methods` of a table, from the address of a constant `keyway_tool_methods`.
#define KEYWAY_TOOL_METHODS(methods) {(const keyway_fn *)(const void *)(methods), 4, sizeof(keyway_fn)}

// ---- The same as data ---------------------------------------------------------------------------------------------

KEYWAY_TYPE_WITH(keyway_tool_error_kind_type, KEYWAY_KIND_ENUM, "ToolErrorKind",
    KEYWAY_VARIANT("InvalidArguments"),
    KEYWAY_FALLBACK("Failed"),
    KEYWAY_VARIANT("LimitExceeded"),
    KEYWAY_VARIANT("Unavailable"),
    KEYWAY_VARIANT("Fault"));

KEYWAY_TYPE_OF(keyway_option_string_type, KEYWAY_KIND_OPTION, keyway_type_string);

KEYWAY_TYPE_WITH(keyway_tool_error_type, KEYWAY_KIND_STRUCT, "ToolError",
    KEYWAY_FIELD("kind", keyway_tool_error_kind_type),
    KEYWAY_FIELD("message", keyway_type_string),
    KEYWAY_FIELD("help", keyway_option_string_type));

KEYWAY_TYPE_OF_TWO(keyway_tool_run_type, KEYWAY_KIND_RESULT, keyway_type_string, keyway_tool_error_type);

// What the interface is. Signatures are for people: hosts compare names and types.
static const keyway_part keyway_tool_run_arguments[] = {KEYWAY_FIELD("arguments", keyway_type_str)};
static const keyway_method keyway_tool_method_list[] = {
    KEYWAY_METHOD("name", "fn name(&self) -> String", KEYWAY_NO_ITEMS, keyway_type_string),
    KEYWAY_METHOD("description", "fn description(&self) -> String", KEYWAY_NO_ITEMS, keyway_type_string),
    KEYWAY_METHOD("parameters", "fn parameters(&self) -> String", KEYWAY_NO_ITEMS, keyway_type_string),
    KEYWAY_METHOD("run", "fn run(&self, arguments: &str) -> Result<String, ToolError>",
        KEYWAY_ARRAY(keyway_tool_run_arguments), keyway_tool_run_type),
};
static const keyway_descriptor keyway_tool_descriptor = {
    sizeof(keyway_descriptor),
    0,
    KEYWAY_STR_INIT(KEYWAY_TOOL_ID),
    KEYWAY_STR_INIT(KEYWAY_TOOL_VERSION),
    KEYWAY_ARRAY(keyway_tool_method_list),
};

// ---- Answers ------------------------------------------------------------------------------------------------------

// The answer of `name`, `description` and `parameters`, where it is a constant.
static inline keyway_str_reply keyway_tool_text(keyway_str text) {
    keyway_str_reply reply = {KEYWAY_DONE, keyway_owned_str_constant(text)};
    return reply;
}

// `run` answers with a document.
static inline keyway_tool_reply keyway_tool_done(keyway_owned_str document) {
    keyway_tool_reply reply;
    reply.status = KEYWAY_DONE;
    reply.value.done = document;
    return reply;
}

// `run` refuses; `help` may be null.
static inline keyway_tool_reply keyway_tool_refused(
    uint32_t kind, keyway_owned_str message, const keyway_owned_str *help) {
    static const keyway_owned_str nothing = {KEYWAY_STR_INIT(""), NULL, 0, NULL};
    keyway_tool_reply reply;
    reply.status = KEYWAY_REFUSED;
    reply.value.refused.kind.tag = kind;
    reply.value.refused.kind.value.none = 0;
    reply.value.refused.message = message;
    reply.value.refused.help.some = help != NULL;
    reply.value.refused.help.value = help != NULL ? *help : nothing;
    return reply;
}

// `run` can not answer at all: the address of a `KEYWAY_CONSTANT_FAULT`.
static inline keyway_tool_reply keyway_tool_faulted(keyway_status fault) {
    keyway_tool_reply reply;
    reply.status = fault;
    reply.value.done = keyway_owned_str_constant(KEYWAY_STR(""));
    return reply;
}

#ifdef __cplusplus
}
#endif

#endif // KEYWAY_TOOL_H
