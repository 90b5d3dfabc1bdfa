package io.tideline.cli;

import io.smallrye.jwt.auth.principal.JWTAuthContextInfo;
import io.tideline.identity.UnusableKeyException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** What commands know of the configuration; it is read when it is first asked for. */
public interface Surroundings {
  /** The version of the program. */
  String version();

  /** The private key of the first run, which signs unless a key is configured. */
  Path firstRunKey();

  /** Whether the server verifies with a configured key, whose private part it hasn't got. */
  boolean isKeyConfigured();

  /** The shared secret that the server is configured with. */
  Optional<Path> secretFile();

  /** The issuer that tokens must name; empty if none is configured. */
  Optional<String> issuer();

  /** An audience that tokens may name; empty if none is configured. */
  Optional<String> audience();

  /** How long after its issue a token counts at most. */
  Duration tokenAge();

  /**
   * What the server judges tokens by.
   *
   * @throws UnusableKeyException if that isn't known, or it wouldn't start
   */
  JWTAuthContextInfo rules() throws UnusableKeyException;
}
