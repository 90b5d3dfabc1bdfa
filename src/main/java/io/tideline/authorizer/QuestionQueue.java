package io.tideline.authorizer;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The questions that wait for a request to be free. Subjects take turns, so that nobody waits
 * behind all that somebody else asks; strangers are one. On the authorizer's context only.
 */
final class QuestionQueue {
  private final Map<@Nullable String, Set<PendingQuestion>> bySubject = new LinkedHashMap<>();

  void add(PendingQuestion flight) {
    bySubject
        .computeIfAbsent(flight.question().subject(), first -> new LinkedHashSet<>())
        .add(flight);
  }

  void remove(PendingQuestion flight) {
    bySubject.computeIfPresent(
        flight.question().subject(),
        (subject, own) -> {
          own.remove(flight);
          return own.isEmpty() ? null : own;
        });
  }

  /** The next one, which doesn't wait any more; null if none does. */
  @Nullable PendingQuestion take() {
    Iterator<Map.Entry<@Nullable String, Set<PendingQuestion>>> subjects =
        bySubject.entrySet().iterator();
    if (!subjects.hasNext()) {
      return null;
    }
    Map.Entry<@Nullable String, Set<PendingQuestion>> first = subjects.next();
    String subject = first.getKey();
    Set<PendingQuestion> own = first.getValue();
    subjects.remove();
    Iterator<PendingQuestion> flights = own.iterator();
    PendingQuestion next = flights.next();
    flights.remove();
    if (!own.isEmpty()) {
      bySubject.put(subject, own);
    }
    return next;
  }
}
