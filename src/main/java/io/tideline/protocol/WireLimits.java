package io.tideline.protocol;

/**
 * The bounds of what clients may send.
 *
 * @param messageBytesMax payload bytes of a message; beyond: {@link Problem#MESSAGE_TOO_LARGE}
 * @param jsonDepthMax nesting of a JSON payload; beyond: {@link Problem#INVALID_JSON}
 * @param subscribeRequestsMax channels in one subscribe; beyond: {@link
 *     Problem#TOO_MANY_SUBSCRIPTIONS}
 * @param batchMessagesMax messages in one batch; beyond: {@link Problem#BATCH_TOO_LARGE}
 * @param batchBytesMax bytes of one batch; likewise
 */
public record WireLimits(
    int messageBytesMax,
    int jsonDepthMax,
    int subscribeRequestsMax,
    int batchMessagesMax,
    int batchBytesMax) {
  /** What the check can do, less the levels that a frame or a batch puts around a payload. */
  public static final int JSON_DEPTH_LIMIT = JsonCheck.DEPTH_LIMIT - 2;

  public WireLimits {
    if (messageBytesMax < 1
        || jsonDepthMax < 1
        || subscribeRequestsMax < 1
        || batchMessagesMax < 1
        || batchBytesMax < 1) {
      throw new IllegalArgumentException("each limit must be at least 1");
    }
    if (jsonDepthMax > JSON_DEPTH_LIMIT) {
      throw new IllegalArgumentException("JSON may nest " + JSON_DEPTH_LIMIT + " levels at most");
    }
  }
}
