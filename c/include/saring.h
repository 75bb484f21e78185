#ifndef SARING_H
#define SARING_H

/* Made by cbindgen from src/lib.rs: UPDATE_HEADER=1 cargo test --test header */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/*
 How a call went.
 */
typedef enum {
  /*
   It did what it was asked to.
   */
  SARING_STATUS_OK = 0,
  /*
   An argument is null or not UTF-8.
   */
  SARING_STATUS_ARGUMENT = 1,
  /*
   A file cannot be read.
   */
  SARING_STATUS_IO = 2,
  /*
   A file is no model or profile of saring's, or the model takes no profile.
   */
  SARING_STATUS_FILE = 3,
  /*
   A fault of saring's.
   */
  SARING_STATUS_INTERNAL = 4,
} saring_status;

/*
 A model, and the site profiles that go with it.
 */
typedef struct saring_model saring_model;

/*
 Bytes that saring allocated.
 */
typedef struct {
  /*
   The bytes, and behind them a zero that does not count.
   */
  char *bytes;
  /*
   How many there are.
   */
  size_t length;
} saring_text;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/*
 Loads a model into `*model`, to be freed with saring_model_free.

 `path` is a model file, null for the built-in model. `profile` is what `saring profile` wrote, null
 for none. On failure `*model` is null.

 # Safety
 `path` and `profile` are null or end in a zero byte; `model` is null or can be written.
 */
saring_status saring_load(const char *path, const char *profile, saring_model **model);

/*
 Writes the lines of a page that are content, each with a line feed, into `*cleaned`, to be freed
 with saring_text_free.

 `text` is a whole page of `length` bytes, its lines parted by line feeds; it need not be UTF-8 and
 may be null where `length` is 0. `site` is looked up in the profiles; null where it is unknown. On
 failure the bytes of `*cleaned` are null.

 # Safety
 `model` is null or came from saring_load and is not freed; `text` has `length` bytes that nobody
 writes to meanwhile; `site` is null or ends in a zero byte; `cleaned` is null or can be written.
 */
saring_status saring_clean(const saring_model *model,
                           const char *text,
                           size_t length,
                           const char *site,
                           saring_text *cleaned);

/*
 Frees a text that saring_clean wrote; one whose bytes are null is left alone.

 # Safety
 `text` is as saring_clean wrote it and was not freed before.
 */
void saring_text_free(saring_text text);

/*
 Frees a model; null is left alone.

 # Safety
 `model` is null, or came from saring_load, was not freed before and is not in use.
 */
void saring_model_free(saring_model *model);

/*
 What went wrong in the last call on this thread that failed, as one line; "" where none did. Good
 until the next call on this thread.
 */
const char *saring_message(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* SARING_H */
