package io.tideline.bridge;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Text with the fields of a record in braces. */
final class Template {
  private static final Pattern FIELD = Pattern.compile("\\{([^{}]*)\\}");

  private final String text;
  private final List<String> texts = new ArrayList<>();
  private final List<String> fields = new ArrayList<>();

  /**
   * Reads a template.
   *
   * @throws IllegalArgumentException if there is no such field, or a brace without its other
   */
  Template(String text) {
    this.text = text;
    Matcher matcher = FIELD.matcher(text);
    int from = 0;
    while (matcher.find()) {
      if (!SourceRecord.isField(matcher.group(1))) {
        throw new IllegalArgumentException(
            matcher.group()
                + " is not a field; use {key}, {topic}, {partition}, {offset}, {timestamp} and {header.NAME}");
      }
      texts.add(text.substring(from, matcher.start()));
      fields.add(matcher.group(1));
      from = matcher.end();
    }
    texts.add(text.substring(from));
    if (texts.stream().anyMatch(part -> part.contains("{") || part.contains("}"))) {
      throw new IllegalArgumentException(text + " has an unmatched brace");
    }
  }

  String fill(SourceRecord record) throws RecordRefusedException {
    StringBuilder filled = new StringBuilder(texts.get(0));
    for (int i = 0; i < fields.size(); i++) {
      String value = record.field(fields.get(i));
      if (value == null) {
        throw new RecordRefusedException("it has no " + fields.get(i) + " for '" + text + "'");
      }
      filled.append(value).append(texts.get(i + 1));
    }
    return filled.toString();
  }
}
