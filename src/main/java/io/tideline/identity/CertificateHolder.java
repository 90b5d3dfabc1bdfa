package io.tideline.identity;

import io.tideline.access.Action;
import io.tideline.access.ChannelPattern;
import io.tideline.access.Rights;
import io.tideline.config.StartRefusedException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import javax.security.auth.x500.X500Principal;

/**
 * Whose certificates have rights of their own, and which: {@code tideline.auth.certificates}.
 *
 * @param name of its entry in the configuration
 */
public record CertificateHolder(String name, Name told, String subject, Rights rights) {
  private static final String KEY = "tideline.auth.certificates.";

  /** The forms of names in a certificate that holders are told by, most exact first. */
  enum Form {
    /** A subject alternative name (RFC 5280, 4.2.1.6). */
    URI(6),
    /** Likewise. */
    DNS(2),
    /** The whole subject. */
    DN(-1);

    /** As {@link X509Certificate#getSubjectAlternativeNames()} numbers them. */
    private final int tag;

    Form(int tag) {
      this.tag = tag;
    }
  }

  /**
   * What a certificate says of whose it is.
   *
   * @param value such that equal names are equal texts
   */
  record Name(Form form, String value) {
    static Name uri(String text) {
      return new Name(Form.URI, text);
    }

    static Name dns(String text) {
      return new Name(Form.DNS, text.toLowerCase(Locale.ROOT));
    }

    static Name dn(X500Principal subject) {
      return new Name(Form.DN, subject.getName(X500Principal.CANONICAL));
    }
  }

  /**
   * Reads the configuration.
   *
   * @throws StartRefusedException if it leaves open whose a certificate is, or what it may
   */
  public static List<CertificateHolder> all(Map<String, CertificateConfig> configured) {
    Map<Name, String> told = new HashMap<>();
    return configured.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(entry -> of(entry.getKey(), entry.getValue()))
        .peek(holder -> demandAlone(holder, told.put(holder.told, holder.name)))
        .toList();
  }

  private static void demandAlone(CertificateHolder holder, String other) {
    if (other != null) {
      throw new StartRefusedException(
          KEY + holder.name + " and " + KEY + other + " have the same name.");
    }
  }

  private static CertificateHolder of(String name, CertificateConfig config) {
    String subject = config.subject().orElse(name);
    return new CertificateHolder(name, told(name, config), subject, rights(name, subject, config));
  }

  private static Name told(String name, CertificateConfig config) {
    List<Name> names =
        Stream.of(
                config.uri().map(Name::uri),
                config.dns().map(Name::dns),
                config.dn().map(text -> Name.dn(principal(name, text))))
            .flatMap(Optional::stream)
            .toList();
    if (names.size() != 1) {
      throw new StartRefusedException(
          KEY + name + " needs exactly one of uri, dns and dn, the name in its certificate.");
    }
    return names.get(0);
  }

  private static X500Principal principal(String name, String text) {
    try {
      return new X500Principal(text);
    } catch (IllegalArgumentException unreadable) {
      throw new StartRefusedException(
          KEY
              + name
              + ".dn is '"
              + text
              + "'; write the whole subject as CN=billing,O=Example (RFC 4514).",
          unreadable);
    }
  }

  private static Rights rights(String name, String subject, CertificateConfig config) {
    Map<Action, List<String>> granted = new EnumMap<>(Action.class);
    for (Action action : Action.values()) {
      List<String> patterns = patterns(action).apply(config).orElse(List.of());
      patterns.forEach(text -> demandPattern(name, action, text, subject));
      granted.put(action, patterns);
    }
    try {
      return Rights.of(granted, subject);
    } catch (IllegalArgumentException tooMany) {
      throw new StartRefusedException(
          KEY + name + " names more than " + Rights.PATTERNS_MAX + " channel patterns.", tooMany);
    }
  }

  private static Function<CertificateConfig, Optional<List<String>>> patterns(Action action) {
    return switch (action) {
      case SUBSCRIBE -> CertificateConfig::subscribe;
      case PUBLISH -> CertificateConfig::publish;
      case PRESENCE -> CertificateConfig::presence;
      case ADMIN -> CertificateConfig::admin;
    };
  }

  private static void demandPattern(String name, Action action, String text, String subject) {
    if (ChannelPattern.parse(text, subject) == null) {
      throw new StartRefusedException(
          KEY
              + name
              + "."
              + action.name().toLowerCase(Locale.ROOT)
              + ": '"
              + text
              + "' matches no channel; write a name, or the beginning of names and a * at the end.");
    }
  }

  boolean isToldBy(X509Certificate certificate) {
    return told.form == Form.DN
        ? told.equals(Name.dn(certificate.getSubjectX500Principal()))
        : alternativeNames(certificate).stream().anyMatch(this::isToldBy);
  }

  private boolean isToldBy(List<?> alternative) {
    if (!alternative.get(0).equals(told.form.tag)) {
      return false;
    }
    String text = (String) alternative.get(1);
    return told.equals(told.form == Form.URI ? Name.uri(text) : Name.dns(text));
  }

  private static Collection<List<?>> alternativeNames(X509Certificate certificate) {
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      return names == null ? List.of() : names;
    } catch (CertificateParsingException unreadable) {
      return List.of();
    }
  }
}
