package io.tideline.presence;

import java.util.function.Function;

/**
 * An update of a channel's presence on its way to all watchers on this node, with the bytes that
 * were made of it. Any thread.
 */
public final class PresenceUpdate {
  private final EncodedOnce<PresenceNews> news;

  PresenceUpdate(PresenceNews news) {
    this.news = new EncodedOnce<>(news);
  }

  long version() {
    return news.news().version();
  }

  /** Whether the step alone tells this to whoever was told that version. */
  boolean continues(long version) {
    PresenceNews.Step step = news.news().step();
    return step != null && step.after() == version;
  }

  /**
   * Its bytes, made once per format.
   *
   * @param format what else is encoded from the same news has another one
   */
  public byte[] bytes(Object format, Function<PresenceNews, byte[]> encode) {
    return news.bytes(format, encode);
  }
}
