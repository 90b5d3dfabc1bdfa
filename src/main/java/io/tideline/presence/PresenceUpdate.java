package io.tideline.presence;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * An update of a channel's presence on its way to all watchers on this node, with the bytes that
 * were made of it. Any thread.
 */
public final class PresenceUpdate {
  private final PresenceNews news;
  private final Map<Object, byte[]> encoded = new HashMap<>(2);

  PresenceUpdate(PresenceNews news) {
    this.news = news;
  }

  long version() {
    return news.version();
  }

  /** Whether the step alone tells this to whoever was told that version. */
  boolean continues(long version) {
    return news.step() != null && news.step().after() == version;
  }

  /**
   * Its bytes, made once a format.
   *
   * @param format what else is encoded from the same news has another one
   */
  public synchronized byte[] bytes(Object format, Function<PresenceNews, byte[]> encode) {
    return encoded.computeIfAbsent(format, first -> encode.apply(news));
  }
}
