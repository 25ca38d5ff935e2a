// How often each character of a text occurs. Knows nothing of plugins.

#ifndef FREQUENCY_H
#define FREQUENCY_H

#include <stddef.h>

enum frequency_outcome {
    FREQUENCY_DONE,
    FREQUENCY_BAD_ARGUMENTS,
    FREQUENCY_NO_MEMORY
};

// What came out: with `FREQUENCY_DONE` the answer as JSON, with `FREQUENCY_BAD_ARGUMENTS` what is wrong with them, both
// in UTF-8 and in memory that the caller frees; with `FREQUENCY_NO_MEMORY` nothing.
struct frequency_answer {
    char *text;
    size_t len;
    const char *help; // a constant, or null
};

// Takes `{"text": "…", "top": 3}` in UTF-8 and tells of the `top` most frequent characters; of all where `top` is left
// out. White space of ASCII is not counted, and `A` to `Z` count as `a` to `z`.
enum frequency_outcome frequency_run(const char *json, size_t len, struct frequency_answer *answer);

#endif
