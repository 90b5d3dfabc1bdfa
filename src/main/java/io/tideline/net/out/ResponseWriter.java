package io.tideline.net.out;

import io.tideline.session.ConnectionWriter;
import java.time.Duration;

/** The writer of an HTTP response that never says its length. */
public interface ResponseWriter extends ConnectionWriter {
  /** How long the end of a response may wait behind what a client doesn't read. */
  Duration END_WAIT = Duration.ofSeconds(5);

  /** Ends the response behind what was written; the connection is cut if that can't leave. */
  void end();
}
