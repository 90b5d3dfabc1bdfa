package io.tideline.stream;

import java.util.Map;

/** All configured namespaces; a channel whose namespace isn't among them is in {@code default}. */
public final class Namespaces {
  private final Map<String, Namespace> byName;
  private final Namespace fallback;

  public Namespaces(Map<String, Namespace> byName) {
    this.byName = Map.copyOf(byName);
    this.fallback = this.byName.get(Channel.DEFAULT_NAMESPACE);
    if (fallback == null) {
      throw new IllegalArgumentException(
          "there must be a namespace '" + Channel.DEFAULT_NAMESPACE + "'");
    }
  }

  public Namespace of(Channel channel) {
    return byName.getOrDefault(channel.namespace(), fallback);
  }

  public Map<String, Namespace> all() {
    return byName;
  }
}
