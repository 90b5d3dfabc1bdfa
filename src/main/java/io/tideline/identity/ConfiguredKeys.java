package io.tideline.identity;

import io.smallrye.jwt.auth.principal.JWTAuthContextInfo;
import io.smallrye.jwt.auth.principal.KeyLocationResolver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jboss.logging.Logger;
import org.jose4j.http.Get;
import org.jose4j.http.SimpleResponse;
import org.jose4j.json.JsonUtil;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.lang.JoseException;
import org.jose4j.lang.UnresolvableKeyException;

/**
 * The keys that the configuration leads to: a PEM key or certificate, a JWK, or a set of JWKs, in a
 * file or at an address. Keys of a set that can't be read are left out, and named in the log.
 */
final class ConfiguredKeys extends KeyLocationResolver {
  private static final Logger LOG = Logger.getLogger(ConfiguredKeys.class);
  private static final String SET = "keys";

  /**
   * Reads the keys, or fetches them.
   *
   * @throws UnresolvableKeyException if that fails
   */
  ConfiguredKeys(JWTAuthContextInfo rules) throws UnresolvableKeyException {
    super(rules);
    if (rules.getPublicKeyContent() != null) {
      logUnreadable(rules.getPublicKeyContent());
    }
  }

  /** Whether nothing there is a key. */
  boolean isEmpty() {
    return key == null && known().isEmpty();
  }

  /** The keys of a set; none if it is a single key in PEM. */
  List<JsonWebKey> known() {
    if (httpsJwks == null) {
      return jsonWebKeys == null ? List.of() : jsonWebKeys;
    }
    try {
      return httpsJwks.getJsonWebKeys();
    } catch (JoseException | IOException cannotBeFetched) {
      return List.of();
    }
  }

  /** Called while the class above is being made, so it uses no field of this one. */
  @Override
  protected Get getHttpGet() {
    return new Get() {
      @Override
      public SimpleResponse get(String location) throws IOException {
        SimpleResponse answer = super.get(location);
        logUnreadable(answer.getBody());
        return answer;
      }
    };
  }

  private static void logUnreadable(String content) {
    unreadable(content)
        .forEach(
            each ->
                LOG.warnf(
                    "A key of the configured set is left out, as it can't be read: %s", each));
  }

  /** The keys of a set that are left out, each by its name and with the reason. */
  static List<String> unreadable(String content) {
    List<String> leftOut = new ArrayList<>();
    for (Map<String, Object> key : keysOf(content)) {
      try {
        JsonWebKey.Factory.newJwk(key);
      } catch (JoseException | RuntimeException unreadable) {
        leftOut.add(
            "kid " + key.get("kid") + ", kty " + key.get("kty") + " (" + why(unreadable) + ")");
      }
    }
    return leftOut;
  }

  private static String why(Exception unreadable) {
    Throwable first = unreadable;
    while (first.getCause() != null) {
      first = first.getCause();
    }
    return String.valueOf(first.getMessage());
  }

  private static List<Map<String, Object>> keysOf(String content) {
    List<Map<String, Object>> all = new ArrayList<>();
    if (!content.stripLeading().startsWith("{")) {
      return all;
    }
    try {
      if (JsonUtil.parseJson(content).get(SET) instanceof List<?> keys) {
        keys.forEach(key -> all.add(members(key)));
      }
    } catch (JoseException noJson) {
      return List.of();
    }
    return all;
  }

  private static Map<String, Object> members(Object key) {
    Map<String, Object> members = new LinkedHashMap<>();
    if (key instanceof Map<?, ?> object) {
      object.forEach((name, value) -> members.put(String.valueOf(name), value));
    }
    return members;
  }
}
