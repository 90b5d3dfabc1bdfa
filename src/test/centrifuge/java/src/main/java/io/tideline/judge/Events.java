// SPDX-License-Identifier: Apache-2.0
package io.tideline.judge;

import io.github.centrifugal.centrifuge.ClientInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** What a client or a subscription told, in order. */
final class Events {

  /**
   * Something that the SDK told; what an event hasn't is null or 0.
   *
   * @param code of a state
   * @param recovered whether a recovery was tried and succeeded
   * @param data of a publication
   */
  record Noted(
      String kind,
      int code,
      String reason,
      Throwable error,
      String channel,
      boolean recoverable,
      boolean wasRecovering,
      boolean recovered,
      long offset,
      byte[] data,
      Map<String, String> tags,
      ClientInfo info) {}

  private static final long SEEN_MAX_MS = 20_000;

  private final List<Noted> all = new ArrayList<>();

  synchronized void state(String kind, int code, String reason) {
    all.add(new Noted(kind, code, reason, null, null, false, false, false, 0, null, null, null));
  }

  synchronized void error(Throwable error) {
    all.add(new Noted("error", 0, null, error, null, false, false, false, 0, null, null, null));
  }

  synchronized void subscribed(String channel, boolean recoverable, boolean wasRecovering, boolean recovered) {
    all.add(new Noted("subscribed", 0, null, null, channel, recoverable, wasRecovering, recovered, 0, null, null, null));
  }

  synchronized void publication(long offset, byte[] data, Map<String, String> tags, ClientInfo info) {
    all.add(new Noted("publication", 0, null, null, null, false, false, false, offset, data, tags, info));
  }

  synchronized void member(String kind, ClientInfo info) {
    all.add(new Noted(kind, 0, null, null, null, false, false, false, 0, null, null, info));
  }

  synchronized List<Noted> of(String kind) {
    return all.stream().filter(noted -> noted.kind().equals(kind)).toList();
  }

  Noted until(String kind, int times) {
    return until(kind, times, SEEN_MAX_MS);
  }

  /** The last event of this kind, as soon as there are so many. */
  Noted until(String kind, int times, long maxMs) {
    when(() -> of(kind).size() >= times, times + " × " + kind, maxMs);
    List<Noted> found = of(kind);
    return found.get(found.size() - 1);
  }

  void when(BooleanSupplier condition, String description) {
    when(condition, description, SEEN_MAX_MS);
  }

  void when(BooleanSupplier condition, String description, long maxMs) {
    for (long deadline = System.nanoTime() + maxMs * 1_000_000; !condition.getAsBoolean(); ) {
      Scenarios.check(System.nanoTime() < deadline, "not seen in " + maxMs + " ms: " + description + "; last were " + last());
      Scenarios.sleep(20);
    }
  }

  private synchronized String last() {
    StringBuilder text = new StringBuilder();
    for (Noted noted : all.subList(Math.max(0, all.size() - 8), all.size())) {
      text.append(noted.kind()).append(' ').append(noted.code()).append(' ').append(noted.reason()).append(' ').append(noted.error()).append(", ");
    }
    return text.toString();
  }
}
