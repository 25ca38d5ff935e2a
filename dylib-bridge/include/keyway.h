// Keyway for authors of plugins in C and C++: the framework's ABI, and what makes it handy.
//
// The first half is made from the framework's sources, the second is written by hand (`dylib-bridge/header`); a test
// holds the layout of both sides against each other. `examples/c-tool` is a whole plugin.
//
// Rules that no compiler checks:
// - every function may be called from any thread, at any time, for as long as the process lives;
// - texts are UTF-8, and a pointer is never null unless its comment says so;
// - the side that allocated frees, through the `release` beside the pointer;
// - nothing may jump or throw across a function of the ABI;
// - tables and descriptors are constants that live as long as the process.
//
// C11 or C++17.

#ifndef KEYWAY_H
#define KEYWAY_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

// The version of the framework that this header is of.
#define KEYWAY_FRAMEWORK "0.1.0"

// The trait gives the method a body: a plugin may lack it.
#define KEYWAY_METHOD_HAS_BODY 1

// A field that may be absent, or the variant that stands for unknown ones.
#define KEYWAY_PART_DEFAULT 1

// A variant whose fields have no names.
#define KEYWAY_PART_TUPLE 2

// An argument that is written behind a reference: what crosses is a pointer to the view, valid inside the call. `&str`,
// `&[T]` and `&dyn Interface` have kinds of their own, and not this flag.
#define KEYWAY_PART_LENT 4

#define KEYWAY_KIND_UNIT 0
#define KEYWAY_KIND_BOOL 1
#define KEYWAY_KIND_U8 2
#define KEYWAY_KIND_U16 3
#define KEYWAY_KIND_U32 4
#define KEYWAY_KIND_U64 5
#define KEYWAY_KIND_I8 6
#define KEYWAY_KIND_I16 7
#define KEYWAY_KIND_I32 8
#define KEYWAY_KIND_I64 9
#define KEYWAY_KIND_F32 10
#define KEYWAY_KIND_F64 11
#define KEYWAY_KIND_CHAR 12
#define KEYWAY_KIND_STRING 13
#define KEYWAY_KIND_BYTES 14

// `Vec<T>`; element in `first`.
#define KEYWAY_KIND_LIST 15

#define KEYWAY_KIND_OPTION 16
#define KEYWAY_KIND_TUPLE 17

// Key in `first`, value in `second`.
#define KEYWAY_KIND_MAP 18

#define KEYWAY_KIND_STRUCT 19
#define KEYWAY_KIND_ENUM 20

// A `#[repr(C)]` struct that crosses as it is.
#define KEYWAY_KIND_PLAIN 21

// `&str`.
#define KEYWAY_KIND_STR 22

// `&[T]`; element in `first`.
#define KEYWAY_KIND_SLICE 23

// `&dyn Interface`.
#define KEYWAY_KIND_LENT_OBJECT 24

// `Box<dyn Interface>`, `Arc<dyn Interface>`.
#define KEYWAY_KIND_OBJECT 25

// Value in `first`, error in `second`; only as what a method returns.
#define KEYWAY_KIND_RESULT 26

// What an async method returns; its value, or a result, in `first`. The method's function gives a reply with a
// future, and the future writes the reply with the value. Since 1.1.
#define KEYWAY_KIND_FUTURE 27

// The future has no reply yet.
#define KEYWAY_POLL_PENDING 0

// The future's reply was written.
#define KEYWAY_POLL_READY 1

// Strings that this table gives are UTF-8 because Rust made them; elsewhere they are checked.
#define KEYWAY_TABLE_RUST 1

// There are no typed functions: every call goes through `dispatch`.
#define KEYWAY_TABLE_MESSAGE_ONLY 2

// Changes when an existing slot changes its meaning; then the entry symbol changes its name, too.
#define KEYWAY_ABI_MAJOR 1

// Changes when something is appended.
#define KEYWAY_ABI_MINOR 1

// All is as it should be.
#define KEYWAY_HEALTH_GOOD 0

// It answers, and not as it should: slower, or without a part of what it offers.
#define KEYWAY_HEALTH_DEGRADED 1

// It can not do its work.
#define KEYWAY_HEALTH_FAILING 2

// The library was built so that a panic ends the process.
#define KEYWAY_LIBRARY_PANIC_ABORT 1

// A note about the build: one a binary, from the framework itself.
#define KEYWAY_NOTE_BUILD 1

// A note that is a plugin's manifest: one a plugin.
#define KEYWAY_NOTE_MANIFEST 2

// The longest text that a note may have, in bytes: a reader refuses more.
#define KEYWAY_NOTE_MAX_TEXT (1 << 20)

// How urgent a line of the log is.
enum keyway_level
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    KEYWAY_LEVEL_ERROR = 1,
    KEYWAY_LEVEL_WARN = 2,
    KEYWAY_LEVEL_INFO = 3,
    KEYWAY_LEVEL_DEBUG = 4,
    KEYWAY_LEVEL_TRACE = 5,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum keyway_level keyway_level;
#else
typedef uint32_t keyway_level;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

#ifdef __cplusplus
extern "C" {
#endif

typedef struct keyway_str keyway_str;
typedef struct keyway_type keyway_type;
typedef struct keyway_part keyway_part;
typedef struct keyway_part_array keyway_part_array;
typedef struct keyway_method keyway_method;
typedef struct keyway_method_array keyway_method_array;
typedef struct keyway_descriptor keyway_descriptor;
typedef struct keyway_fault keyway_fault;
typedef struct keyway_bytes keyway_bytes;
typedef struct keyway_owned_bytes keyway_owned_bytes;
typedef struct keyway_object keyway_object;
typedef struct keyway_objects keyway_objects;
typedef struct keyway_owned_objects keyway_owned_objects;
typedef struct keyway_message keyway_message;
typedef struct keyway_message_reply keyway_message_reply;
typedef struct keyway_fn_array keyway_fn_array;
typedef struct keyway_waker_reply keyway_waker_reply;
typedef struct keyway_waker_table keyway_waker_table;
typedef struct keyway_waker keyway_waker;
typedef struct keyway_future_table keyway_future_table;
typedef struct keyway_future keyway_future;
typedef struct keyway_future_reply keyway_future_reply;
typedef struct keyway_table keyway_table;
typedef struct keyway_table_array keyway_table_array;
typedef struct keyway_owned_str keyway_owned_str;
typedef union keyway_start_value keyway_start_value;
typedef struct keyway_start_reply keyway_start_reply;
typedef struct keyway_bytes_reply keyway_bytes_reply;
typedef union keyway_object_value keyway_object_value;
typedef struct keyway_object_reply keyway_object_reply;
typedef struct keyway_str_reply keyway_str_reply;
typedef struct keyway_provided keyway_provided;
typedef union keyway_provided_value keyway_provided_value;
typedef struct keyway_provided_reply keyway_provided_reply;
typedef struct keyway_context keyway_context;
typedef struct keyway_u8_reply keyway_u8_reply;
typedef struct keyway_health keyway_health;
typedef struct keyway_health_reply keyway_health_reply;
typedef struct keyway_plugin keyway_plugin;
typedef struct keyway_plugin_array keyway_plugin_array;
typedef struct keyway_probe_mixed keyway_probe_mixed;
typedef struct keyway_probe_wide keyway_probe_wide;
typedef struct keyway_u64_reply keyway_u64_reply;
typedef struct keyway_probe_pair keyway_probe_pair;
typedef struct keyway_library keyway_library;

// Gives a type's description. A function, so that a type may contain itself.
typedef const keyway_type *(*keyway_type_fn)(void);

// How a call ended: null for a value, `KEYWAY_REFUSED` for the callee's own error, else a fault that the caller
// releases.
typedef const keyway_fault *keyway_status;

// `(data, method, format, arguments, objects)`; format 0 is compact (postcard), 1 named (MessagePack).
typedef keyway_message_reply (*keyway_dispatch)(
    const void *data, uint32_t method, uint32_t format, keyway_bytes arguments, keyway_objects objects);

// A function pointer whose type the descriptor says.
typedef void (*keyway_fn)(void);

// As `keyway_dispatch`; the future's reply is a `keyway_message`. Arguments and objects stay alive until the future is dropped.
typedef keyway_future_reply (*keyway_begin)(
    const void *data, uint32_t method, uint32_t format, keyway_bytes arguments, keyway_objects objects);

// UTF-8 text: pointer and length in bytes, valid inside the call, or for ever in tables.
struct keyway_str {
    // The first byte; never null, dangling where `len` is 0.
    const uint8_t *ptr;
    // Bytes.
    size_t len;
};

// An array of structs that may be longer than the reader knows: element `i` stands `i * stride` bytes in.
struct keyway_part_array {
    // The first element, or null where `count` is 0.
    const keyway_part *ptr;
    // Elements.
    uint32_t count;
    // Bytes from one element to the next, as its writer laid them out.
    uint32_t stride;
};

// One method.
struct keyway_method {
    // Bytes of this struct.
    uint32_t size;
    // `KEYWAY_METHOD_HAS_BODY`.
    uint32_t flags;
    // Its name.
    keyway_str name;
    // The signature as its author wrote it, for people.
    keyway_str signature;
    // Without the receiver.
    keyway_part_array arguments;
    // What it returns; never null.
    keyway_type_fn returns;
};

// An array of structs that may be longer than the reader knows: element `i` stands `i * stride` bytes in.
struct keyway_method_array {
    // The first element, or null where `count` is 0.
    const keyway_method *ptr;
    // Elements.
    uint32_t count;
    // Bytes from one element to the next, as its writer laid them out.
    uint32_t stride;
};

// What an interface is, as data.
struct keyway_descriptor {
    // Bytes of this struct.
    uint32_t size;
    // None yet.
    uint32_t flags;
    // `namespace/name`.
    keyway_str id;
    // `major.minor.patch`.
    keyway_str version;
    // In the order in which they are written.
    keyway_method_array methods;
};

// A call that failed for a reason that is not the callee's answer.
struct keyway_fault {
    // Bytes of this struct.
    uint32_t size;
    // 1 panic, 2 malformed data, 3 gone, 4 not supported; others are "unknown".
    uint32_t kind;
    // What happened, valid until released.
    keyway_str message;
    // Frees the record.
    void (*release)(const keyway_fault*);
};

// Pointer and number of elements, valid inside the call.
struct keyway_bytes {
    // The first element; never null, dangling where `len` is 0.
    const uint8_t *ptr;
    // Elements.
    size_t len;
};

// A view of something that the receiver must release: it belongs to the side that made it.
struct keyway_owned_bytes {
    // What there is to read, valid until it is released.
    keyway_bytes view;
    // First argument of `release`.
    void *owner;
    // Second argument of `release`.
    size_t extra;
    // Frees what the view points at; null where there is nothing to free.
    void (*release)(void *owner, size_t extra);
};

// An object with an interface: what the functions take first, and the functions.
struct keyway_object {
    // First argument of every function of the table.
    const void *data;
    // The functions.
    const keyway_table *table;
};

// Pointer and number of elements, valid inside the call.
struct keyway_objects {
    // The first element; never null, dangling where `len` is 0.
    const keyway_object *ptr;
    // Elements.
    size_t len;
};

// A view of something that the receiver must release: it belongs to the side that made it.
struct keyway_owned_objects {
    // What there is to read, valid until it is released.
    keyway_objects view;
    // First argument of `release`.
    void *owner;
    // Second argument of `release`.
    size_t extra;
    // Frees what the view points at; null where there is nothing to free.
    void (*release)(void *owner, size_t extra);
};

// An answer as bytes, and the objects that the bytes refer to by index. The receiver owns both.
struct keyway_message {
    // The encoded value.
    keyway_owned_bytes bytes;
    // Each counts as one holder.
    keyway_owned_objects objects;
};

// What every call returns: two words where the value has at most one.
struct keyway_message_reply {
    // How it ended.
    keyway_status status;
    // Initialised as the status says.
    keyway_message value;
};

// An array of structs that may be longer than the reader knows: element `i` stands `i * stride` bytes in.
struct keyway_fn_array {
    // The first element, or null where `count` is 0.
    const keyway_fn *ptr;
    // Elements.
    uint32_t count;
    // Bytes from one element to the next, as its writer laid them out.
    uint32_t stride;
};

// The functions of one kind of waker. Lives as long as the process.
struct keyway_waker_table {
    // Bytes of this struct.
    uint32_t size;
    // None yet.
    uint32_t flags;
    // A waker of one's own, which ends with `wake` or `drop`.
    keyway_waker_reply (*clone)(const void *data, const void *extra);
    // Wakes, and ends the waker.
    void (*wake)(const void *data, const void *extra);
    // Wakes; the waker stays.
    void (*wake_by_ref)(const void *data, const void *extra);
    // Ends the waker.
    void (*drop)(const void *data, const void *extra);
};

// How a future says that it can go on. The one that is given to a poll is lent for that poll; a clone is counted, may be
// kept for ever and used from any thread, also when the future is gone.
struct keyway_waker {
    // First argument of all functions.
    const void *data;
    // Second argument of all functions.
    const void *extra;
    // The functions.
    const keyway_waker_table *table;
};

// The functions of one kind of future. Lives as long as the process.
struct keyway_future_table {
    // Bytes of this struct.
    uint32_t size;
    // None yet.
    uint32_t flags;
    // Goes on with the call. `KEYWAY_POLL_PENDING`: it will wake the waker, of which it has made itself a clone.
    // `KEYWAY_POLL_READY`: the reply was written to `reply`, which has room for the reply of a method that returns the
    // future's value at once; what is left is to drop it. One that is polled again has a fault as its reply.
    uint32_t (*poll)(void *data, void *extra, const keyway_waker *waker, void *reply);
    // Ends it: cancels the call where it had no reply yet, and frees it.
    void (*drop)(void *data, void *extra);
};

// What a call of an async method gives at once: its reply comes by polling.
//
// It is polled by one thread at a time, from any thread, and dropped once; nothing of the method has run before the
// first poll. It borrows: the object that was called, and whatever was lent to the call, stay alive until it is dropped,
// or for as long as it is neither polled nor dropped again.
struct keyway_future {
    // First argument of both functions.
    void *data;
    // Second argument of both functions.
    void *extra;
    // The functions.
    const keyway_future_table *table;
};

// What every call returns: two words where the value has at most one.
struct keyway_future_reply {
    // How it ended.
    keyway_status status;
    // Initialised as the status says.
    keyway_future value;
};

// The functions of one interface for one kind of object. Lives as long as the process.
struct keyway_table {
    // Bytes of this struct.
    uint32_t size;
    // `KEYWAY_TABLE_RUST`, `KEYWAY_TABLE_MESSAGE_ONLY`.
    uint32_t flags;
    // What the methods are.
    const keyway_descriptor *interface;
    // One more holder of the object.
    void (*retain)(const void *data);
    // One holder fewer; the last one drops it.
    void (*release)(const void *data);
    // Calls the method with that index in `interface`, arguments and answer as bytes; null where the table offers
    // only typed calls.
    keyway_dispatch dispatch;
    // One function a method, in the order of `interface`; their types follow from the signatures there.
    keyway_fn_array methods;
    // Begins a call of the async method with that index, arguments and answer as bytes; null where the interface has no
    // async method, or the table offers only typed calls. Since 1.1.
    keyway_begin begin;
};

// An array of structs that may be longer than the reader knows: element `i` stands `i * stride` bytes in.
struct keyway_table_array {
    // The first element, or null where `count` is 0.
    const keyway_table *const *ptr;
    // Elements.
    uint32_t count;
    // Bytes from one element to the next, as its writer laid them out.
    uint32_t stride;
};

// A view of something that the receiver must release: it belongs to the side that made it.
struct keyway_owned_str {
    // What there is to read, valid until it is released.
    keyway_str view;
    // First argument of `release`.
    void *owner;
    // Second argument of `release`.
    size_t extra;
    // Frees what the view points at; null where there is nothing to free.
    void (*release)(void *owner, size_t extra);
};

// A value or the callee's own error; the status says which.
union keyway_start_value {
    // With `KEYWAY_DONE`.
    const void *done;
    // With `KEYWAY_REFUSED`.
    keyway_owned_str refused;
};

// What every call returns: two words where the value has at most one.
struct keyway_start_reply {
    // How it ended.
    keyway_status status;
    // Initialised as the status says.
    keyway_start_value value;
};

// What every call returns: two words where the value has at most one.
struct keyway_bytes_reply {
    // How it ended.
    keyway_status status;
    // Initialised as the status says.
    keyway_owned_bytes value;
};

// A value or the callee's own error; the status says which.
union keyway_object_value {
    // With `KEYWAY_DONE`.
    keyway_object done;
    // With `KEYWAY_REFUSED`.
    keyway_owned_str refused;
};

// What every call returns: two words where the value has at most one.
struct keyway_object_reply {
    // How it ended.
    keyway_status status;
    // Initialised as the status says.
    keyway_object_value value;
};

// What every call returns: two words where the value has at most one.
struct keyway_str_reply {
    // How it ended.
    keyway_status status;
    // Initialised as the status says.
    keyway_owned_str value;
};

// An interface of a plugin, and which generation of the plugin it is of.
struct keyway_provided {
    // One count of it is the receiver's.
    keyway_object object;
    // In one host no other generation of the plugin has the same number; 0 where the host can not tell.
    uint64_t generation;
};

// A value or the callee's own error; the status says which.
union keyway_provided_value {
    // With `KEYWAY_DONE`.
    keyway_provided done;
    // With `KEYWAY_REFUSED`.
    keyway_owned_str refused;
};

// What every call returns: two words where the value has at most one.
struct keyway_provided_reply {
    // How it ended.
    keyway_status status;
    // Initialised as the status says.
    keyway_provided_value value;
};

// What a plugin can reach of its host. Counted: whoever keeps it retains it.
struct keyway_context {
    // Bytes of this struct.
    uint32_t size;
    // None yet.
    uint32_t flags;
    // First argument of the functions.
    const void *data;
    // One more holder.
    void (*retain)(const void *data);
    // One holder fewer.
    void (*release)(const void *data);
    // The plugin's own id.
    keyway_str (*plugin)(const void *data);
    // The plugin's settings, as a MessagePack map; empty where there are none.
    keyway_bytes_reply (*config)(const void *data);
    // An interface of a plugin that the manifest requires. Refused with the reason in words.
    keyway_object_reply (*interface)(const void *data, keyway_str plugin, keyway_str interface);
    // The ids of the running plugins that provide an interface, one a line, by rank and then id.
    keyway_str_reply (*providers)(const void *data, keyway_str interface);
    // A line for the host's log; levels 1 error to 5 trace.
    void (*log)(const void *data, uint32_t level, keyway_str target, keyway_str message);
    // Since 1.1. As `interface`, of one generation of the plugin: what runs between a start of it and the stop after it.
    // With 0 for `of`, of the one that runs now, and the reply says its number. Refused with the reason in words, also
    // where that generation has ended.
    keyway_provided_reply (*provided)(const void *data, keyway_str plugin, keyway_str interface, uint64_t of);
    // Since 1.1. Those that provide an interface and can be had, or all such interfaces where `interface` is empty; by
    // interface, then rank, then id. A line each: plugin, interface and its version, with one space between them.
    keyway_str_reply (*available)(const void *data, keyway_str interface);
};

// What every call returns: two words where the value has at most one.
struct keyway_u8_reply {
    // How it ended.
    keyway_status status;
    // Initialised as the status says.
    uint8_t value;
};

// What a plugin says of its health.
struct keyway_health {
    // `KEYWAY_HEALTH_GOOD`, `KEYWAY_HEALTH_DEGRADED` or `KEYWAY_HEALTH_FAILING`.
    uint32_t level;
    // None yet.
    uint32_t flags;
    // Bytes of memory that the plugin holds; 0 where it does not know.
    uint64_t memory;
    // Why it is not well; empty where there is nothing to say.
    keyway_owned_str message;
};

// What every call returns: two words where the value has at most one.
struct keyway_health_reply {
    // How it ended.
    keyway_status status;
    // Initialised as the status says.
    keyway_health value;
};

// What a library says of one plugin.
struct keyway_plugin {
    // Bytes of this struct.
    uint32_t size;
    // None yet.
    uint32_t flags;
    // The manifest as JSON, the same as in the note.
    keyway_str manifest;
    // One table an interface that it provides.
    keyway_table_array interfaces;
    // Makes the instance, which is `data` of every table of `interfaces`. The context is valid until it is released.
    keyway_start_reply (*start)(const keyway_context*);
    // Asks the instance to end what it began. Called at most once, before the host's own `release`.
    keyway_u8_reply (*stop)(const void *data);
    // Gives back the host's hold on the instance.
    void (*release)(const void *data);
    // Since 1.1. Says how the instance is; called at any time between `start` and `stop`, from any thread, and more
    // than once at a time where an answer is late. Null where there is never anything to say: the plugin is good.
    keyway_health_reply (*health)(const void *data);
};

// An array of structs that may be longer than the reader knows: element `i` stands `i * stride` bytes in.
struct keyway_plugin_array {
    // The first element, or null where `count` is 0.
    const keyway_plugin *const *ptr;
    // Elements.
    uint32_t count;
    // Bytes from one element to the next, as its writer laid them out.
    uint32_t stride;
};

// A struct of mixed register classes, for the probe.
struct keyway_probe_mixed {
    // Any value.
    uint8_t byte;
    // Any value.
    float float_;
    // Any value.
    uint64_t wide;
    // Any value.
    double double_;
};

// A struct that no register holds, for the probe.
struct keyway_probe_wide {
    // The mixed struct, as it was given.
    keyway_probe_mixed mixed;
    // The byte, as it was given.
    uint8_t byte;
    // The double, as it was given.
    double double_;
    // The length of the text.
    uint64_t length;
    // The last argument.
    uint64_t last;
};

// What every call returns: two words where the value has at most one.
struct keyway_u64_reply {
    // How it ended.
    keyway_status status;
    // Initialised as the status says.
    uint64_t value;
};

// A struct of two registers, for the probe.
struct keyway_probe_pair {
    // Any value.
    uint64_t left;
    // Any value.
    double right;
};

// What the entry symbol returns.
struct keyway_library {
    // Bytes of this struct.
    uint32_t size;
    // `KEYWAY_LIBRARY_PANIC_ABORT`.
    uint32_t flags;
    // See `KEYWAY_ABI_MAJOR`.
    uint16_t abi_major;
    // See `KEYWAY_ABI_MINOR`.
    uint16_t abi_minor;
    // Plugins that the library's second, independent count found.
    uint32_t counted;
    // The target triple.
    keyway_str target;
    // The compiler.
    keyway_str rustc;
    // The framework's version.
    keyway_str framework;
    // What the library holds.
    keyway_plugin_array plugins;
    // Takes structs and scalars of every register class and gives back a wide struct made of them.
    keyway_probe_wide (*probe_wide)(keyway_probe_mixed, uint8_t, double, keyway_str, uint64_t);
    // Takes and gives what fits in two registers.
    keyway_u64_reply (*probe_pair)(keyway_probe_pair);
};

// A type, as data.
struct keyway_type {
    // Bytes of this struct.
    uint32_t size;
    // One of `KEYWAY_KIND_…`.
    uint32_t kind;
    // The type's name where it has one; never compared.
    keyway_str name;
    // Element, value, or the first of two.
    keyway_type_fn first;
    // The second of two: a map's value, a result's error.
    keyway_type_fn second;
    // Fields, elements of a tuple, or variants.
    keyway_part_array parts;
    // The interface of an object.
    const keyway_descriptor *(*interface)(void);
};

// A field, an element, a variant or an argument.
struct keyway_part {
    // Bytes of this struct.
    uint32_t size;
    // `KEYWAY_PART_DEFAULT`.
    uint32_t flags;
    // Its name; empty in tuples.
    keyway_str name;
    // Its type; null for a variant.
    keyway_type_fn of;
    // A variant's fields.
    keyway_part_array parts;
};

// What every call returns: two words where the value has at most one.
struct keyway_waker_reply {
    // How it ended.
    keyway_status status;
    // Initialised as the status says.
    keyway_waker value;
};

// ---- From here on written by hand: what makes the tables handy. ---------------------------------------------------

#if defined(_WIN32)
#define KEYWAY_EXPORT __declspec(dllexport)
#else
#define KEYWAY_EXPORT __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
#define KEYWAY_ASSERT_(condition, message) static_assert(condition, message)
#else
#define KEYWAY_ASSERT_(condition, message) _Static_assert(condition, message)
#endif

// ---- Texts --------------------------------------------------------------------------------------------------------

// A literal as a `keyway_str`: the first in initialisers of constants, the second in expressions.
#define KEYWAY_STR_INIT(literal) {(const uint8_t *)("" literal), sizeof("" literal) - 1}
#define KEYWAY_STR(literal) keyway_str_of("" literal, sizeof("" literal) - 1)

// A view of `len` bytes, which are not copied.
static inline keyway_str keyway_str_of(const char *text, size_t len) {
    keyway_str view = {(const uint8_t *)text, len};
    return view;
}

static inline void keyway_free_(void *owner, size_t extra) {
    (void)extra;
    free(owner);
}

// A text in memory from `malloc`, to be given away: the receiver lets this library free it.
static inline keyway_owned_str keyway_owned_str_from(char *text, size_t len) {
    keyway_owned_str owned = {keyway_str_of(text, len), text, 0, keyway_free_};
    return owned;
}

// A constant as a text to be given away: there is nothing to free.
static inline keyway_owned_str keyway_owned_str_constant(keyway_str text) {
    keyway_owned_str owned = {text, NULL, 0, NULL};
    return owned;
}

// Frees a text that was received: once, and its view is gone then.
static inline void keyway_owned_str_release(keyway_owned_str text) {
    if (text.release != NULL) text.release(text.owner, text.extra);
}

// Frees bytes that were received.
static inline void keyway_owned_bytes_release(keyway_owned_bytes bytes) {
    if (bytes.release != NULL) bytes.release(bytes.owner, bytes.extra);
}

// ---- Answers ------------------------------------------------------------------------------------------------------

// The value stands in the reply.
#define KEYWAY_DONE ((keyway_status)0)
// The callee's own error stands in the reply.
#define KEYWAY_REFUSED ((keyway_status)(uintptr_t)1)

// What a method returns, for a value of any C type.
#define KEYWAY_REPLY_TYPE(name, value_type)                                                                           \
    typedef struct name {                                                                                             \
        keyway_status status;                                                                                         \
        value_type value;                                                                                             \
    } name

// What a method returns that answers with a value or with an error of its own (`Result<T, E>`).
#define KEYWAY_RESULT_TYPE(name, value_type, error_type)                                                              \
    typedef struct name {                                                                                             \
        keyway_status status;                                                                                         \
        union {                                                                                                       \
            value_type done;                                                                                          \
            error_type refused;                                                                                       \
        } value;                                                                                                      \
    } name

// `Option<T>`: `value` counts where `some` is 1.
#define KEYWAY_OPTION_TYPE(name, value_type)                                                                          \
    typedef struct name {                                                                                             \
        uint32_t some;                                                                                                \
        value_type value;                                                                                             \
    } name

// The kinds of a `keyway_fault`; any other is shown as a failure without a kind.
#define KEYWAY_FAULT_OTHER 0
#define KEYWAY_FAULT_PANIC 1
#define KEYWAY_FAULT_MALFORMED 2
#define KEYWAY_FAULT_GONE 3
#define KEYWAY_FAULT_UNSUPPORTED 4

// A fault that needs no memory, for what is nobody's answer, such as memory that ran out. Its address is a status.
#define KEYWAY_CONSTANT_FAULT(name, kind, literal)                                                                    \
    static const keyway_fault name = {sizeof(keyway_fault), kind, KEYWAY_STR_INIT(literal), NULL}

// ---- Health -------------------------------------------------------------------------------------------------------

// What the slot `health` of a plugin's table answers with: `KEYWAY_HEALTH_GOOD`, `_DEGRADED` or `_FAILING`, the reason as
// a text that is given away, and the bytes of memory that the plugin holds, 0 where it does not know. A plugin that never
// has anything to say leaves the slot null, and is good for as long as it runs.
static inline keyway_health_reply keyway_health_told(uint32_t level, keyway_owned_str message, uint64_t memory) {
    keyway_health_reply reply = {KEYWAY_DONE, {level, 0, memory, message}};
    return reply;
}

// ---- Interfaces as data -------------------------------------------------------------------------------------------

// A constant C array, as the ABI's arrays with a stride; and one without elements.
#define KEYWAY_ARRAY(items) {items, sizeof(items) / sizeof((items)[0]), sizeof((items)[0])}
#define KEYWAY_NO_ITEMS {NULL, 0, 0}

// Each defines a function that describes a type, to be named in descriptors. For scalars, text and the like:
#define KEYWAY_TYPE(function, kind) KEYWAY_TYPE_OF_TWO(function, kind, NULL, NULL)
// `KEYWAY_KIND_LIST`, `_OPTION` and `_SLICE` of something:
#define KEYWAY_TYPE_OF(function, kind, first) KEYWAY_TYPE_OF_TWO(function, kind, first, NULL)
// `KEYWAY_KIND_MAP` from something to something, `KEYWAY_KIND_RESULT` of a value or an error:
#define KEYWAY_TYPE_OF_TWO(function, kind, first, second)                                                             \
    static inline const keyway_type *function(void) {                                                                 \
        static const keyway_type type = {                                                                             \
            sizeof(keyway_type), kind, KEYWAY_STR_INIT(""), first, second, KEYWAY_NO_ITEMS, NULL};                    \
        return &type;                                                                                                 \
    }                                                                                                                 \
    KEYWAY_ASSERT_(1, "")
// `KEYWAY_KIND_STRUCT` and `_PLAIN` with `KEYWAY_FIELD`s, `KEYWAY_KIND_ENUM` with `KEYWAY_VARIANT`s,
// `KEYWAY_KIND_TUPLE` with fields whose names are empty:
#define KEYWAY_TYPE_WITH(function, kind, name, ...)                                                                   \
    static inline const keyway_type *function(void) {                                                                 \
        static const keyway_part parts[] = {__VA_ARGS__};                                                             \
        static const keyway_type type = {                                                                             \
            sizeof(keyway_type), kind, KEYWAY_STR_INIT(name), NULL, NULL, KEYWAY_ARRAY(parts), NULL};                 \
        return &type;                                                                                                 \
    }                                                                                                                 \
    KEYWAY_ASSERT_(1, "")

// A field of a struct, or an argument of a method.
#define KEYWAY_FIELD(name, type) {sizeof(keyway_part), 0, KEYWAY_STR_INIT(name), type, KEYWAY_NO_ITEMS}
// An argument that is written behind a reference: a pointer to `T`'s form (`&T`; `&str` has a type of its own and is not
// meant).
#define KEYWAY_LENT(name, type) {sizeof(keyway_part), KEYWAY_PART_LENT, KEYWAY_STR_INIT(name), type, KEYWAY_NO_ITEMS}
// A variant without fields. In memory an enum is its variant's place, as a `uint32_t`, and a union of the fields.
#define KEYWAY_VARIANT(name) {sizeof(keyway_part), 0, KEYWAY_STR_INIT(name), NULL, KEYWAY_NO_ITEMS}
// The variant that stands for those of a newer version which this side does not know.
#define KEYWAY_FALLBACK(name) {sizeof(keyway_part), KEYWAY_PART_DEFAULT, KEYWAY_STR_INIT(name), NULL, KEYWAY_NO_ITEMS}
// A method; `arguments` is `KEYWAY_ARRAY` of fields or `KEYWAY_NO_ITEMS`.
#define KEYWAY_METHOD(name, signature, arguments, returns)                                                            \
    {sizeof(keyway_method), 0, KEYWAY_STR_INIT(name), KEYWAY_STR_INIT(signature), arguments, returns}

KEYWAY_TYPE(keyway_type_unit, KEYWAY_KIND_UNIT);
KEYWAY_TYPE(keyway_type_bool, KEYWAY_KIND_BOOL);
KEYWAY_TYPE(keyway_type_u8, KEYWAY_KIND_U8);
KEYWAY_TYPE(keyway_type_u16, KEYWAY_KIND_U16);
KEYWAY_TYPE(keyway_type_u32, KEYWAY_KIND_U32);
KEYWAY_TYPE(keyway_type_u64, KEYWAY_KIND_U64);
KEYWAY_TYPE(keyway_type_i8, KEYWAY_KIND_I8);
KEYWAY_TYPE(keyway_type_i16, KEYWAY_KIND_I16);
KEYWAY_TYPE(keyway_type_i32, KEYWAY_KIND_I32);
KEYWAY_TYPE(keyway_type_i64, KEYWAY_KIND_I64);
KEYWAY_TYPE(keyway_type_f32, KEYWAY_KIND_F32);
KEYWAY_TYPE(keyway_type_f64, KEYWAY_KIND_F64);
KEYWAY_TYPE(keyway_type_char, KEYWAY_KIND_CHAR);
KEYWAY_TYPE(keyway_type_str, KEYWAY_KIND_STR);       // `&str`: an argument, a `keyway_str`
KEYWAY_TYPE(keyway_type_string, KEYWAY_KIND_STRING); // `String`: a `keyway_str`, as a result a `keyway_owned_str`
KEYWAY_TYPE(keyway_type_bytes, KEYWAY_KIND_BYTES);   // `Bytes`: a `keyway_owned_bytes`

// ---- What a file says of itself, readable without loading it ------------------------------------------------------

// The target, as Rust calls it: a host refuses a library that says another than its own.
#ifndef KEYWAY_TARGET
#if defined(__x86_64__) || defined(_M_X64)
#define KEYWAY_ARCH_ "x86_64"
#elif defined(__aarch64__) || defined(_M_ARM64)
#define KEYWAY_ARCH_ "aarch64"
#elif defined(__i386__) || defined(_M_IX86)
#define KEYWAY_ARCH_ "i686"
#elif defined(__riscv) && __riscv_xlen == 64
#define KEYWAY_ARCH_ "riscv64gc"
#endif
#if defined(__APPLE__)
#define KEYWAY_SYSTEM_ "-apple-darwin"
#elif defined(_MSC_VER)
#define KEYWAY_SYSTEM_ "-pc-windows-msvc"
#elif defined(_WIN32)
#define KEYWAY_SYSTEM_ "-pc-windows-gnu"
#elif defined(__linux__) && defined(__GLIBC__)
#define KEYWAY_SYSTEM_ "-unknown-linux-gnu"
#elif defined(__linux__)
#define KEYWAY_SYSTEM_ "-unknown-linux-musl"
#elif defined(__FreeBSD__)
#define KEYWAY_SYSTEM_ "-unknown-freebsd"
#endif
#if defined(KEYWAY_ARCH_) && defined(KEYWAY_SYSTEM_)
#define KEYWAY_TARGET KEYWAY_ARCH_ KEYWAY_SYSTEM_
#else
#error "this target is unknown to keyway.h; compile with -DKEYWAY_TARGET='\"…\"' and what `rustc -vV` calls it"
#endif
#endif

#define KEYWAY_TEXT_(token) #token
#define KEYWAY_TEXT(macro) KEYWAY_TEXT_(macro)

// The compiler, for people.
#if defined(__clang__)
#define KEYWAY_COMPILER "clang " __clang_version__
#elif defined(__GNUC__)
#define KEYWAY_COMPILER "gcc " __VERSION__
#elif defined(_MSC_VER)
#define KEYWAY_COMPILER "msvc " KEYWAY_TEXT(_MSC_FULL_VER)
#else
#define KEYWAY_COMPILER "cc"
#endif

#define KEYWAY_ABI KEYWAY_TEXT(KEYWAY_ABI_MAJOR) "." KEYWAY_TEXT(KEYWAY_ABI_MINOR)

// `unwind` promises that no failure of the library's own making ends the process, which `abort` does. C has no panics:
// a function that can not answer returns a fault, and the promise is kept by never calling `abort`.
#define KEYWAY_BUILD_JSON_                                                                                            \
    "{\"abi\":\"" KEYWAY_ABI "\",\"target\":\"" KEYWAY_TARGET "\",\"rustc\":\"" KEYWAY_COMPILER                       \
    "\",\"panic\":\"unwind\",\"framework\":\"" KEYWAY_FRAMEWORK "\"}"

// Where notes go, and that they stay although nothing refers to them.
#if defined(_MSC_VER)
#pragma section(".keyway", read)
#define KEYWAY_NOTE_PLACE_ __declspec(allocate(".keyway")) extern
#elif defined(_WIN32)
#define KEYWAY_NOTE_PLACE_ __attribute__((used, section(".keyway"), aligned(4))) static
#elif defined(__APPLE__)
#define KEYWAY_NOTE_PLACE_ __attribute__((used, section("__DATA,__keyway"), aligned(4))) static
#else
#define KEYWAY_NOTE_PLACE_ __attribute__((used, section(".note.keyway"), aligned(4))) static
#endif

#if defined(__has_attribute)
#if __has_attribute(nonstring)
#define KEYWAY_NONSTRING_ __attribute__((nonstring))
#endif
#endif
#ifndef KEYWAY_NONSTRING_
#define KEYWAY_NONSTRING_
#endif

#define KEYWAY_JOIN_(left, right) left##right
#define KEYWAY_JOIN(left, right) KEYWAY_JOIN_(left, right)

// An ELF note: three numbers, the owner's name, the text padded with zeros to a multiple of 4.
#ifdef __cplusplus
} // a template can not be C

template <size_t N> struct keyway_note_ {
    uint32_t numbers[3];
    char owner[8];
    char text[(N + 2) / 4 * 4];
    constexpr keyway_note_(uint32_t kind, const char (&json)[N])
        : numbers{7, N - 1, kind}, owner{'K', 'e', 'y', 'w', 'a', 'y', 0, 0}, text{} {
        for (size_t at = 0; at + 1 < N; ++at) text[at] = json[at];
    }
};

extern "C" {
#define KEYWAY_NOTE_(name, kind, json)                                                                                \
    KEYWAY_NOTE_PLACE_ constexpr keyway_note_<sizeof(json)> name(kind, json);                                         \
    KEYWAY_ASSERT_(sizeof(json) - 1 <= KEYWAY_NOTE_MAX_TEXT, "a note of more than 1 MiB, which no host reads")
#else
#define KEYWAY_NOTE_(name, kind, json)                                                                                \
    KEYWAY_NOTE_PLACE_ const struct {                                                                                 \
        uint32_t numbers[3];                                                                                          \
        char owner[8];                                                                                                \
        char text[(sizeof(json) + 2) / 4 * 4] KEYWAY_NONSTRING_;                                                      \
    } name = {{7, sizeof(json) - 1, kind}, "Keyway", json};                                                           \
    KEYWAY_ASSERT_(sizeof(json) - 1 <= KEYWAY_NOTE_MAX_TEXT, "a note of more than 1 MiB, which no host reads")
#endif

// A plugin's manifest, once for each plugin, as a literal: the same that stands in its `keyway_plugin`.
#define KEYWAY_MANIFEST(json) KEYWAY_NOTE_(KEYWAY_JOIN(keyway_manifest_, __LINE__), KEYWAY_NOTE_MANIFEST, json)

// ---- The library --------------------------------------------------------------------------------------------------

// Passes values of every register class there and back: a host calls it once, to see that both compilers agree.
static inline keyway_probe_wide keyway_probe_wide_echo(
    keyway_probe_mixed mixed, uint8_t byte, double real, keyway_str text, uint64_t last) {
    keyway_probe_wide wide = {mixed, byte, real, text.len, last};
    return wide;
}

// The same for what fits in two registers.
static inline keyway_u64_reply keyway_probe_pair_echo(keyway_probe_pair pair) {
    union {
        double real;
        uint64_t bits;
    } right;
    keyway_u64_reply reply = {KEYWAY_DONE, 0};
    right.real = pair.right;
    reply.value = pair.left ^ right.bits;
    return reply;
}

// Makes the library out of its plugins, once for each library: the note about the build, and the entry symbol.
//
//     KEYWAY_LIBRARY(&first_plugin, &second_plugin);
#define KEYWAY_LIBRARY(...)                                                                                           \
    KEYWAY_NOTE_(keyway_build_, KEYWAY_NOTE_BUILD, KEYWAY_BUILD_JSON_);                                               \
    KEYWAY_EXPORT const keyway_library *keyway_library_v1(void) {                                                     \
        static const keyway_plugin *const plugins[] = {__VA_ARGS__};                                                  \
        static const keyway_library library = {                                                                       \
            sizeof(keyway_library),                                                                                   \
            0,                                                                                                        \
            KEYWAY_ABI_MAJOR,                                                                                         \
            KEYWAY_ABI_MINOR,                                                                                         \
            sizeof(plugins) / sizeof(plugins[0]),                                                                     \
            KEYWAY_STR_INIT(KEYWAY_TARGET),                                                                           \
            KEYWAY_STR_INIT(KEYWAY_COMPILER),                                                                         \
            KEYWAY_STR_INIT(KEYWAY_FRAMEWORK),                                                                        \
            KEYWAY_ARRAY(plugins),                                                                                    \
            keyway_probe_wide_echo,                                                                                   \
            keyway_probe_pair_echo,                                                                                   \
        };                                                                                                            \
        return &library;                                                                                              \
    }                                                                                                                 \
    KEYWAY_ASSERT_(1, "")

// The entry symbol, which `KEYWAY_LIBRARY` defines.
KEYWAY_EXPORT const keyway_library *keyway_library_v1(void);

#ifdef __cplusplus
}
#endif

#endif // KEYWAY_H
