package io.tideline.net.websocket;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * What a client offers in {@code Sec-WebSocket-Extensions} (RFC 6455, 9.1), and what of it is
 * taken: the first {@code permessage-deflate} that can be had without a context on either side (RFC
 * 7692, 7.1). What can't be kept to, or isn't well-formed, is as if it weren't offered.
 */
final class DeflateOffer {
  static final String HEADER = "Sec-WebSocket-Extensions";

  private static final String EXTENSION = "permessage-deflate";
  private static final String SERVER_NO_CONTEXT = "server_no_context_takeover";
  private static final String CLIENT_NO_CONTEXT = "client_no_context_takeover";
  private static final String SERVER_BITS = "server_max_window_bits";
  private static final String CLIENT_BITS = "client_max_window_bits";
  private static final Set<String> BITS = Set.of("8", "9", "10", "11", "12", "13", "14", "15");

  /** The window that the JDK's compressor has; it can't be told to take a smaller one. */
  private static final String OUR_BITS = "15";

  /** Instead of a value; no token is empty. */
  private static final String NO_VALUE = "";

  private static final String ANSWER =
      EXTENSION + "; " + SERVER_NO_CONTEXT + "; " + CLIENT_NO_CONTEXT;

  private final String text;
  private int at;

  private DeflateOffer(String text) {
    this.text = text;
  }

  /**
   * The value of the same header in the answer; null if the extension isn't to be used.
   *
   * @param headers all values that the client sent
   */
  static @Nullable String answer(List<String> headers) {
    try {
      return new DeflateOffer(String.join(",", headers)).answer();
    } catch (MalformedException e) {
      return null;
    }
  }

  private @Nullable String answer() throws MalformedException {
    String answer = null;
    do {
      if (!isNext(',') && !isAtEnd()) {
        String offered = offer();
        answer = answer == null ? offered : answer;
      }
    } while (take(','));
    if (!isAtEnd()) {
      throw new MalformedException();
    }
    return answer;
  }

  private @Nullable String offer() throws MalformedException {
    boolean isKnown = token().equals(EXTENSION);
    boolean isUnique = true;
    Map<String, String> parameters = new HashMap<>();
    while (take(';')) {
      String name = token();
      isUnique &= parameters.put(name, take('=') ? value() : NO_VALUE) == null;
    }
    return isKnown && isUnique && canKeepTo(parameters) ? answer(parameters) : null;
  }

  private static boolean canKeepTo(Map<String, String> parameters) {
    return parameters.entrySet().stream()
        .allMatch(
            parameter ->
                switch (parameter.getKey()) {
                  case SERVER_NO_CONTEXT, CLIENT_NO_CONTEXT ->
                      parameter.getValue().equals(NO_VALUE);
                  case SERVER_BITS -> parameter.getValue().equals(OUR_BITS);
                  case CLIENT_BITS ->
                      parameter.getValue().equals(NO_VALUE) || BITS.contains(parameter.getValue());
                  default -> false;
                });
  }

  private static String answer(Map<String, String> parameters) {
    return parameters.containsKey(SERVER_BITS)
        ? ANSWER + "; " + SERVER_BITS + "=" + OUR_BITS
        : ANSWER;
  }

  // --- the header, token by token

  /** A token, or one in quotes. */
  private String value() throws MalformedException {
    if (!take('"')) {
      return token();
    }
    StringBuilder value = new StringBuilder();
    while (!isAtEnd() && text.charAt(at) != '"') {
      if (text.charAt(at) == '\\' && at + 1 < text.length()) {
        at++;
      }
      value.append(text.charAt(at));
      at++;
    }
    boolean isToken = !value.isEmpty() && value.chars().allMatch(DeflateOffer::isOfTokens);
    if (!isToken || !take('"')) {
      throw new MalformedException();
    }
    return value.toString();
  }

  private String token() throws MalformedException {
    skip(DeflateOffer::isSpace);
    int start = at;
    skip(DeflateOffer::isOfTokens);
    if (at == start) {
      throw new MalformedException();
    }
    return text.substring(start, at);
  }

  private boolean take(char delimiter) {
    boolean isThere = isNext(delimiter);
    at += isThere ? 1 : 0;
    return isThere;
  }

  private boolean isNext(char delimiter) {
    skip(DeflateOffer::isSpace);
    return !isAtEnd() && text.charAt(at) == delimiter;
  }

  private boolean isAtEnd() {
    return at == text.length();
  }

  private void skip(IntPredicate what) {
    while (!isAtEnd() && what.test(text.charAt(at))) {
      at++;
    }
  }

  private static boolean isSpace(int c) {
    return c == ' ' || c == '\t';
  }

  private static boolean isOfTokens(int c) {
    return c > ' ' && c < 0x7f && "()<>@,;:\\\"/[]?={}".indexOf(c) < 0;
  }

  /** The header isn't what RFC 6455, 9.1 lets it be. */
  private static final class MalformedException extends Exception {
    private static final long serialVersionUID = 1;
  }
}
