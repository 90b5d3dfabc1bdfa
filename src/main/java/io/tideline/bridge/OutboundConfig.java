package io.tideline.bridge;

import io.smallrye.config.WithDefault;
import java.util.List;

/** Which channels go to one outgoing reactive-messaging channel. */
public interface OutboundConfig {
  /**
   * Names of durable channels, or prefixes of names before a {@code *}, as {@code orders:*}. What a
   * pattern matches of ephemeral channels doesn't go out.
   */
  List<String> channels();

  /**
   * Where a channel begins that is there when the bridge first starts, or is added to its channels:
   * {@code now} or {@code earliest}. Afterwards it goes on where it was; channels that come into
   * being later begin at their first message.
   */
  @WithDefault("now")
  Begin begin();

  /**
   * Records that may be under way to the broker, one a channel; of each channel up to 64 messages
   * are read at once, of all 2048 and 1 MiB. 1 to 256.
   */
  @WithDefault("256")
  int inFlight();
}
