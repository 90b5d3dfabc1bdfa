package io.tideline.hub;

import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * The formats of a protocol whose frames repeat what the client named, one per name: subscriptions
 * with the same name have the same format, and so share frames. A format is forgotten once nobody
 * uses it. Any thread.
 *
 * @param <N> a name: a value with {@code equals} and {@code hashCode}
 */
public final class FormatVariants<N> {
  private final Function<N, Format> make;
  private final Map<N, Held<N>> held = new HashMap<>();
  private final ReferenceQueue<Format> unused = new ReferenceQueue<>();

  /**
   * Makes an empty set.
   *
   * @param make the format of a name; {@link Format#isVariant} must be true of it
   */
  public FormatVariants(Function<N, Format> make) {
    this.make = make;
  }

  /** The format of this name, the same for all who ask while one of them keeps it. */
  public synchronized Format of(N name) {
    forgetUnused();
    Held<N> known = held.get(name);
    Format format = known == null ? null : known.get();
    if (format == null) {
      format = made(name);
      held.put(name, new Held<>(name, format, unused));
    }
    return format;
  }

  private Format made(N name) {
    Format format = make.apply(Objects.requireNonNull(name));
    if (!format.isVariant()) {
      throw new IllegalArgumentException(
          "frames of this format would be kept without a bound: " + format);
    }
    return format;
  }

  private void forgetUnused() {
    for (Object next = unused.poll(); next != null; next = unused.poll()) {
      Held<?> gone = (Held<?>) next;
      held.remove(gone.name, gone);
    }
  }

  /** Formats that are held. */
  synchronized int size() {
    forgetUnused();
    return held.size();
  }

  private static final class Held<N> extends WeakReference<Format> {
    private final N name;

    Held(N name, Format format, ReferenceQueue<Format> unused) {
      super(format, unused);
      this.name = name;
    }
  }
}
