package io.tideline.identity;

import io.smallrye.jwt.KeyFormat;
import io.smallrye.jwt.algorithm.SignatureAlgorithm;
import io.smallrye.jwt.auth.principal.JWTAuthContextInfo;
import io.smallrye.jwt.util.KeyUtils;
import io.smallrye.jwt.util.ResourceUtils;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.Config;
import org.jboss.logging.Logger;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.lang.UnresolvableKeyException;

/**
 * The look at the configured key before the server starts, so that a wrong one is told to the
 * operator once and not to every user. An address that can't be reached doesn't stop the start: it
 * is asked again with each token.
 */
public final class KeyCheck {
  static final String PUBLIC_KEY = "mp.jwt.verify.publickey";
  static final String LOCATION = "mp.jwt.verify.publickey.location";

  /** SmallRye's own setting, which comes before the standard's. */
  static final String OTHER_LOCATION = "smallrye.jwt.verify.key.location";

  static final String ALGORITHM = "mp.jwt.verify.publickey.algorithm";
  private static final String OTHER_ALGORITHM = "smallrye.jwt.verify.algorithm";

  private static final String OF_BALANCERS = "AWS_ALB";

  /** How long the start waits for keys that are fetched. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final Logger LOG = Logger.getLogger(KeyCheck.class);

  private final Config config;
  private final Duration patience;

  private KeyCheck(Config config, Duration patience) {
    this.config = config;
    this.patience = patience;
  }

  /**
   * Looks at it.
   *
   * @throws UnusableKeyException if tokens can't be verified with it
   */
  public static void check(Config config) throws UnusableKeyException {
    new KeyCheck(config, PATIENCE).check();
  }

  static void check(Config config, Duration patience) throws UnusableKeyException {
    new KeyCheck(config, patience).check();
  }

  /**
   * What the server will judge tokens by, outside of it.
   *
   * @throws UnusableKeyException if tokens can't be verified with it
   */
  public static JWTAuthContextInfo rules(Config config) throws UnusableKeyException {
    KeyCheck check = new KeyCheck(config, PATIENCE);
    check.check();
    JWTAuthContextInfo rules = check.rules(check.algorithms());
    rules.setIssuedBy(check.value("mp.jwt.verify.issuer").map(String::strip).orElse(null));
    rules.setExpectedAudience(
        config
            .getOptionalValues("mp.jwt.verify.audiences", String.class)
            .<Set<String>>map(LinkedHashSet::new)
            .orElse(null));
    rules.setClockSkew(
        config.getOptionalValue("mp.jwt.verify.clock.skew", Integer.class).orElse(60));
    Optional<String> secret = check.value(SharedSecret.SETTING);
    if (secret.isPresent()) {
      return SharedSecret.in(Path.of(secret.get())).rules(rules);
    }
    String location =
        check.value(OTHER_LOCATION).or(() -> check.value(LOCATION)).orElse("").strip();
    if (location.startsWith("http")) {
      rules.setPublicKeyLocation(location);
    } else {
      Optional<String> inline = check.value(PUBLIC_KEY);
      rules.setPublicKeyContent(inline.isPresent() ? inline.get() : read(LOCATION, location));
    }
    return rules;
  }

  private void check() throws UnusableKeyException {
    Set<SignatureAlgorithm> algorithms = algorithms();
    Optional<String> secret = value(SharedSecret.SETTING);
    if (secret.isPresent()) {
      checkSecret(Path.of(secret.get()), algorithms);
      return;
    }
    for (SignatureAlgorithm algorithm : algorithms) {
      if (isSymmetric(algorithm)) {
        throw new UnusableKeyException(
            algorithmSetting()
                + " is "
                + algorithm.getAlgorithm()
                + ", for which a shared secret is needed. What to do: name its file in "
                + SharedSecret.SETTING
                + " and leave "
                + algorithmSetting()
                + " out.");
      }
    }
    // Elsewhere keys are in a key store, or each has an address of its own.
    boolean isElsewhere =
        value("smallrye.jwt.keystore.verify.key.alias").isPresent()
            || value("smallrye.jwt.verify.key-provider").filter(OF_BALANCERS::equals).isPresent();
    if (!isElsewhere) {
      checkKey(algorithms);
    }
  }

  // --- the algorithm

  private String algorithmSetting() {
    return value(OTHER_ALGORITHM).isPresent() ? OTHER_ALGORITHM : ALGORITHM;
  }

  private Set<SignatureAlgorithm> algorithms() throws UnusableKeyException {
    String setting = algorithmSetting();
    Optional<String> text = value(setting);
    if (text.isEmpty()) {
      return value(SharedSecret.SETTING).isPresent() ? Set.of() : Set.of(SignatureAlgorithm.RS256);
    }
    try {
      return new LinkedHashSet<>(config.getValues(setting, SignatureAlgorithm.class));
    } catch (IllegalArgumentException unknown) {
      throw new UnusableKeyException(
          setting + " is " + text.get() + ". What to do: write one of " + names() + ".", unknown);
    }
  }

  private static String names() {
    return Arrays.stream(SignatureAlgorithm.values())
        .filter(each -> !isSymmetric(each))
        .map(SignatureAlgorithm::name)
        .collect(Collectors.joining(", "));
  }

  private static boolean isSymmetric(SignatureAlgorithm algorithm) {
    return algorithm.name().startsWith("HS");
  }

  // --- the secret

  private void checkSecret(Path file, Set<SignatureAlgorithm> algorithms)
      throws UnusableKeyException {
    for (String key : List.of(PUBLIC_KEY, LOCATION, OTHER_LOCATION)) {
      if (value(key).isPresent()) {
        throw new UnusableKeyException(
            SharedSecret.SETTING
                + " and "
                + key
                + " are both set; tokens are verified in one way only. What to do: leave one of them out.");
      }
    }
    if (!algorithms.isEmpty() && !algorithms.equals(Set.of(SignatureAlgorithm.HS256))) {
      throw new UnusableKeyException(
          algorithmSetting()
              + " is for keys; a shared secret verifies HS256 alone. What to do: leave it out.");
    }
    try {
      SharedSecret.in(file);
    } catch (UnusableKeyException unusable) {
      throw new UnusableKeyException(SharedSecret.SETTING + ": " + unusable.getMessage(), unusable);
    }
  }

  // --- the key

  private void checkKey(Set<SignatureAlgorithm> algorithms) throws UnusableKeyException {
    Optional<String> inline = value(PUBLIC_KEY);
    if (inline.isPresent()) {
      checkContent(PUBLIC_KEY, inline.get(), algorithms);
      return;
    }
    String setting = value(OTHER_LOCATION).isPresent() ? OTHER_LOCATION : LOCATION;
    Optional<String> location = value(setting).map(String::strip);
    if (location.isEmpty()) {
      return;
    }
    String named = setting + " (" + location.get() + ")";
    if (location.get().startsWith("http")) {
      checkAddress(named, location.get(), algorithms);
    } else {
      checkContent(named, read(named, location.get()), algorithms);
    }
  }

  private static String read(String named, String location) throws UnusableKeyException {
    try {
      String content = ResourceUtils.readResource(location);
      if (content != null) {
        return content;
      }
    } catch (IOException unreadable) {
      // Some are reported so, others by null.
    }
    throw new UnusableKeyException(
        named
            + " can't be read. What to do: correct the path, or the file's permissions; a"
            + " relative path begins at "
            + Path.of("").toAbsolutePath()
            + ".");
  }

  private void checkContent(String named, String content, Set<SignatureAlgorithm> algorithms)
      throws UnusableKeyException {
    if (content.contains("PRIVATE KEY")) {
      throw new UnusableKeyException(
          named
              + " holds a private key, which belongs to the issuer alone. What to do: give the public"
              + " one ('openssl pkey -in private.pem -pubout -out public.pem').");
    }
    JWTAuthContextInfo rules = rules(algorithms);
    rules.setPublicKeyContent(content);
    ConfiguredKeys keys;
    try {
      keys = new ConfiguredKeys(rules);
    } catch (UnresolvableKeyException unreadable) {
      throw unusable(named, content, algorithms);
    }
    if (keys.isEmpty()) {
      throw unusable(named, content, algorithms);
    }
    checkFit(named, keys, algorithms);
  }

  private UnusableKeyException unusable(
      String named, String content, Set<SignatureAlgorithm> algorithms) {
    List<String> unreadable = ConfiguredKeys.unreadable(content);
    if (!unreadable.isEmpty()) {
      return new UnusableKeyException(
          named
              + " has keys that can't be read: "
              + String.join("; ", unreadable)
              + ". What to do: take them out.");
    }
    Optional<SignatureAlgorithm> fitting = fitting(content);
    return new UnusableKeyException(
        fitting.isPresent()
            ? named
                + " holds a key for "
                + fitting.get()
                + ", but "
                + joined(algorithms)
                + " is expected. What to do: set "
                + ALGORITHM
                + "="
                + fitting.get()
                + ", if your tokens are signed so."
            : named
                + " holds no public key. What to do: give a public key or certificate in PEM, a JWK or a"
                + " set of JWKs, or the address of such a set.");
  }

  /** The algorithm that the content would be a key for; empty if it is none at all. */
  private static Optional<SignatureAlgorithm> fitting(String content) {
    for (SignatureAlgorithm each :
        List.of(SignatureAlgorithm.RS256, SignatureAlgorithm.ES256, SignatureAlgorithm.EDDSA)) {
      try {
        KeyUtils.decodePublicKey(content, each);
        return Optional.of(each);
      } catch (GeneralSecurityException | RuntimeException another) {
        // It may be one for the next.
      }
    }
    return Optional.empty();
  }

  private static void checkFit(
      String named, ConfiguredKeys keys, Set<SignatureAlgorithm> algorithms)
      throws UnusableKeyException {
    List<JsonWebKey> set = keys.known();
    if (!set.isEmpty() && set.stream().noneMatch(key -> fits(key, algorithms))) {
      throw new UnusableKeyException(
          named
              + " has no key for "
              + joined(algorithms)
              + ", but for "
              + set.stream().map(KeyCheck::use).distinct().collect(Collectors.joining(", "))
              + ". What to do: set "
              + ALGORITHM
              + " to the algorithm that your tokens are signed with, or give the keys for it.");
    }
  }

  private static boolean fits(JsonWebKey key, Set<SignatureAlgorithm> algorithms) {
    return algorithms.stream()
        .anyMatch(
            each ->
                key.getKeyType().equals(keyType(each))
                    && (key.getAlgorithm() == null
                        || key.getAlgorithm().equals(each.getAlgorithm())));
  }

  private static String use(JsonWebKey key) {
    return key.getAlgorithm() == null ? "keys of type " + key.getKeyType() : key.getAlgorithm();
  }

  /** As JWKs name it (RFC 7518, 6.1). */
  private static String keyType(SignatureAlgorithm algorithm) {
    return switch (algorithm) {
      case RS256, RS384, RS512, PS256, PS384, PS512 -> "RSA";
      case ES256, ES384, ES512 -> "EC";
      case EDDSA -> "OKP";
      case HS256, HS384, HS512 -> "oct";
    };
  }

  // --- the address

  private void checkAddress(String named, String location, Set<SignatureAlgorithm> algorithms)
      throws UnusableKeyException {
    JWTAuthContextInfo rules = rules(algorithms);
    rules.setPublicKeyLocation(location);
    CompletableFuture<ConfiguredKeys> fetched = new CompletableFuture<>();
    Thread fetching = new Thread(() -> fetch(rules, fetched), "tideline-key-check");
    fetching.setDaemon(true);
    fetching.start();
    try {
      ConfiguredKeys keys = fetched.get(patience.toMillis(), TimeUnit.MILLISECONDS);
      if (keys.isEmpty()) {
        throw new UnusableKeyException(
            named
                + " answers, but not with a key. What to do: give the address of a set of JWKs"
                + " (OpenID providers name it as jwks_uri).");
      }
      checkFit(named, keys, algorithms);
    } catch (ExecutionException | TimeoutException away) {
      LOG.warnf(
          "The keys that tokens are verified with can't be fetched from %s (%s). Until they can, every"
              + " token is answered with 503; they are asked for again with the next token.",
          named, away instanceof TimeoutException ? "no answer in time" : root(away));
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private static void fetch(JWTAuthContextInfo rules, CompletableFuture<ConfiguredKeys> fetched) {
    try {
      fetched.complete(new ConfiguredKeys(rules));
    } catch (UnresolvableKeyException | RuntimeException failed) {
      fetched.completeExceptionally(failed);
    }
  }

  private static Throwable root(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }

  /** What it takes to read or fetch keys as SmallRye will. */
  private JWTAuthContextInfo rules(Set<SignatureAlgorithm> algorithms) {
    JWTAuthContextInfo rules = new JWTAuthContextInfo();
    rules.setSignatureAlgorithm(algorithms);
    rules.setKeyFormat(
        config
            .getOptionalValue("smallrye.jwt.verify.key-format", KeyFormat.class)
            .orElse(KeyFormat.ANY));
    rules.setTokenKeyId(value("smallrye.jwt.token.kid").orElse(null));
    rules.setTlsCertificate(value("smallrye.jwt.client.tls.certificate").orElse(null));
    rules.setTlsCertificatePath(value("smallrye.jwt.client.tls.certificate.path").orElse(null));
    rules.setTlsTrustAll(
        config.getOptionalValue("smallrye.jwt.client.tls.trust-all", Boolean.class).orElse(false));
    rules.setTlsTrustedHosts(
        config
            .getOptionalValues("smallrye.jwt.client.tls.hosts", String.class)
            .<Set<String>>map(LinkedHashSet::new)
            .orElse(null));
    rules.setHttpProxyHost(value("smallrye.jwt.http.proxy.host").orElse(null));
    config
        .getOptionalValue("smallrye.jwt.http.proxy.port", Integer.class)
        .ifPresent(rules::setHttpProxyPort);
    return rules;
  }

  private static String joined(Set<SignatureAlgorithm> algorithms) {
    return algorithms.stream()
        .map(SignatureAlgorithm::getAlgorithm)
        .collect(Collectors.joining(" or "));
  }

  private Optional<String> value(String setting) {
    return config.getOptionalValue(setting, String.class);
  }
}
