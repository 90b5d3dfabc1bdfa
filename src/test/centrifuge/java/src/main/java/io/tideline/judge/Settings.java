// SPDX-License-Identifier: Apache-2.0
package io.tideline.judge;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** What the caller says of the server; the README explains the variables. */
final class Settings {

  static final ObjectMapper JSON = new ObjectMapper();
  static final List<String> URLS =
      List.of(env("CENTRIFUGE_URL", "ws://127.0.0.1:7600/connection/websocket").split(","));
  static final String HTTP = env("CENTRIFUGE_HTTP", "http://127.0.0.1:7600");
  static final String SECRET = env("CENTRIFUGE_SECRET", "secret");
  private static final boolean DIFFERS = env("CENTRIFUGE_SERVER", "reference").equals("tideline");
  static final boolean TIDELINE = env("CENTRIFUGE_BACKEND", "api").equals("tideline");
  static final String API_KEY = env("CENTRIFUGE_API_KEY", TIDELINE ? "" : "test-api-key");
  static final String BEARER = env("CENTRIFUGE_BEARER", "");
  static final String RESTART = env("CENTRIFUGE_RESTART", "");
  static final boolean DURABLE = env("CENTRIFUGE_DURABLE", "").equals("true");
  static final long PING_MS = (long) (Double.parseDouble(env("CENTRIFUGE_PING", "2")) * 1000);
  static final long GRACE_MS = (long) (Double.parseDouble(env("CENTRIFUGE_GRACE", "5")) * 1000);
  static final Set<String> ONLY = names("CENTRIFUGE_ONLY");
  static final Set<String> SKIP = names("CENTRIFUGE_SKIP");

  private static final String RUN = Long.toString(System.nanoTime(), 36);
  private static final AtomicInteger COUNT = new AtomicInteger();

  private Settings() {}

  static String env(String variable, String otherwise) {
    String value = System.getenv(variable);
    return value == null ? otherwise : value;
  }

  /** Whether the server differs so from the reference, as differences.json lists it. */
  static boolean differs(String how) {
    try {
      Scenarios.check(JSON.readTree(new File("../differences.json")).has(how), "differences.json doesn't list " + how);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return DIFFERS;
  }

  private static Set<String> names(String variable) {
    return Arrays.stream(env(variable, "").split(","))
        .filter(name -> !name.isEmpty())
        .collect(Collectors.toSet());
  }

  /** A name that nobody else has. */
  static String name(String prefix) {
    return prefix + "-" + RUN + "-" + COUNT.incrementAndGet();
  }

  static String channel(String namespace) {
    return name(namespace + ":judge");
  }

  static long inSeconds(long seconds) {
    return Instant.now().getEpochSecond() + seconds;
  }

  static byte[] json(Object value) {
    try {
      return JSON.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  static String mint(Map<String, Object> claims) {
    return mint(claims, SECRET);
  }

  /** A token with these claims, signed with HS256 (RFC 7519). */
  static String mint(Map<String, Object> claims, String secret) {
    try {
      Map<String, Object> all = new LinkedHashMap<>();
      JSON.readTree(env("CENTRIFUGE_CLAIMS", "{}")).fields().forEachRemaining(e -> all.put(e.getKey(), e.getValue()));
      all.putAll(claims);
      String header = base64("{\"alg\":\"HS256\",\"typ\":\"JWT\"}".getBytes(StandardCharsets.UTF_8));
      String signed = header + "." + base64(json(all));
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      return signed + "." + base64(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException | JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
