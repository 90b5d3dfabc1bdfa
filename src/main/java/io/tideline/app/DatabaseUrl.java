package io.tideline.app;

import io.tideline.config.StartRefusedException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The address of a PostgreSQL database as people have it: a connection URI as clouds and libpq
 * write it ({@code postgres://user:password@host/database?sslmode=require}; PostgreSQL
 * documentation, 34.1.1.2), or a JDBC URL. It is taken apart into the settings of both database
 * clients of this service.
 */
final class DatabaseUrl {
  static final String REACTIVE_URL = "quarkus.datasource.reactive.url";
  static final String JDBC_URL = "quarkus.datasource.jdbc.url";

  private static final String USER = "quarkus.datasource.username";
  private static final String PASSWORD = "quarkus.datasource.password";
  private static final String SSL_MODE = "quarkus.datasource.reactive.postgresql.ssl-mode";
  private static final String TRUST_ALL = "quarkus.datasource.reactive.trust-all";
  private static final String TRUST_PEM = "quarkus.datasource.reactive.trust-certificate-pem";
  private static final String HOST_CHECK =
      "quarkus.datasource.reactive.hostname-verification-algorithm";

  private static final Set<String> SSL_MODES =
      Set.of("disable", "allow", "prefer", "require", "verify-ca", "verify-full");

  /** Parameters that both clients understand as they are. */
  private static final Set<String> COMMON = Set.of("application_name", "options");

  /** Parameters that become settings. */
  private static final Set<String> TAKEN = Set.of("sslmode", "sslrootcert", "user", "password");

  /** Parameters of libpq that change nothing about what is stored or who may read it. */
  private static final Set<String> IGNORED =
      Set.of("connect_timeout", "pgbouncer", "channel_binding", "gssencmode");

  // The last '@' ends the user's part: passwords are often written without escapes.
  private static final Pattern FORM =
      Pattern.compile(
          "(?<jdbc>jdbc:)?(?:vertx-reactive:)?postgres(?:ql)?://(?:(?<user>[^?]*)@)?"
              + "(?<hosts>[^@/?]*)(?:/(?<database>[^?,]*))?(?:\\?(?<parameters>[^,]*))?"
              + "(?<others>,(?:vertx-reactive:)?postgres(?:ql)?://.*)?",
          Pattern.CASE_INSENSITIVE);

  private final String key;
  private final boolean isJdbc;
  private final boolean hasUserPart;
  private final boolean hasSeveralHosts;
  private final String hosts;
  private final String database;
  private final Optional<String> user;
  private final Optional<String> password;
  private final Map<String, String> parameters;

  private DatabaseUrl(String key, Matcher form) {
    this.key = key;
    this.isJdbc = form.group("jdbc") != null;
    this.hasUserPart = form.group("user") != null;
    this.hosts = form.group("hosts");
    this.hasSeveralHosts = hosts.contains(",") || form.group("others") != null;
    this.database = form.group("database") == null ? "" : form.group("database");
    String[] named = form.group("user") == null ? new String[0] : form.group("user").split(":", 2);
    this.parameters = parameters(form.group("parameters"));
    this.user = named.length > 0 ? Optional.of(decoded(named[0])) : parameter("user");
    this.password = named.length > 1 ? Optional.of(decoded(named[1])) : parameter("password");
  }

  /**
   * Takes an address apart.
   *
   * @param key the setting that it stands in, for the message
   * @throws StartRefusedException if it is not an address, or says something that can't be kept
   */
  static DatabaseUrl parse(String key, String text) {
    Matcher form = FORM.matcher(text.strip());
    if (!form.matches() || form.group("hosts").isEmpty()) {
      throw new StartRefusedException(
          key
              + " is not an address of a PostgreSQL database. What to do: write it as"
              + " postgresql://user:password@host:5432/database?sslmode=require.");
    }
    return new DatabaseUrl(key, form);
  }

  /** Whether it names more than one host. */
  boolean hasSeveralHosts() {
    return hasSeveralHosts;
  }

  /** The settings that follow from it, by configuration key. */
  Map<String, String> settings() {
    Map<String, String> settings = new HashMap<>();
    settings.put(REACTIVE_URL, "postgresql://" + hosts + "/" + database + query(COMMON));
    if (!isJdbc) {
      refuseUnknown();
      settings.put(JDBC_URL, "jdbc:postgresql://" + hosts + "/" + database + jdbcQuery());
    } else if (hasUserPart) {
      settings.put(
          JDBC_URL, "jdbc:postgresql://" + hosts + "/" + database + query(parameters.keySet()));
    }
    user.filter(name -> !name.isEmpty()).ifPresent(name -> settings.put(USER, name));
    password.ifPresent(word -> settings.put(PASSWORD, word));
    settings.putAll(tls());
    return settings;
  }

  /** What it asks for and this service doesn't do; empty if nothing. */
  Optional<String> ignored() {
    return "require".equals(parameters.get("channel_binding"))
        ? Optional.of(
            key
                + " asks for channel_binding=require, which is not supported and is ignored. What to do,"
                + " if others could get between: sslmode=verify-full&sslrootcert=/path/to/ca.pem.")
        : Optional.empty();
  }

  /** Means the same as with libpq: {@code require} encrypts and checks no certificate. */
  private Map<String, String> tls() {
    String mode = parameters.get("sslmode");
    if (mode == null) {
      return Map.of();
    }
    if (!SSL_MODES.contains(mode)) {
      throw new StartRefusedException(
          key + " has sslmode=" + mode + ". What to do: write one of " + sorted(SSL_MODES) + ".");
    }
    Map<String, String> settings = new HashMap<>();
    settings.put(SSL_MODE, mode);
    if (mode.startsWith("verify-")) {
      settings.put(TRUST_PEM, "true");
      settings.put(TRUST_PEM + ".certs", rootCertificate(mode));
    } else {
      settings.put(TRUST_ALL, "true");
    }
    if (mode.equals("verify-full")) {
      settings.put(HOST_CHECK, "HTTPS");
    }
    return settings;
  }

  private String rootCertificate(String mode) {
    String file = parameters.get("sslrootcert");
    if (file == null || file.equals("system")) {
      throw new StartRefusedException(
          key
              + " has sslmode="
              + mode
              + " without a file of certificates to trust. What to do: add"
              + " &sslrootcert=/path/to/ca.pem.");
    }
    return file;
  }

  private void refuseUnknown() {
    for (String name : parameters.keySet()) {
      boolean isKnown = COMMON.contains(name) || TAKEN.contains(name) || IGNORED.contains(name);
      if (!isKnown) {
        throw new StartRefusedException(
            key
                + " has the parameter "
                + name
                + ", which Tideline doesn't know. What to do: leave it out, or set "
                + JDBC_URL
                + " and "
                + REACTIVE_URL
                + " both, each as its client wants it.");
      }
    }
  }

  private String jdbcQuery() {
    return query(Set.of("sslmode", "sslrootcert", "application_name", "options"))
        .replace("application_name=", "ApplicationName=");
  }

  private String query(Set<String> names) {
    StringBuilder query = new StringBuilder();
    parameters.forEach(
        (name, value) -> {
          if (names.contains(name)) {
            query.append(query.isEmpty() ? '?' : '&').append(name).append('=').append(value);
          }
        });
    return query.toString();
  }

  private Optional<String> parameter(String name) {
    return Optional.ofNullable(parameters.get(name)).map(DatabaseUrl::decoded);
  }

  private static Map<String, String> parameters(String text) {
    Map<String, String> parameters = new LinkedHashMap<>();
    if (text != null) {
      for (String pair : text.split("&", -1)) {
        int equals = pair.indexOf('=');
        if (equals > 0) {
          String name = pair.substring(0, equals);
          String known = name.toLowerCase(Locale.ROOT);
          parameters.put(
              known.equals("sslmode") ? known : name, pair.substring(equals + 1).strip());
        }
      }
    }
    return parameters;
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException notEscaped) {
      return text;
    }
  }

  private static String sorted(Set<String> names) {
    return String.join(", ", names.stream().sorted().toList());
  }
}
