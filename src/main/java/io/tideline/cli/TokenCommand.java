package io.tideline.cli;

import io.quarkus.runtime.configuration.DurationConverter;
import io.tideline.access.ChannelPattern;
import io.tideline.identity.SharedSecret;
import io.tideline.identity.SigningKey;
import io.tideline.identity.UnusableKeyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.NumericDate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** The maker of tokens: prints one that this server takes. */
@Command(
    name = "token",
    description = "Prints a token that the server takes.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    subcommands = {TokenCheckCommand.class, TokenDecodeCommand.class},
    footer = {
      "",
      "A grant is a channel's name, or the beginning of names and '*': 'orders:*'. '{sub}' in it",
      "stands for the subject. Without --key or --secret-file it is signed with the key of the",
      "first run (first-run-key.pem in tideline.data-dir), or the configured shared secret.",
      "",
      "Example: tideline token --subject alice --subscribe 'orders:*' --publish 'chat:lobby'"
    })
final class TokenCommand implements Callable<Integer> {
  @ParentCommand private @Nullable TidelineCommand parent;

  @Spec private @Nullable CommandSpec spec;

  @Option(names = "--subject", paramLabel = "NAME", description = "Whose token it is (sub).")
  private @Nullable String subject;

  @Option(
      names = "--subscribe",
      paramLabel = "GRANT",
      split = ",",
      description = "May receive, and read what was published. May be repeated.")
  private @Nullable List<String> subscribe;

  @Option(
      names = "--publish",
      paramLabel = "GRANT",
      split = ",",
      description = "May publish. May be repeated.")
  private @Nullable List<String> publish;

  @Option(
      names = "--presence",
      paramLabel = "GRANT",
      split = ",",
      description = "May see who is there. May be repeated.")
  private @Nullable List<String> presence;

  @Option(
      names = "--admin",
      paramLabel = "GRANT",
      split = ",",
      description = "May purge; with '*' revoke tokens. May be repeated.")
  private @Nullable List<String> admin;

  @Option(
      names = "--expires",
      paramLabel = "DURATION",
      defaultValue = "1h",
      description = "How long it is good, as in 30m, 1h, 7d. Default: ${DEFAULT-VALUE}.")
  private String expires = "1h";

  @Option(names = "--id", paramLabel = "ID", description = "Its id (jti). Default: a random one.")
  private @Nullable String id;

  @Option(
      names = "--issuer",
      paramLabel = "NAME",
      description = "Its issuer (iss). Default: the one that the server expects.")
  private @Nullable String issuer;

  @Option(
      names = "--audience",
      paramLabel = "NAME",
      description = "Its audience (aud). Default: the one that the server expects.")
  private @Nullable String audience;

  @ArgGroup(exclusive = true, multiplicity = "0..1")
  private @Nullable Signature signature;

  @Option(
      names = "--key-id",
      paramLabel = "ID",
      description = "Names the key in the header (kid), for servers with several keys.")
  private @Nullable String keyId;

  /** What it is signed with. */
  static final class Signature {
    @Option(
        names = "--key",
        paramLabel = "FILE",
        description = "Signs with this private key: RSA, EC or Ed25519, PKCS #8 in PEM.")
    private @Nullable Path key;

    @Option(
        names = "--secret-file",
        paramLabel = "FILE",
        description = "Signs with this shared secret (HS256).")
    private @Nullable Path secretFile;

    Signature() {}
  }

  TokenCommand() {}

  Surroundings surroundings() {
    return Objects.requireNonNull(parent).surroundings();
  }

  @Override
  public Integer call() {
    if (subject == null || subject.isBlank()) {
      throw wrong("--subject is missing: whose token is it?");
    }
    Map<String, List<String>> grants = grants();
    SigningKey key = key();
    String token = key.sign(claims(grants), keyId);
    Objects.requireNonNull(spec).commandLine().getOut().println(token);
    if (grants.isEmpty()) {
      spec.commandLine()
          .getErr()
          .println("This token grants nothing; add --subscribe, --publish, --presence or --admin.");
    }
    return 0;
  }

  private Map<String, List<String>> grants() {
    Map<String, List<String>> grants = new LinkedHashMap<>();
    addGrants("subscribe", subscribe, grants);
    addGrants("publish", publish, grants);
    addGrants("presence", presence, grants);
    addGrants("admin", admin, grants);
    return grants;
  }

  private void addGrants(
      String action, @Nullable List<String> patterns, Map<String, List<String>> grants) {
    if (patterns == null) {
      return;
    }
    for (String pattern : patterns) {
      if (ChannelPattern.parse(pattern, subject) == null) {
        throw wrong(
            "--"
                + action
                + " '"
                + pattern
                + "' matches no channel: write a channel's name, or the beginning of names and '*'"
                + " (with {sub}, the subject must be part of a name).");
      }
    }
    grants.put(action, List.copyOf(patterns));
  }

  private JwtClaims claims(Map<String, List<String>> grants) {
    Instant now = Instant.now();
    JwtClaims claims = new JwtClaims();
    claims.setIssuer(named("--issuer", issuer, surroundings().issuer()));
    claims.setAudience(named("--audience", audience, surroundings().audience()));
    claims.setSubject(subject);
    claims.setJwtId(id == null ? UUID.randomUUID().toString() : id);
    claims.setIssuedAt(NumericDate.fromSeconds(now.getEpochSecond()));
    claims.setExpirationTime(NumericDate.fromSeconds(now.plus(lifetime()).getEpochSecond()));
    claims.setClaim("tideline", grants);
    return claims;
  }

  private String named(String option, @Nullable String given, Optional<String> configured) {
    if (given != null) {
      return given;
    }
    return configured.orElseThrow(
        () -> wrong(option + " is missing, and none is configured that the server expects."));
  }

  private Duration lifetime() {
    try {
      Duration lifetime = DurationConverter.parseDuration(expires);
      if (lifetime.compareTo(Duration.ofSeconds(1)) >= 0) {
        return lifetime;
      }
    } catch (IllegalArgumentException | ArithmeticException none) {
      // The answer is the same.
    }
    throw wrong("--expires is '" + expires + "'; write it as 30m, 1h or 7d.");
  }

  // --- the key

  private SigningKey key() {
    try {
      if (signature != null && signature.key != null) {
        return SigningKey.in(signature.key);
      }
      if (signature != null && signature.secretFile != null) {
        return SigningKey.of(SharedSecret.in(signature.secretFile));
      }
      return keyOfTheServer();
    } catch (UnusableKeyException unusable) {
      throw new CommandFailedException(unusable.getMessage(), unusable);
    }
  }

  private SigningKey keyOfTheServer() throws UnusableKeyException {
    Surroundings here = surroundings();
    if (here.secretFile().isPresent()) {
      return SigningKey.of(SharedSecret.in(here.secretFile().get()));
    }
    if (here.isKeyConfigured()) {
      throw new CommandFailedException(
          "The server verifies tokens with a configured key, and only its issuer has the private one."
              + " What to do: name that by --key, or ask the issuer for a token.");
    }
    if (!Files.exists(here.firstRunKey())) {
      throw new CommandFailedException(
          here.firstRunKey()
              + " isn't there: the first run makes it. What to do: start the server once, or name its"
              + " data directory (TIDELINE_DATA_DIR), or a key of your own by --key or --secret-file.");
    }
    return SigningKey.in(here.firstRunKey());
  }

  private ParameterException wrong(String message) {
    return new ParameterException(Objects.requireNonNull(spec).commandLine(), message);
  }
}
