package io.tideline.app;

import io.smallrye.jwt.algorithm.SignatureAlgorithm;
import io.smallrye.jwt.auth.principal.JWTAuthContextInfo;
import io.tideline.cli.Surroundings;
import io.tideline.config.StartRefusedException;
import io.tideline.identity.KeyCheck;
import io.tideline.identity.SharedSecret;
import io.tideline.identity.UnusableKeyException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.eclipse.microprofile.config.Config;

/** The configuration as the command line needs it. */
final class ConfiguredSurroundings implements Surroundings {
  private final Config config;

  ConfiguredSurroundings(Config config) {
    this.config = config;
  }

  @Override
  public String version() {
    // From the manifest; a native executable has none.
    return Optional.ofNullable(Tideline.class.getPackage().getImplementationVersion())
        .orElse("(unknown version)");
  }

  @Override
  public Path firstRunKey() {
    return FirstRun.dataDirectory(config).resolve(FirstRunKey.FILE);
  }

  @Override
  public boolean isKeyConfigured() {
    return FirstRun.isKeyConfigured(config);
  }

  @Override
  public Optional<Path> secretFile() {
    return config.getOptionalValue(SharedSecret.SETTING, String.class).map(Path::of);
  }

  @Override
  public Optional<String> issuer() {
    return isKeyConfigured()
        ? config.getOptionalValue("mp.jwt.verify.issuer", String.class)
        : Optional.of(AdminToken.ISSUER);
  }

  @Override
  public Optional<String> audience() {
    return isKeyConfigured()
        ? config
            .getOptionalValues("mp.jwt.verify.audiences", String.class)
            .flatMap(all -> all.stream().findFirst())
        : Optional.of(AdminToken.AUDIENCE);
  }

  @Override
  public Duration tokenAge() {
    return FirstRun.tokenAge(config);
  }

  @Override
  public JWTAuthContextInfo rules() throws UnusableKeyException {
    return isKeyConfigured() ? KeyCheck.rules(config) : rulesOfFirstRun();
  }

  private JWTAuthContextInfo rulesOfFirstRun() throws UnusableKeyException {
    if (!Files.exists(firstRunKey())) {
      throw new UnusableKeyException(
          firstRunKey()
              + " isn't there: the first run makes it. What to do: start the server once, or name its"
              + " data directory (TIDELINE_DATA_DIR).");
    }
    try {
      JWTAuthContextInfo rules =
          new JWTAuthContextInfo(
              FirstRunKey.in(firstRunKey()).pair().getPublic(), AdminToken.ISSUER);
      rules.setExpectedAudience(Set.copyOf(List.of(AdminToken.AUDIENCE)));
      rules.setSignatureAlgorithm(Set.of(SignatureAlgorithm.RS256));
      return rules;
    } catch (IOException | StartRefusedException unreadable) {
      throw new UnusableKeyException(String.valueOf(unreadable.getMessage()), unreadable);
    }
  }
}
