/* Cleans a page: clean PAGE [MODEL]. The exit code is that of the call that failed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "saring.h"

static int refuse(saring_status status) {
  fprintf(stderr, "%s\n", saring_message());
  return (int)status;
}

/* What must hold whatever the page. */
static int check_borders(const saring_model *model) {
  saring_text text = {NULL, 7};
  if (strcmp(saring_message(), "") != 0) return 90;
  if (saring_load(NULL, NULL, NULL) != SARING_STATUS_ARGUMENT) return 91;
  if (strcmp(saring_message(), "model is null") != 0) return 92;
  if (saring_clean(NULL, "a", 1, NULL, &text) != SARING_STATUS_ARGUMENT) return 93;
  if (text.bytes != NULL || text.length != 0) return 94;
  saring_text_free(text);
  saring_model_free(NULL);
  if (saring_clean(model, NULL, 1, NULL, &text) != SARING_STATUS_ARGUMENT) return 95;
  if (saring_clean(model, "a", 1, "\xff", &text) != SARING_STATUS_ARGUMENT) return 96;
  if (saring_clean(model, NULL, 0, "site", &text) != SARING_STATUS_OK) return 97;
  if (text.length != 0 || text.bytes[0] != 0) return 98;
  saring_text_free(text);
  if (saring_clean(model, "\xff\0\n\xed", 4, NULL, &text) != SARING_STATUS_OK) return 99;
  saring_text_free(text);
  return 0;
}

int main(int count, char **arguments) {
  static char page[1 << 16];
  FILE *file = fopen(arguments[1], "rb");
  size_t length = file ? fread(page, 1, sizeof page, file) : 0;
  if (file) fclose(file);

  saring_model *model;
  saring_status status = saring_load(count > 2 ? arguments[2] : NULL, NULL, &model);
  if (status != SARING_STATUS_OK) return refuse(status);

  saring_text cleaned;
  status = saring_clean(model, page, length, NULL, &cleaned);
  if (status != SARING_STATUS_OK) return refuse(status);
  fwrite(cleaned.bytes, 1, cleaned.length, stdout);
  saring_text_free(cleaned);

  int border = check_borders(model);
  saring_model_free(model);
  return border;
}
