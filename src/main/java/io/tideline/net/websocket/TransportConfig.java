package io.tideline.net.websocket;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How connections are held, below what the protocol says: {@code tideline.transport}. */
public interface TransportConfig {
  /** How bytes leave: {@code pipeline}, or {@code plain}, which is slower and takes more memory. */
  @WithDefault("pipeline")
  WriteMode wayOut();

  /**
   * What the kernel may hold of what goes out, a connection; fixed, or it grows by itself to some
   * megabytes for a client that doesn't read.
   */
  @WithDefault("64K")
  MemorySize sendBuffer();

  /**
   * How long browsers that came over HTTPS shall take nothing else for this host ({@code
   * Strict-Transport-Security}); 0 for not to say so.
   */
  @WithDefault("365d")
  Duration strictTransport();

  /** What is kept to on WebSockets. */
  WebSocket webSocket();

  /** What is kept to on WebSockets. */
  interface WebSocket {
    /** One message from a client, over all its fragments; beyond it the close code is 1009. */
    @WithDefault("128K")
    MemorySize messageMax();

    /** Fragments that one message may come in; beyond it the close code is 1008. */
    @WithDefault("1024")
    int fragmentsMax();

    /** Pings and pongs that a client may send a second; beyond it the close code is 1008. */
    @WithDefault("100")
    int controlFramesPerSecondMax();

    /**
     * Compresses publications for clients that offer {@code permessage-deflate}, and takes
     * compressed messages from them. Needs {@code way-out} {@code pipeline}.
     */
    @WithDefault("false")
    boolean compression();

    /** Publications that take fewer bytes leave as they are. */
    @WithDefault("1K")
    MemorySize compressionMin();

    /** How long a client has to answer a close frame before the connection is cut. */
    @WithDefault("5s")
    Duration closeWait();

    default SocketLimits limits() {
      return new SocketLimits(
          (int) messageMax().asLongValue(),
          fragmentsMax(),
          controlFramesPerSecondMax(),
          closeWait());
    }
  }
}
