#include "frequency.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- Text that grows ----------------------------------------------------------------------------------------------

struct buffer {
    char *bytes;
    size_t len;
    size_t room;
    bool failed; // there was no memory; from then on nothing is added
};

static void add(struct buffer *to, const char *bytes, size_t len) {
    if (to->failed || len > SIZE_MAX / 2 - to->len) {
        to->failed = true;
        return;
    }
    if (to->len + len >= to->room) {
        size_t room = (to->len + len + 32) * 2;
        char *moved = realloc(to->bytes, room);
        if (moved == NULL) {
            to->failed = true;
            return;
        }
        to->bytes = moved;
        to->room = room;
    }
    if (len > 0) memcpy(to->bytes + to->len, bytes, len);
    to->len += len;
}

static void add_text(struct buffer *to, const char *text) {
    add(to, text, strlen(text));
}

static void add_number(struct buffer *to, size_t number) {
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%zu", number);
    add(to, digits, (size_t)len);
}

static void add_utf8(struct buffer *to, uint32_t character) {
    char bytes[4];
    if (character < 0x80) {
        bytes[0] = (char)character;
        add(to, bytes, 1);
    } else if (character < 0x800) {
        bytes[0] = (char)(0xc0 | character >> 6);
        bytes[1] = (char)(0x80 | (character & 0x3f));
        add(to, bytes, 2);
    } else if (character < 0x10000) {
        bytes[0] = (char)(0xe0 | character >> 12);
        bytes[1] = (char)(0x80 | (character >> 6 & 0x3f));
        bytes[2] = (char)(0x80 | (character & 0x3f));
        add(to, bytes, 3);
    } else {
        bytes[0] = (char)(0xf0 | character >> 18);
        bytes[1] = (char)(0x80 | (character >> 12 & 0x3f));
        bytes[2] = (char)(0x80 | (character >> 6 & 0x3f));
        bytes[3] = (char)(0x80 | (character & 0x3f));
        add(to, bytes, 4);
    }
}

// ---- The arguments ------------------------------------------------------------------------------------------------

static const char usage[] = "write `{\"text\": \"…\"}`, and `\"top\": 3` for no more than 3 characters";

struct reader {
    const char *start;
    size_t at;
    size_t len;
    struct buffer problem; // empty while all is well
    const char *help;
};

static bool wrong(struct reader *reader, const char *expected) {
    add_text(&reader->problem, "byte ");
    add_number(&reader->problem, reader->at);
    add_text(&reader->problem, " of the arguments is not ");
    add_text(&reader->problem, expected);
    return false;
}

static int peek(const struct reader *reader) {
    return reader->at < reader->len ? (unsigned char)reader->start[reader->at] : -1;
}

static void skip_space(struct reader *reader) {
    int next = peek(reader);
    while (next == ' ' || next == '\t' || next == '\n' || next == '\r') {
        reader->at++;
        next = peek(reader);
    }
}

static bool expect(struct reader *reader, char wanted, const char *expected) {
    skip_space(reader);
    if (peek(reader) != wanted) return wrong(reader, expected);
    reader->at++;
    return true;
}

static bool read_hex(struct reader *reader, uint32_t *number) {
    *number = 0;
    for (int digit = 0; digit < 4; digit++) {
        int next = peek(reader);
        if (next >= '0' && next <= '9') {
            *number = *number * 16 + (uint32_t)(next - '0');
        } else if (next >= 'a' && next <= 'f') {
            *number = *number * 16 + (uint32_t)(next - 'a' + 10);
        } else if (next >= 'A' && next <= 'F') {
            *number = *number * 16 + (uint32_t)(next - 'A' + 10);
        } else {
            return wrong(reader, "a hexadecimal digit");
        }
        reader->at++;
    }
    return true;
}

// What comes after a backslash.
static bool read_escape(struct reader *reader, struct buffer *text) {
    static const char names[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    int next = peek(reader);
    const char *found = next > 0 ? strchr(names, next) : NULL;
    if (found != NULL) {
        add(text, &meanings[found - names], 1);
        reader->at++;
        return true;
    }
    if (next != 'u') return wrong(reader, "an escape of JSON");
    reader->at++;
    uint32_t character, low;
    if (!read_hex(reader, &character)) return false;
    if (character >= 0xd800 && character < 0xe000) {
        bool pair = character < 0xdc00 && reader->len - reader->at >= 2 &&
                    memcmp(reader->start + reader->at, "\\u", 2) == 0;
        if (!pair) return wrong(reader, "the second half of a surrogate pair");
        reader->at += 2;
        if (!read_hex(reader, &low)) return false;
        if (low < 0xdc00 || low >= 0xe000) return wrong(reader, "the second half of a surrogate pair");
        character = 0x10000 + ((character - 0xd800) << 10) + (low - 0xdc00);
    }
    add_utf8(text, character);
    return true;
}

static bool read_string(struct reader *reader, struct buffer *text, const char *expected) {
    if (!expect(reader, '"', expected)) return false;
    for (;;) {
        size_t from = reader->at;
        while (peek(reader) >= ' ' && peek(reader) != '"' && peek(reader) != '\\') reader->at++;
        add(text, reader->start + from, reader->at - from);
        int next = peek(reader);
        if (next != '"' && next != '\\') return wrong(reader, "part of a string");
        reader->at++;
        if (next == '"') return true;
        if (!read_escape(reader, text)) return false;
    }
}

// A whole number that is not beyond all need; JSON allows no zero before it.
static bool read_number(struct reader *reader, size_t *number) {
    skip_space(reader);
    *number = 0;
    if (peek(reader) < '1' || peek(reader) > '9') return wrong(reader, "a whole number from 1 on");
    for (int next = peek(reader); next >= '0' && next <= '9'; next = peek(reader)) {
        if (*number > 99999999) return wrong(reader, "part of a number below a thousand million");
        *number = *number * 10 + (size_t)(next - '0');
        reader->at++;
    }
    return true;
}

struct arguments {
    struct buffer text;
    size_t top;
    bool has_text, has_top;
};

static bool problem(struct reader *reader, const char *before, const struct buffer *name, const char *after) {
    add_text(&reader->problem, before);
    add(&reader->problem, name->bytes, name->len);
    add_text(&reader->problem, after);
    return false;
}

static bool read_value(struct reader *reader, const struct buffer *name, struct arguments *arguments) {
    bool text = name->len == 4 && memcmp(name->bytes, "text", 4) == 0;
    bool top = name->len == 3 && memcmp(name->bytes, "top", 3) == 0;
    if (!text && !top) {
        reader->help = usage;
        return problem(reader, "there is no argument `", name, "`");
    }
    bool *has = text ? &arguments->has_text : &arguments->has_top;
    if (*has) return problem(reader, "the argument `", name, "` is there twice");
    *has = true;
    if (!expect(reader, ':', "a colon")) return false;
    return text ? read_string(reader, &arguments->text, "the text, a string") : read_number(reader, &arguments->top);
}

static bool read_property(struct reader *reader, struct arguments *arguments) {
    struct buffer name = {0};
    bool read = read_string(reader, &name, "the name of an argument");
    if (name.failed) reader->problem.failed = true;
    read = read && !name.failed && read_value(reader, &name, arguments);
    free(name.bytes);
    return read;
}

static bool read_arguments(struct reader *reader, struct arguments *arguments) {
    if (!expect(reader, '{', "the start of an object")) return false;
    skip_space(reader);
    if (peek(reader) != '}') {
        if (!read_property(reader, arguments)) return false;
        skip_space(reader);
        while (peek(reader) == ',') {
            reader->at++;
            if (!read_property(reader, arguments)) return false;
            skip_space(reader);
        }
    }
    if (!expect(reader, '}', "the end of the object")) return false;
    skip_space(reader);
    if (reader->at < reader->len) return wrong(reader, "the end of the arguments");
    if (!arguments->has_text) {
        add_text(&reader->problem, "the argument `text` is missing");
        reader->help = usage;
    }
    return arguments->has_text;
}

// ---- The count ----------------------------------------------------------------------------------------------------

struct count {
    uint32_t character;
    size_t times;
};

// The character that begins at `*at`, which moves past it.
static uint32_t next_character(const char *bytes, size_t len, size_t *at) {
    unsigned char first = (unsigned char)bytes[(*at)++];
    int more = first < 0xc0 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    uint32_t character = more == 0 ? first : first & (0x3fu >> more);
    for (; more > 0 && *at < len; more--) character = character << 6 | ((unsigned char)bytes[(*at)++] & 0x3f);
    return character;
}

static int by_character(const void *left, const void *right) {
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

// The most frequent first; what is as frequent, by character.
static int by_times(const void *left, const void *right) {
    const struct count *a = left, *b = right;
    if (a->times != b->times) return a->times < b->times ? 1 : -1;
    return by_character(&a->character, &b->character);
}

static void add_counts(struct buffer *json, const struct count *counts, size_t len) {
    for (size_t i = 0; i < len; i++) {
        uint32_t character = counts[i].character;
        add_text(json, i == 0 ? "{\"character\":\"" : ",{\"character\":\"");
        if (character < ' ') {
            char escape[8];
            snprintf(escape, sizeof escape, "\\u%04" PRIx32, character);
            add_text(json, escape);
        } else {
            if (character == '"' || character == '\\') add_text(json, "\\");
            add_utf8(json, character);
        }
        add_text(json, "\",\"count\":");
        add_number(json, counts[i].times);
        add_text(json, "}");
    }
}

static void count_characters(const struct buffer *text, size_t top, struct buffer *json) {
    uint32_t *characters = calloc(text->len + 1, sizeof *characters);
    struct count *counts = calloc(text->len + 1, sizeof *counts);
    if (characters == NULL || counts == NULL) {
        json->failed = true;
    } else {
        size_t all = 0, different = 0;
        for (size_t at = 0; at < text->len;) {
            uint32_t character = next_character(text->bytes, text->len, &at);
            if (character == ' ' || (character >= '\t' && character <= '\r')) continue;
            if (character >= 'A' && character <= 'Z') character += 'a' - 'A';
            characters[all++] = character;
        }
        qsort(characters, all, sizeof *characters, by_character);
        for (size_t i = 0; i < all; i++) {
            if (i == 0 || characters[i] != characters[i - 1]) counts[different++].character = characters[i];
            counts[different - 1].times++;
        }
        qsort(counts, different, sizeof *counts, by_times);
        add_text(json, "{\"characters\":");
        add_number(json, all);
        add_text(json, ",\"different\":");
        add_number(json, different);
        add_text(json, ",\"counts\":[");
        add_counts(json, counts, different < top ? different : top);
        add_text(json, "]}");
    }
    free(characters);
    free(counts);
}

enum frequency_outcome frequency_run(const char *json, size_t len, struct frequency_answer *answer) {
    struct reader reader = {.start = json, .len = len};
    struct arguments arguments = {.top = SIZE_MAX};
    struct buffer found = {0};
    enum frequency_outcome outcome = FREQUENCY_BAD_ARGUMENTS;
    struct buffer *said = &reader.problem;
    if (read_arguments(&reader, &arguments)) {
        if (!arguments.text.failed) count_characters(&arguments.text, arguments.top, &found);
        outcome = FREQUENCY_DONE;
        said = &found;
    }
    if (said->failed || arguments.text.failed) {
        free(said->bytes);
        *said = (struct buffer){0};
        outcome = FREQUENCY_NO_MEMORY;
    }
    *answer = (struct frequency_answer){said->bytes, said->len, reader.help};
    free(arguments.text.bytes);
    return outcome;
}
