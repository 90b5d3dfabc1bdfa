package io.tideline.postgres;

import io.tideline.stream.Message;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.data.Interval;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * The messages of one transaction, laid out as the arrays that {@code tideline.append_batch} takes.
 * What no message has is null as a whole.
 */
final class AppendBatch {
  static final String SQL =
      "select * from tideline.append_batch("
          + "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";

  private final boolean isAtomic;
  private final String[] channels;
  private final Integer[] channel;
  private final Integer[] nth;
  private final String[] types;
  private final String[] senders;
  private final String[] contentTypes;
  private final String[] headers;
  private final Buffer[] payloads;
  private final String[] keys;
  private final Buffer[] digests;
  private final Long[] matchEpochs;
  private final Long[] matchOffsets;

  AppendBatch(List<Message> messages, boolean isAtomic) {
    this.isAtomic = isAtomic;
    channels =
        messages.stream()
            .map(message -> message.channel().name())
            .distinct()
            .sorted()
            .toArray(String[]::new);
    channel = new Integer[messages.size()];
    nth = new Integer[messages.size()];
    place(messages);
    types = column(messages, String[]::new, Message::type);
    senders = column(messages, String[]::new, Message::sender);
    contentTypes = column(messages, String[]::new, message -> message.payload().contentType());
    headers = column(messages, String[]::new, AppendBatch::headers);
    payloads = column(messages, Buffer[]::new, message -> Buffer.buffer(message.payload().bytes()));
    keys = column(messages, String[]::new, Message::key);
    digests = column(messages, Buffer[]::new, AppendBatch::digest);
    matchEpochs =
        column(messages, Long[]::new, m -> m.ifMatch() == null ? null : m.ifMatch().epoch());
    matchOffsets =
        column(messages, Long[]::new, m -> m.ifMatch() == null ? null : m.ifMatch().offset());
  }

  int size() {
    return channel.length;
  }

  /** The place of a message's channel among {@link #channels}, from 0. */
  int channelOf(int item) {
    return channel[item] - 1;
  }

  /** A message's place among those of its channel, from 1. */
  int nthOf(int item) {
    return nth[item];
  }

  String nameOf(int item) {
    return channels[channelOf(item)];
  }

  Tuple arguments(UUID id, String node, OffsetDateTime instance, Duration keyWindow) {
    return Tuple.tuple(
        Arrays.asList(
            id,
            node,
            instance,
            isAtomic,
            interval(keyWindow),
            channels,
            channel,
            nth,
            types,
            senders,
            contentTypes,
            headers,
            payloads,
            keys,
            digests,
            matchEpochs,
            matchOffsets));
  }

  static Interval interval(Duration duration) {
    return Interval.of(0, 0, 0, 0, 0, Math.toIntExact(duration.toSeconds()));
  }

  private void place(List<Message> messages) {
    Map<String, Integer> places = new HashMap<>();
    for (int i = 0; i < channels.length; i++) {
      places.put(channels[i], i + 1);
    }
    int[] counts = new int[channels.length];
    for (int i = 0; i < channel.length; i++) {
      channel[i] = places.get(messages.get(i).channel().name());
      nth[i] = ++counts[channel[i] - 1];
    }
  }

  private static <T> T[] column(
      List<Message> messages, IntFunction<T[]> newArray, Function<Message, T> field) {
    T[] column = messages.stream().map(field).toArray(newArray);
    return Arrays.stream(column).allMatch(value -> value == null) ? null : column;
  }

  private static String headers(Message message) {
    return message.headers().isEmpty()
        ? null
        : new JsonObject(Map.copyOf(message.headers())).encode();
  }

  private static Buffer digest(Message message) {
    return message.key() == null ? null : Buffer.buffer(Digest.of(message));
  }
}
