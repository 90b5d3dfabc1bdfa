package parts;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.function.Consumer;

/**
 * Server-sent events as the HTML standard has them; an event that the end of the stream cuts off is
 * not one.
 */
final class EventStream {
  /**
   * The name is "" for a block that has no data, which a browser doesn't dispatch but whose id it
   * keeps.
   */
  record Event(String name, String id, String data) {}

  private final BufferedReader lines;

  EventStream(BufferedReader lines) {
    this.lines = lines;
  }

  void read(Consumer<Event> reader) throws IOException {
    String id = null;
    String name = "message";
    StringBuilder data = null;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.isEmpty()) {
        if (data != null || id != null) {
          reader.accept(
              data == null ? new Event("", id, "") : new Event(name, id, data.toString()));
        }
        id = null;
        name = "message";
        data = null;
      }
      int colon = line.indexOf(':');
      String field = colon < 0 ? line : line.substring(0, colon);
      String value =
          colon < 0 ? "" : line.substring(colon + (line.startsWith(" ", colon + 1) ? 2 : 1));
      switch (field) {
        case "id" -> id = value;
        case "event" -> name = value;
        case "data" ->
            data = data == null ? new StringBuilder(value) : data.append('\n').append(value);
        default -> {} // retry, and comments, whose field is empty
      }
    }
  }
}
