package io.tideline.presence;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/** News with the bytes that were made of it, once per format. Any thread. */
final class EncodedOnce<T> {
  private final T news;
  private final Map<Object, byte[]> encoded = new HashMap<>(2);

  EncodedOnce(T news) {
    this.news = news;
  }

  T news() {
    return news;
  }

  synchronized byte[] bytes(Object format, Function<T, byte[]> encode) {
    return encoded.computeIfAbsent(format, first -> encode.apply(news));
  }
}
