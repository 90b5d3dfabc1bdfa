package io.tideline.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;

/** What a browser makes of an event stream, step by step as WHATWG HTML 9.2 describes it. */
public final class EventStream {
  private final List<Event> events = new ArrayList<>();
  private String lastId = "";
  private String idBuffer = "";
  private String type = "";
  private StringBuilder data = new StringBuilder();
  private Long retryMs;

  /** What is dispatched to the page. */
  public record Event(String type, String data, String lastEventId) {}

  public static EventStream of(byte[] bytes) {
    EventStream stream = new EventStream();
    String text = new String(bytes, UTF_8);
    int start = 0;
    while (start < text.length()) {
      int end = start;
      while (end < text.length() && text.charAt(end) != '\n' && text.charAt(end) != '\r') {
        end++;
      }
      if (end == text.length()) {
        break; // a line without its end is not processed
      }
      stream.line(text.substring(start, end));
      boolean isCrLf = text.startsWith("\r\n", end);
      start = end + (isCrLf ? 2 : 1);
    }
    return stream;
  }

  public List<Event> events() {
    return events;
  }

  public String lastId() {
    return lastId;
  }

  Long retryMs() {
    return retryMs;
  }

  private void line(String line) {
    if (line.isEmpty()) {
      dispatch();
      return;
    }
    int colon = line.indexOf(':');
    if (colon == 0) {
      return;
    }
    String field = colon < 0 ? line : line.substring(0, colon);
    String value = colon < 0 ? "" : line.substring(colon + 1);
    value = value.startsWith(" ") ? value.substring(1) : value;
    switch (field) {
      case "event" -> type = value;
      case "data" -> data.append(value).append('\n');
      case "id" -> idBuffer = value.indexOf('\0') < 0 ? value : idBuffer;
      case "retry" -> retryMs = value.matches("[0-9]+") ? Long.valueOf(value) : retryMs;
      default -> {}
    }
  }

  private void dispatch() {
    lastId = idBuffer;
    if (data.length() > 0) {
      String all = data.substring(0, data.length() - 1);
      events.add(new Event(type.isEmpty() ? "message" : type, all, lastId));
    }
    type = "";
    data = new StringBuilder();
  }
}
