/* The smallest library that says of itself what a plugin says: two notes and no code. `@@@@@@@` in the id is replaced by a
   number in each copy. */
#include <stdint.h>

#define BUILD                                                                                                          \
    "{\"abi\":\"1.0\",\"target\":\"x86_64-unknown-linux-gnu\",\"rustc\":\"rustc 1.95.0 (59807616e 2026-04-14)\","       \
    "\"panic\":\"unwind\",\"framework\":\"0.1.0\"}"
#define MANIFEST                                                                                                       \
    "{\"id\":\"figures/plugin-@@@@@@@\",\"version\":\"1.4.2\",\"description\":\"Turns one thing into another\","        \
    "\"authors\":[\"The Keyway authors\"],\"license\":\"MIT OR Apache-2.0\",\"provides\":{\"figures/tool\":\"1.0.0\"}}"

#define PADDED(text) ((sizeof(text) - 1 + 3) / 4 * 4)
#define NOTE(name, kind, text)                                                                                         \
    __attribute__((used, aligned(4), section(".note.keyway"))) static const struct {                                   \
        uint32_t numbers[3];                                                                                           \
        char owner[8];                                                                                                 \
        char bytes[PADDED(text)];                                                                                      \
    } name = {{7, sizeof(text) - 1, kind}, "Keyway", text}

NOTE(build, 1, BUILD);
NOTE(manifest, 2, MANIFEST);
