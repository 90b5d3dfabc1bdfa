package io.tideline.protocol;

import io.tideline.access.AccessPolicy;
import io.tideline.access.TokenFault;
import io.tideline.hub.Disconnect;
import io.tideline.stream.HistoryException;
import io.tideline.stream.InvalidInputException;
import java.net.URI;
import java.util.Locale;

/**
 * Everything that a client can be told it did wrong, or met. The code is the last part of the
 * problem type in HTTP answers and the {@code code} of WebSocket replies; codes are never renamed,
 * and new ones may come.
 */
public enum Problem {
  // The request itself
  INVALID_JSON(
      422,
      Retry.NO,
      "Invalid JSON",
      "Send one JSON value in valid UTF-8, without a byte order mark, nested at most 64 levels."),
  INVALID_COMMAND(
      400,
      Retry.NO,
      "Incomplete command or message",
      "Send every required field once, with the right type; a frame has one command and its 'id'."),
  UNKNOWN_FIELD(
      400,
      Retry.NO,
      "Unknown field",
      "Remove the field or correct its spelling; unknown fields are never ignored."),
  INVALID_PARAMETER(
      400,
      Retry.NO,
      "Invalid parameter",
      "Correct the named parameter and send the request again."),
  INVALID_CHANNEL(
      400,
      Retry.NO,
      "Invalid channel name",
      "Use 1 to 200 characters of A-Z a-z 0-9 _ . : @ ~ - that begin with a letter or digit."),
  INVALID_POSITION(
      400,
      Retry.NO,
      "Invalid position",
      "Send a position exactly as this server returned it; where reading begins, 'earliest' and"
          + " 'now' also work."),
  INVALID_TYPE(
      400,
      Retry.NO,
      "Invalid message type",
      "Use 1 to 100 characters of A-Z a-z 0-9 _ . : - but not 'open', 'error', 'message' or "
          + "'tideline.*'."),
  INVALID_KEY(
      400,
      Retry.NO,
      "Invalid idempotency key",
      "Use 1 to 255 printable ASCII characters, and a new key for each new message."),
  INVALID_HEADERS(
      400,
      Retry.NO,
      "Invalid message headers",
      "Send printable ASCII without line breaks; names and values have at most 4,096 bytes together."),
  INVALID_CONTENT(
      422,
      Retry.NO,
      "Content does not match its type",
      "Send content of the type that you name, or name another type."),
  TOO_MANY_CHANNELS(
      400,
      Retry.NO,
      "Too many channels",
      "Open several streams, or one WebSocket, which takes 512 channels."),
  TOO_MANY_SUBSCRIPTIONS(
      400,
      Retry.NO,
      "Too many subscriptions",
      "Unsubscribe from some channels first, or open another connection."),
  MESSAGE_TOO_LARGE(
      413,
      Retry.NO,
      "Message too large",
      "Send at most the configured number of bytes (64 KiB by default), or a link to the content."),
  BATCH_TOO_LARGE(
      413, Retry.NO, "Batch too large", "Send at most 1,000 messages and 1 MiB at once."),
  URI_TOO_LONG(
      414,
      Retry.NO,
      "URI too long",
      "Send at most 40 KiB in the first line (by default); a WebSocket takes more channels."),
  HEADERS_TOO_LARGE(
      431,
      Retry.NO,
      "Headers too large",
      "Send at most 20 KiB of headers (by default): fewer cookies, or a smaller token."),
  UNSUPPORTED_MEDIA_TYPE(
      415,
      Retry.NO,
      "Unsupported media type",
      "Send application/json or, for many messages, application/x-ndjson; with curl, add"
          + " -H 'Content-Type: application/json'."),
  NOT_FOUND(404, Retry.NO, "Not found", "See /q/openapi for the paths that exist."),
  METHOD_NOT_ALLOWED(
      405, Retry.NO, "Method not allowed", "Use one of the methods in the Allow header."),
  NOT_ACCEPTABLE(
      406,
      Retry.NO,
      "Not acceptable",
      "Accept application/json, or text/event-stream where the resource can be streamed."),
  UPGRADE_REQUIRED(
      426,
      Retry.NO,
      "Upgrade required",
      "Connect with a WebSocket client and the subprotocol 'tideline.v1'."),

  // Who asks
  UNAUTHENTICATED(
      401,
      Retry.NO,
      "No valid token",
      "Send a valid bearer token; without one, only public channels can be read."),
  TOKEN_EXPIRED(401, Retry.NO, "The token has expired", "Get a new token and reconnect with it."),
  TOKEN_REVOKED(
      401,
      Retry.NO,
      "The token was revoked",
      "Sign in again; this token will not be accepted any more."),
  FORBIDDEN(
      403, Retry.NO, "Not allowed", "Ask for a token whose grants name this channel and action."),
  ORIGIN_REFUSED(
      403,
      Retry.NO,
      "Origin refused",
      "Add the page's origin to tideline.origins (TIDELINE_ORIGINS=https://app.example.com) and"
          + " restart the server."),
  HTTPS_REQUIRED(
      403,
      Retry.NO,
      "HTTPS required",
      "Use HTTPS; behind a proxy that ends TLS, configure the server to trust its headers"
          + " (quarkus.http.proxy)."),

  // What the channel says
  HEAD_MOVED(
      412,
      Retry.NO,
      "The channel has moved on",
      "Read what was published after your position, decide again, and send the new head."),
  KEY_CONFLICT(
      422,
      Retry.NO,
      "Key was used for another message",
      "Use a new idempotency key for a new message; repeat one only with the same payload."),
  NOT_ON_EPHEMERAL(
      422,
      Retry.NO,
      "Not on ephemeral channels",
      "Leave out keys and conditions: an ephemeral channel stores nothing to check them against."),
  WITHDRAWN(
      409,
      Retry.NO,
      "Nothing of the batch was stored",
      "Correct the named item and send the whole batch again."),
  ALREADY_SUBSCRIBED(
      409,
      Retry.NO,
      "Already subscribed",
      "Unsubscribe first to begin elsewhere; a connection subscribes to a channel once."),
  NOT_SUBSCRIBED(
      409,
      Retry.NO,
      "Not subscribed",
      "Nothing to do: this connection is not subscribed to the channel."),
  NO_PRESENCE(
      404,
      Retry.NO,
      "Presence is off",
      "Switch presence on for the channel's namespace: tideline.namespaces.NAME.presence=true."),

  // What the server can't do now
  TOO_MANY_REQUESTS(
      429,
      Retry.YES,
      "Too many requests",
      "Slow down; over HTTP, Retry-After says how long to wait."),
  OVERLOADED(
      503,
      Retry.YES,
      "Overloaded; nothing was stored",
      "Wait (over HTTP as long as Retry-After says) and repeat the request."),
  UNAVAILABLE(
      503,
      Retry.YES,
      "Temporarily unavailable; nothing was stored",
      "Wait (over HTTP as long as Retry-After says) and repeat the request."),
  OUTCOME_UNKNOWN(
      504,
      Retry.YES,
      "Outcome unknown",
      "Repeat it with the same idempotency key: the message is stored once, whatever happened."),
  SLOW(
      503,
      Retry.YES,
      "Too slow for this channel",
      "Reconnect with your position and continue from there."),
  INTERNAL(
      500,
      Retry.YES,
      "Server error",
      "Repeat it later, a publish with the same idempotency key; the server's log has the cause.");

  private static final String TYPES = "https://tideline.io/problems/";

  private final int status;
  private final boolean retry;
  private final String title;
  private final String advice;
  private final String code;

  Problem(int status, Retry retry, String title, String advice) {
    this.status = status;
    this.retry = retry == Retry.YES;
    this.title = title;
    this.advice = advice;
    this.code = name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The last part of the type; what clients branch on. */
  public String code() {
    return code;
  }

  /** Stable, an identifier only: nothing is fetched from there. */
  public URI type() {
    return URI.create(TYPES + code);
  }

  /** The HTTP status; where no HTTP answer can carry the problem, the nearest one. */
  public int status() {
    return status;
  }

  public String title() {
    return title;
  }

  /** Whether the very same request may succeed later. */
  public boolean retry() {
    return retry;
  }

  /** What to do about it. */
  public String advice() {
    return advice;
  }

  public static Problem of(InvalidInputException.Subject subject) {
    return switch (subject) {
      case CHANNEL -> INVALID_CHANNEL;
      case POSITION -> INVALID_POSITION;
      case TYPE -> INVALID_TYPE;
      case KEY -> INVALID_KEY;
      case HEADERS -> INVALID_HEADERS;
      case CONTENT -> INVALID_CONTENT;
      case PARAMETER -> INVALID_PARAMETER;
    };
  }

  public static Problem of(AccessPolicy.Refusal refusal) {
    return switch (refusal) {
      case UNAUTHENTICATED -> UNAUTHENTICATED;
      case TOKEN_EXPIRED, PROOF_EXPIRED -> TOKEN_EXPIRED;
      case TOKEN_REVOKED -> TOKEN_REVOKED;
      case FORBIDDEN -> FORBIDDEN;
      case UNDECIDED -> UNAVAILABLE;
      case TOO_MANY -> TOO_MANY_REQUESTS;
    };
  }

  public static Problem of(TokenFault fault) {
    return switch (fault) {
      case EXPIRED -> TOKEN_EXPIRED;
      case REVOKED -> TOKEN_REVOKED;
      case KEYS_UNAVAILABLE -> UNAVAILABLE;
      case NOT_A_JWT,
          TOO_LONG,
          ALGORITHM,
          SIGNATURE,
          UNKNOWN_KEY,
          ISSUER,
          AUDIENCE,
          SUBJECT,
          ISSUED_AT,
          EXPIRY,
          NOT_YET_VALID,
          LIFETIME,
          CLAIM,
          GRANTS ->
          UNAUTHENTICATED;
    };
  }

  /** Why a subscription ended while its connection stays. */
  public static Problem of(Disconnect why) {
    return switch (why) {
      case SLOW -> SLOW;
      case TOKEN_EXPIRED -> TOKEN_EXPIRED;
      case TOKEN_REVOKED -> TOKEN_REVOKED;
      case FORBIDDEN -> FORBIDDEN;
      case UNCONFIRMED, DRAIN -> UNAVAILABLE;
    };
  }

  public static Problem of(HistoryException failure) {
    return failure instanceof HistoryException.OutcomeUnknown ? OUTCOME_UNKNOWN : UNAVAILABLE;
  }

  private enum Retry {
    YES,
    NO
  }
}
