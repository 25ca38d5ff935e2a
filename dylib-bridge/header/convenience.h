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
