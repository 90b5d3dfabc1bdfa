package io.tideline.door.centrifuge;

import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The door for clients of the Centrifuge protocol. */
public interface CentrifugeConfig {
  /** Whether it is open: WebSockets at {@code /connection/websocket}. */
  @WithDefault("false")
  boolean enabled();

  /**
   * A file with the secret that signs connection and subscription tokens (HS256), at least 32
   * bytes. Tokens that are signed otherwise are verified as everywhere else.
   */
  Optional<Path> secretFile();

  /** Whether clients may connect without a token; they may read public channels. */
  @WithDefault("false")
  boolean anonymous();

  /**
   * Channels that every client with a token signed by {@code secret-file} may subscribe to, beside
   * those of its own claim: names, or beginnings of names before a {@code *}; {@code {sub}} stands
   * for its user.
   */
  Optional<List<String>> subscribe();

  /** Channels that it may publish to, likewise. */
  Optional<List<String>> publish();

  /** Channels whose presence it may read, likewise. */
  Optional<List<String>> presence();

  /** The namespace of channels whose foreign names don't begin with a letter or a digit. */
  @WithDefault("cf")
  String namespace();
}
