package io.tideline.backplane;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Texts over a channel whose messages are shorter: {@code id.index.count:piece}, or {@code =text}
 * where it fits. Not thread-safe. At most {@value #TEXTS_MAX} unfinished texts of at most {@value
 * #PIECES_MAX} pieces are held; the oldest is dropped.
 */
final class Fragments {
  static final int TEXTS_MAX = 64;
  static final int PIECES_MAX = 64;
  private static final int HEADER_CHARS_MAX = 32;

  private final Map<String, String[]> unfinished = new LinkedHashMap<>();

  /** Empty if the text is longer than {@value #PIECES_MAX} messages. */
  static List<String> split(String text, int charsMax) {
    if (text.length() < charsMax) {
      return List.of("=" + text);
    }
    if (!fits(text, charsMax)) {
      return List.of();
    }
    int piece = charsMax - HEADER_CHARS_MAX;
    int count = (text.length() - 1) / piece + 1;
    String id = Long.toHexString(ThreadLocalRandom.current().nextLong());
    List<String> messages = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      String part = text.substring(i * piece, Math.min(text.length(), (i + 1) * piece));
      messages.add(id + "." + i + "." + count + ":" + part);
    }
    return messages;
  }

  /** Whether the text is short enough to be split. */
  static boolean fits(String text, int charsMax) {
    return text.length() <= (long) PIECES_MAX * (charsMax - HEADER_CHARS_MAX);
  }

  /**
   * The whole text, once its last piece is there. What isn't written by {@link #split} is handed on
   * as it came: whoever reads it will know what to do.
   */
  Optional<String> join(String message) {
    if (message.startsWith("=")) {
      return Optional.of(message.substring(1));
    }
    int colon = message.indexOf(':');
    String[] header = colon < 0 ? new String[0] : message.substring(0, colon).split("\\.", -1);
    if (header.length != 3) {
      return Optional.of(message);
    }
    try {
      int index = Integer.parseInt(header[1]);
      int count = Integer.parseInt(header[2]);
      return count < 1 || count > PIECES_MAX || index < 0 || index >= count
          ? Optional.of(message)
          : join(header[0], index, count, message.substring(colon + 1));
    } catch (NumberFormatException malformed) {
      return Optional.of(message);
    }
  }

  private Optional<String> join(String id, int index, int count, String piece) {
    String[] pieces = unfinished.computeIfAbsent(id, key -> new String[count]);
    if (pieces.length != count) {
      return Optional.empty();
    }
    pieces[index] = piece;
    for (String one : pieces) {
      if (one == null) {
        dropOldest();
        return Optional.empty();
      }
    }
    unfinished.remove(id);
    return Optional.of(String.join("", pieces));
  }

  private void dropOldest() {
    Iterator<String> oldest = unfinished.keySet().iterator();
    while (unfinished.size() > TEXTS_MAX) {
      oldest.next();
      oldest.remove();
    }
  }
}
